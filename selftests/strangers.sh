#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: inbound
# What strangers outside can not do: make mappings, take ports away.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
engine r

testcase "X-S4 a datagram from outside that came first does not move the mapping"
in_none s1b:3001 203.0.113.1:4000
counting r clash_killed
U h1:4000 s1b:3001
eq "$E" 203.0.113.1:4000 "external endpoint towards the stranger"
counted r clash_killed 1
U h1:4000 s1a:3001
eq "$E" 203.0.113.1:4000 "external endpoint towards another host"
in_ s1b:3001 203.0.113.1:4000 h1:4000
in_ s2b:1 203.0.113.1:4000 h1:4000
n_maps r 1 int 192.168.1.1

testcase "X-S4 nor does one that comes before a later flow of a live mapping"
U h1:4001 s1a:3001 E1
# the endpoint is h1's now, so this goes to h1 and makes a flow of its own
in_ s2a:4001 "$E1" h1:4001
U h1:4001 s2a:4001
eq "$E" "$E1" "external endpoint towards who wrote first"
in_ s2a:4001 "$E1" h1:4001

testcase "SV-4 who wrote before there was a mapping comes in by it"
in_none s2a:3002 203.0.113.1:4002
in_none s2b:3002 203.0.113.1:4002
U h1:4002 s1a:3002
counting r clash_killed flows_in
in_ s2a:3002 "$E" h1:4002
in_ s2b:3002 "$E" h1:4002
in_ s2b:3002 "$E" h1:4002
counted r clash_killed 2
counted r flows_in 2
in_none s2a:3003 203.0.113.1:4003
tell open rw:4003
in_ s2a:3003 203.0.113.1:4003 rw:4003
in_ s2a:3003 203.0.113.1:4003 rw:4003
counted r clash_killed 2
tell close rw:4003

testcase "X-L5 what the router sends to itself stays its own when a host gets that port"
in_none rw:3005 203.0.113.1:4005 wait=300
U h1:4005 s1a:3005
eq "$E" 203.0.113.1:4005 "external endpoint"
counting r clash_killed
in_none rw:3005 203.0.113.1:4005 wait=300
in_none rw:3005 203.0.113.1:4005 wait=300
counted r clash_killed 0

testcase "U-9 without hairpins what a host sends there is the router's, and ends nothing"
profile r hairpin=0
counting r clash_killed
for _ in 1 2 3; do
	in_none h2:3002 203.0.113.1:4002 wait=100
done
counted r clash_killed 0
profile r hairpin=1

testcase "X-D1 a flow that a rule has given to a socket stays there when its port gets a mapping"
rules r <<'NFT'
table ip intercept {
	chain prerouting {
		type filter hook prerouting priority mangle; policy accept;
		iifname "wan" udp dport 4004 tproxy to :8080 accept
	}
}
NFT
nsenter --net="/run/netns/${NS[r]}" socat -u UDP4-RECV:8080,ip-transparent OPEN:/dev/null \
	3>&- 8>&- 9<&- &
at_exit "kill $!"
intercepts() { [ -n "$(ns r ss -Hlun sport = :8080)" ]; }
busywait 15000 intercepts || die "socat does not listen"
U h1:4004 s1a:3002
counting r clash_killed
for _ in 1 2 3; do
	in_none s2a:3004 203.0.113.1:4004
done
counted r clash_killed 0
must ns r nft delete table ip intercept

testcase "X-S1 datagrams to every port from outside make no mapping"
stock || ns r fullcone flush all
counting r mappings_created
tell scan s2b 203.0.113.22:5000 203.0.113.1 1 65535
n_maps r 0
counted r mappings_created 0
# what they have left behind nearly fills the table, and then nobody new comes in (X-S8)
ns r conntrack -F
U h3:2000 s1a:3000
n_maps r 1
in_ s2b:5001 "$E" h3:2000

testcase "X-S4 X-L3 nor on an address of a pool, which routes it back"
ns r conntrack -F
profile r source=203.0.113.100
# the rule for what the engine declines has the pool's address, too
stock || must ns r fullcone rule add oif wan
ns s1 ip route add 203.0.113.100/32 via 203.0.113.1
U h2:3000 s1a:3000
in_none s1b:3001 203.0.113.100:4000
U h1:4000 s1b:3001
stock || eq "$E" 203.0.113.100:4000 "external endpoint towards the stranger"
in_ s1b:3001 "$E" h1:4000

finish
