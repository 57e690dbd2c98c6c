#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: limits
# No free port: X-E1, X-E2, I-8, G-11.
. "${0%/*}/lib.sh"
. "${0%/*}/watch.sh"
. "${0%/*}/topology.sh"

T1
if stock; then
	rules r <<-'NFT'
	table ip stock {
		chain postrouting {
			type nat hook postrouting priority srcnat; policy accept;
			oifname "wan" meta l4proto udp masquerade to :40000-40001
		}
	}
	NFT
else
	engine r
fi
profile r ports=40000-40001
tell sysctl "${NS[r]}" net/ipv4/icmp_ratelimit 0
tell sysctl "${NS[r]}" net/netfilter/nf_conntrack_udp_timeout 300
watch r

testcase "T1 a plain session passes both ways"
U h1:1111 s1a:2000 E1
in_ s1a:2000 "$E1" h1:1111

testcase "X-E1 the datagram is dropped, the sender told: 3/13 from the router's LAN address"
U h1:1112 s1a:2000 E2
dropping r
tell refusal h2:1113 s1a:2000 13 3000
eq "$ANSWER" 192.168.1.254 "who has sent the ICMP error"
in_none h2:1114 s2a:2000
dropped r no_port=2
n_maps r 2
n_maps r 0 int 192.168.1.2

testcase "X-E1 event 12, and a line in the kernel log"
stock || busywait 3000 logged "udp 192.168.1.2:1113, profile default, ports 40000-40001: no external port is free" ||
	fail "not in the kernel log"
events_are '[.[] | select(.event == 12)] | map([.int_addr, .int_port, .profile, .proto])' \
	'[["192.168.1.2",1113,"default","udp"]]'
counting r no_port
tell flood h3 192.168.1.3 5000 5199 203.0.113.11:2000
counted r no_port 200
# the log is the rate limit's of the kernel, ten lines in five seconds
stock || le "$(dmesg | awk -v m="selftests: ${test_file%.sh} " \
	'index($0, m) { n = 0 } /no external port/ { n++ } END { print n + 0 }')" 40 "lines in the kernel log"

testcase "X-E1 code 1, and none, where that is asked for"
profile r exhaust_icmp=1
tell refusal h2:1113 s1a:2000 1 3000
eq "$ANSWER" 192.168.1.254 "who has sent the ICMP error"
profile r exhaust_icmp=off
dropping r
tell refusal h2:1113 s1a:2000 none 1000
dropped r no_port=1
profile r exhaust_icmp=13

testcase "I-9 and none where a rule of the user's drops it"
quiet r
tell refusal h2:1113 s1a:2000 none 1000
must ns r nft delete table ip quiet
tell refusal h2:1113 s1a:2000 13 3000

testcase "G-4 what gets no port does not count towards host_rate"
profile r host_rate=5
dropping r
tell flood h1 192.168.1.1 11000 11019 203.0.113.11:2000
dropped r no_port=20
profile r host_rate=0

testcase "I-10 no ICMP error about an error, a fragment or a broadcast"
count_icmp h2
dropping r
tell icmp h2 192.168.1.2 203.0.113.11 3 3 203.0.113.11:2000 192.168.1.2:1113
in_none h2:1115 203.0.113.255:2000
in_none 192.168.1.2:1116 s1a:2000 via=h2 frag=23 size=64
icmp_count h2
eq "$N" 0 "ICMP errors"
dropped r
tell refusal h2:1113 s1a:2000 13 3000
icmp_count h2
eq "$N" 1 "ICMP errors about a datagram"

testcase "I-10 the kernel's rate limit applies"
tell sysctl "${NS[r]}" net/ipv4/icmp_ratelimit 1000
# the kernel saves nothing up while there is no limit, and gives one a second from now on
tell mark
at 1100
counting r no_port
tell mark
tell flood h2 192.168.1.2 10000 10999 203.0.113.11:2000
counted r no_port 1000
tell at 0
icmp_count h2
ge "$N" 1 "ICMP errors about 1000 datagrams"
le "$N" $((10 + ANSWER / 1000)) "ICMP errors about 1000 datagrams"
tell sysctl "${NS[r]}" net/ipv4/icmp_ratelimit 0

rows() { # into $R: all of h1's but for its timers
	maps r '[.mappings[] | select(.int_addr == "192.168.1.1") |
		del(.expires_ms, .age_ms)] | tostring' int 192.168.1.1
	R=$M
}

testcase "X-E2 existing mappings stay as they are, and may open new sessions"
in_ s2b:9 "$E1" h1:1111
in_ s2b:9 "$E2" h1:1112
rows
BEFORE=$R
counting r no_port
MANY=${FULLCONE_ATTEMPTS:-20000}
[ -z "$SLOW" ] || MANY=10000
for ((i = 0; i < MANY; i += 10000)); do
	tell flood h2 192.168.1.2 10000 19999 203.0.113.11:2000
done
counted r no_port $i
rows
stock || eq "$R" "$BEFORE" "rows of h1 after $i attempts of h2"
in_ s2b:10 "$E1" h1:1111
U h1:1111 s2a:2001
eq "$E" "$E1" "external endpoint towards a new server"
in_ s1a:2000 "$E1" h1:1111

testcase "M-2 of all of these there was an event 12 a second, at most"
rationed 12 3

testcase "X-E1 success as soon as a port is free"
dropping r
stock || ns r fullcone flush int 192.168.1.1:1112
U h2:1113 s1a:2000
stock || eq "$E" "$E2" "the port that was given back"
in_ s2b:9 "$E" h2:1113
in_ s2b:9 "$E1" h1:1111
dropped r

testcase "G-13 every port of a range is found, the first one and one beside a socket's"
stock || ns r fullcone flush all
profile r ports=default
for p in 3000 3001 3002; do
	U h3:$p s1a:2000
done
# so few are free that they are counted
profile r ports=40001-40002
dropping r
U h1:7100 s1a:2000
U h1:7101 s1a:2000
tell open rw:40002
for _ in 1 2 3 4 5 6; do
	stock || ns r fullcone flush int 192.168.1.1
	U h1:7102 s1a:2000
	stock || eq "$E" 203.0.113.1:40001 "external endpoint"
done
dropped r

testcase "M-3 what was refused counts as no mapping, and as refused of its profile and protocol"
parts_add_up r

finish
