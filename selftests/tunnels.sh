#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: router
# Tunnels that end on the router enter the output path like forwarded packets, and their
# sockets are the kernel's own: X-L1 and X-L2 for WireGuard and VXLAN.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
engine r

wireguard() { # NAME ADDR PORT PEER-KEY PEER-ENDPOINT
	ns "$1" ip link add wg0 type wireguard
	ns "$1" wg set wg0 listen-port "$3" private-key <(printf '%s\n' "${KEY[$1]}") \
		peer "$4" allowed-ips 10.9.0.0/24,203.0.113.22/32 endpoint "$5" persistent-keepalive 1
	ns "$1" ip addr add "$2" dev wg0
	ns "$1" ip link set wg0 up
}

declare -A KEY PUB
for n in r s1; do
	KEY[$n]=$(wg genkey)
	PUB[$n]=$(wg pubkey <<<"${KEY[$n]}")
done

testcase "X-L2 a WireGuard tunnel keeps its port although a mapping has the same"
U h1:51821 s2a:9 E1
eq "$E1" 203.0.113.1:51821 "external endpoint of h1:51821"
counting r mappings_created
# the router speaks first: what s1 sent before the router listens would be the host's
wireguard r 10.9.0.1/24 51821 "${PUB[s1]}" 203.0.113.11:51820
wireguard s1 10.9.0.2/24 51820 "${PUB[r]}" 203.0.113.1:51821
must busywait 15000 ns r ping -q -c 1 -W 1 10.9.0.2
ENDPOINT=$(ns s1 wg show wg0 endpoints | cut -f2)
eq "$ENDPOINT" 203.0.113.1:51821 "the router's end of the tunnel"
counted r mappings_created 0
U h1:51821 s2b:9
eq "$E" "$E1" "external endpoint of h1:51821 afterwards"

testcase "X-L1 no new mapping gets the port of the tunnel"
U h2:51821 s2a:9 E2
ne "$E2" 203.0.113.1:51821 "external endpoint of h2:51821"
stock || ns r fullcone flush int 192.168.1.1
ns r conntrack -D -p udp --orig-src 192.168.1.1
U h1:51821 s2a:9
ne "$E" 203.0.113.1:51821 "external endpoint of h1:51821 while the tunnel is up"
must ns r ping -q -c 1 -W 3 10.9.0.2

testcase "X-L2 a VXLAN tunnel keeps its port although a mapping has the same"
U h1:40000 s2a:9 E1
eq "$E1" 203.0.113.1:40000 "external endpoint of h1:40000"
U h1:40001 s2a:9 E2
eq "$E2" 203.0.113.1:40001 "external endpoint of h1:40001"
counting r mappings_created
tell open s1a:4789
# older kernels never use the last port of the range, newer ones do; and a neighbour, so that
# a datagram leaves at once
ns r ip link add vx0 type vxlan id 7 remote 203.0.113.11 dstport 4789 srcport 40000 40001 dev wan
ns r ip addr add 10.8.0.1/24 dev vx0
ns r ip link set vx0 up
ns r ip neigh replace 10.8.0.2 lladdr 02:00:00:00:08:02 dev vx0 nud permanent
ns r ping -q -c 1 -W 1 10.8.0.2
tell any s1a:4789 3000
[[ $ANSWER == 203.0.113.1:4000[01] ]] || fail "source of the VXLAN packet: '$ANSWER'"
counted r mappings_created 0
in_ s2b:9 "$E1" h1:40000
in_ s2b:9 "$E2" h1:40001

testcase "X-L1 the VXLAN socket of the router keeps its port"
U h1:4789 s2a:9
ne "$E" 203.0.113.1:4789 "external endpoint of h1:4789"

testcase "X-L2 what comes out of the tunnel for the world is translated"
ns s1 ip route add 203.0.113.22/32 via 10.9.0.1 dev wg0
got 10.9.0.2:7000 s2b:7000 s2b:7000 via=s1a
eq "${E%:*}" 203.0.113.1 "source shown"
n_maps r 1 int 10.9.0.2

testcase "X-L2 K-13 beside a pool the router's own flows keep its address"
profile r source=203.0.113.100-203.0.113.103
# the rule for what the engine leaves alone is made from the profile
stock || must ns r fullcone rule add oif wan proto all
ns r conntrack -F
got rw:6000 s1a:3000 s1a:3000
eq "$E" 203.0.113.1:6000 "source of the router's own datagram"
tell protocol rw s1a:9 s1a 47
eq "$ANSWER" 203.0.113.1 "source of the router's own GRE"
must busywait 15000 ns r ping -q -c 1 -W 1 10.9.0.2
ENDPOINT=$(ns s1 wg show wg0 endpoints | cut -f2)
eq "$ENDPOINT" 203.0.113.1:51821 "the router's end of the tunnel"
U h3:3100 s1a:3001
stock || [[ $E == 203.0.113.10[0-3]:* ]] || fail "a host leaves from $E, not from the pool"

finish
