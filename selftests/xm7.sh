#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: change
# A second uplink takes over and gives back: X-M7.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T3
# a server behind either uplink
FAR=${NET_WAN}31
ns s2 ip addr add $FAR/$NET_HOST dev lo || die "address of s2"
ADDR[far]=$FAR
[ "$FAMILY" = 4 ] || ADDR[far]=[$FAR]
tell host far $FAR "${NS[s2]}"
engine r wan wan1
WAN=${ADDR[rw]} WAN1=${ADDR[rw1]}

uplink() { # 1 or 2
	local via=${NET_WAN}21

	[ "$1" = 1 ] || via=${NET_WAN1}21
	ns r ip route replace $FAR/$NET_HOST via $via || fail "route by uplink $1"
}

testcase "X-M7 each uplink gives the endpoint a mapping of its own, paired with its address"
uplink 1
# h2 has the port on the first uplink, so that h1's is not its own there
U h2:3000 far:3000
U h1:3000 far:3000 E1
eq "${E1%:*}" "$WAN" "external address"
ne "${E1##*:}" 3000 "external port"
tcp U h1:3000 far:80
eq "${E%:*}" "$WAN" "external address in TCP"
uplink 2
U h1:3000 far:3001 E2
eq "$E2" "$WAN1:3000" "external endpoint by the other uplink"
tcp U h1:3000 far:81
eq "${E%:*}" "$WAN1" "external address in TCP by the other uplink"
n_maps r 2 udp int "${ADDR[h1]}:3000"

testcase "X-M7 strangers reach the host by both, and by neither's port at the other"
in_ s2b:5000 "$E1" h1:3000
in_ s2d:5000 "$E2" h1:3000
in_none s2d:5001 "$WAN1:${E1##*:}"
in_ s2b:5001 "$WAN:3000" h2:3000
in_none s2d:5001 "$WAN1:3001"

testcase "X-M7 switching back finds the old external endpoint"
stock || ns r fullcone flush int "${ADDR[h2]}"
uplink 1
U h1:3000 far:3002
eq "$E" "$E1" "external endpoint"
uplink 2
U h1:3000 far:3003
eq "$E" "$E2" "external endpoint by the other uplink"
n_maps r 2 udp int "${ADDR[h1]}:3000"

testcase "X-M7 a session that is routed another way gets the other uplink's endpoint"
U h1:3001 far:3004
eq "${E%:*}" "$WAN1" "external address"
uplink 1
# masquerade's rule: a flow whose interface changed is begun anew
ask pass h1:3001 far:3004 far:3004 wait=300
U h1:3001 far:3004
eq "${E%:*}" "$WAN" "external address after the switch"

testcase "X-M7 the loss of one uplink does not touch the other's mappings"
U h1:3000 far:3005
eq "$E" "$E1" "external endpoint"
ns r ip link set wan1 down
gone() { column r internal ext "$WAN1"; [ ${#ROWS[@]} = 0 ] || stock; }
busywait 2500 gone || fail "mappings: ${ROWS[*]}"
U h1:3000 far:3006
eq "$E" "$E1" "external endpoint"
in_ s2b:5002 "$E1" h1:3000

finish
