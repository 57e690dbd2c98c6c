#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: change
# A second uplink takes over and gives back: X-M7.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T3
# s1 and s2 are reached by both uplinks
ns s1 ip route add 198.51.100.0/24 via 203.0.113.21
ns s2 ip -b - <<-'IP'
	addr add 203.0.113.31/32 dev lo
	route add 192.0.2.0/24 via 203.0.113.1
IP
HOSTS+=([far]=s2/203.0.113.31)
tell host far 203.0.113.31 "${NS[s2]}"
engine r wan wan1
# h2 has the port on both uplinks, so that h1's is not its own
uplink() { # 1 or 2
	if [ "$1" = 1 ]; then
		ns r ip route replace 203.0.113.31/32 via 203.0.113.21
	else
		ns r ip route replace 203.0.113.31/32 via 198.51.100.21
	fi
}

testcase "X-M7 each uplink gives the endpoint a mapping of its own"
uplink 1
U h2:3000 far:3000
U h1:3000 far:3000 E1
eq "${E1%:*}" 203.0.113.1 "external address"
ne "${E1#*:}" 3000 "external port"
uplink 2
U h2:3000 far:3001
U h1:3000 far:3001 E2
eq "${E2%:*}" 198.51.100.1 "external address by the other uplink"
n_maps r 2 int 192.168.1.1:3000

testcase "X-M7 strangers reach the host by both"
in_ s2b:5000 "$E1" h1:3000
in_ s2d:5000 "$E2" h1:3000

testcase "X-M7 switching back finds the old external endpoint"
stock || ns r fullcone flush int 192.168.1.2
uplink 1
U h1:3000 far:3002
eq "$E" "$E1" "external endpoint"
uplink 2
U h1:3000 far:3003
eq "$E" "$E2" "external endpoint by the other uplink"
n_maps r 2 int 192.168.1.1:3000

testcase "X-M7 a session that is routed another way gets the other uplink's endpoint"
U h1:3001 far:3004 E
eq "${E%:*}" 198.51.100.1 "external address"
uplink 1
# masquerade's rule: a flow whose interface changed is begun anew
ask pass h1:3001 far:3004 far:3004 wait=300
U h1:3001 far:3004
eq "${E%:*}" 203.0.113.1 "external address after the switch"

testcase "X-M7 the loss of one uplink does not touch the other's mappings"
U h1:3000 far:3005
eq "$E" "$E1" "external endpoint"
ns r ip link set wan1 down
gone() { column r internal ext 198.51.100.1; [ ${#ROWS[@]} = 0 ]; }
busywait 1500 gone || fail "mappings: ${ROWS[*]}"
U h1:3000 far:3006
eq "$E" "$E1" "external endpoint"
in_ s2b:5001 "$E1" h1:3000

finish
