#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: limits
# Limits of a host: G-4, X-E3.
. "${0%/*}/lib.sh"
. "${0%/*}/watch.sh"
. "${0%/*}/topology.sh"

T1
scaled r
engine r
profile r host_max=10 udp=86400 udp_hold=60
tell sysctl "${NS[r]}" net/ipv4/icmp_ratelimit 0
watch r

# many HOST LO HI ARRIVE: so many of its ports' datagrams arrive
many() {
	tell flood "$1" "${ADDR[$1]}" "$2" "$3" s1a:7000
	read -r _ ARRIVED _ <<<"$ANSWER"
	stock || eq "$ARRIVED" "$4" "datagrams of $1 that arrived"
}

testcase "G-4 the 11th endpoint of a host is refused, and it is told"
dropping r
for ((i = 0; i < 10; i++)); do
	U h1:$((5000 + i)) s1a:3000 "E$i"
done
dropped r
tell refusal h1:5010 s1a:3000 13 3000
eq "$ANSWER" 192.168.1.254 "who has sent the ICMP error"
dropped r host_limit=1
n_maps r 10
events_are '[.[] | select(.event == 13)] | map([.reason, .int_addr, .int_port, .profile, .ifindex])' \
	"[[\"host-max\",\"192.168.1.1\",5010,\"default\",$(ns r ip -j link show dev wan | jq '.[0].ifindex')]]"
stock || busywait 3000 logged "udp 192.168.1.1:5010, profile default, ports 1024-65535: the host has as many mappings as it may (host_max)" ||
	fail "not in the kernel log"

testcase "G-4 its first ten go on, also to new servers; other hosts are not concerned"
dropping r
for ((i = 0; i < 10; i += 3)); do
	e=E$i
	U h1:$((5000 + i)) s2a:3001
	eq "$E" "${!e}" "external endpoint of h1:$((5000 + i))"
	in_ s2b:9 "${!e}" h1:$((5000 + i))
done
many h2 5000 5009 10
dropped r

testcase "X-E1 a refused hairpin: the host is told, in the words of what it has sent"
U h3:3000 s1a:3000 E3
dropping r
tell refusal h1:5011 "$E3" 13 3000
# the core translates errors about a hairpin: they come from whom it was sent to (I-7)
eq "$ANSWER" 203.0.113.1 "who has sent the ICMP error"
dropped r host_limit=1
e=E0
in_from "${!e}" h1:5000 "$E3" h3:3000

testcase "G-4 X-S3 refused hairpins, thousands of them, keep nobody from the host that they call"
profile r in_max=2000
dropping r
for ((i = 0; i < 8; i++)); do
	# h1 listens to nothing there: the errors that it gets are its own affair
	tell flood h1 "${ADDR[h1]}" 10000 12999 "$E3"
	in_ s2b:$((100 + i)) "$E3" h3:3000
done
dropped r host_limit=24000
profile r in_max=16384

testcase "G-4 when one of them ends another one may begin"
stock || ns r fullcone flush int 192.168.1.1:5003
dropping r
U h1:5010 s1a:3000
in_ s2b:9 "$E" h1:5010
dropped r
in_none h1:5003 s1a:3000
dropped r host_limit=1

testcase "G-4 the limit is the profile's of the moment"
dropping r
profile r host_max=12
many h1 6000 6004 2
dropped r host_limit=3
profile r host_max=0
dropping r
many h1 6010 6029 20
dropped r

testcase "G-4 mappings that are only held do not count"
stock || ns r fullcone flush all
profile r host_max=10 udp="$UDP"
tell sysctl "${NS[r]}" net/netfilter/nf_conntrack_udp_timeout 300
many h3 5000 5009 10
tell mark
held() {
	column r state state held
	[ ${#ROWS[@]} = 10 ]
}
at $((T + 1300))
ns r conntrack -F
busywait 3000 held || fail "held are ${#ROWS[@]}"
# the limit is told when mappings are next gone through
begins() { in_try h3:6000 s1a:7000 s1a:7000; }
stock || busywait 3000 begins || fail "$ANSWER"
dropping r
many h3 6001 6010 9
n_maps r 20
dropped r host_limit=1
# the host comes back to one that was held: it had it before
U h3:5000 s1a:3000
n_maps r 20

testcase "G-4 no host has more than a quarter of the ports, where there are 256"
stock || ns r fullcone flush all
profile r host_max=16384 udp=86400 ports=30000-30255
dropping r
many h1 5000 5099 64
dropped r host_limit=36
many h2 5000 5099 64
stock || ns r fullcone flush all
profile r ports=30000-30254
dropping r
many h1 5000 5099 100
dropped r
profile r ports=30000-30255 host_max=0
many h2 5000 5099 100
dropped r

testcase "G-4 host_rate: a burst, and then so many a second; sessions it has are not concerned"
stock || ns r fullcone flush all
profile r host_max=16384 ports=default
U h1:4999 s1a:7001 E1
profile r host_rate=20
dropping r
tell mark
tell flood h1 192.168.1.1 8000 8199 s1a:7000
read -r _ ARRIVED _ MS _ <<<"$ANSWER"
stock || ge "$ARRIVED" 20 "of 200 at once"
stock || le "$ARRIVED" $((22 + 20 * MS / 1000)) "of 200 within $MS ms"
dropped r host_rate=$((200 - ARRIVED))
events_are '[.[] | select(.event == 13 and .reason == "host-rate")] | .[0].int_addr' '"192.168.1.1"'
U h1:4999 s2a:7001
eq "$E" "$E1" "external endpoint of an older one"
many h2 8000 8009 10
another() { in_try h1:$((PORT += 1)) s1a:7000 s1a:7000; }
PORT=9000
busywait 3000 another || fail "no new mapping a second later: $ANSWER"

testcase "G-4 nor is a burst any larger because the host has made few before"
tell mark
for t in 1 2 3; do
	at $((t * 1000))
	U h3:$((8000 + t)) s1a:7000
done
at 4000
tell flood h3 192.168.1.3 8200 8399 s1a:7000
read -r _ ARRIVED _ MS _ <<<"$ANSWER"
# two seconds of that have been spent on waiting for the rest
stock || le "$ARRIVED" $((22 + 10 * MS / 1000)) "of 200 within $MS ms"

testcase "C-2 who asks for mappings faster than that, or for too many, is told so"
profile r host_rate=1
if ! stock; then
	ADDS=$(printf 'add udp int 192.168.1.2:%d oif wan\n' {9101..9150})
	OUT=$(ns r fullcone restore <<<"$ADDS" 2>&1) && fail "50 mappings at once"
	has "$OUT" host_rate "the refusal"
fi
profile r host_rate=0 host_max=1
if ! stock; then
	WAN=$(ns r ip -j link show dev wan | jq '.[0].ifindex')
	eq "$(ns r python3 "$here/asked.py" 192.168.1.2 9200 "$WAN")" EDQUOT "the error"
fi
profile r host_max=16384

testcase "M-3 the counters of the profiles, and those of the protocols, add up"
parts_add_up r

finish
