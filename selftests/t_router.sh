#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: tcp
# The router's services, the user's rules and strangers beside TCP mappings.
PROTO=tcp
. "${0%/*}/lib.sh"
. "${0%/*}/connections.sh"
. "${0%/*}/topology.sh"

T1
engine r

testcase "X-L1 no TCP mapping gets a port on which the router listens"
tell listen rw:8443
tell listen r0:8444
for p in 8443 8444; do
	U h1:$p s1a:80 E1
	ne "$E1" "${ADDR[rw]}:$p" "external endpoint of h1:$p"
	in_ s1a:5000 "$E1" h1:$p
done
udp U h1:8443 s1a:80
eq "$E" "${ADDR[rw]}:8443" "external endpoint in UDP"

testcase "X-L1 the router's service is reached by all, also by who talks to the LAN host"
for src in s1a:5001 s2b:5001; do
	in_ $src "${ADDR[rw]}:8443" rw:8443
	in_ $src "${ADDR[rw]}:8444" r0:8444
done

testcase "X-L2 the router's own connections make no mapping and keep their port"
counting r mappings_created
U rw:40000 s2a:80
eq "$E" "${ADDR[rw]}:40000" "source of the router's own connection"
counted r mappings_created 0

testcase "X-L4 a service that comes later gets the new connections, the host keeps its own"
conn a h1:5600 s1a:80 s1a:80
E1=$E
eq "$E1" "${ADDR[rw]}:5600" "external endpoint"
conn b s2a:5000 "$E1" h1:5600
tell listen rw:5600
in_ s2b:5000 "$E1" rw:5600
tell talk a both 10000
tell talk b both 10000
U h1:5600 s1b:80
eq "$E" "$E1" "external endpoint towards a new host"
flags r h1:5600
stock || has "$M" local-conflict "flags"

testcase "X-L4 and when it has gone, the host gets them again"
tell deafen rw:5600
in_ s2b:5001 "$E1" h1:5600
flags r h1:5600
has_not "$M" local-conflict "flags"
tell talk a both 10000

testcase "X-L1 no mapping gets a port that a BPF program gives to a service on another one"
tell listen rw:8600
if steer rw:8600 8570; then
	in_ s2a:5000 "${ADDR[rw]}:8570" rw:8600
	U h1:8570 s1a:80 E1
	ne "$E1" "${ADDR[rw]}:8570" "external endpoint of h1:8570"
	in_ s1a:5000 "$E1" h1:8570
	in_ s1a:5001 "${ADDR[rw]}:8570" rw:8600
	tell steer off
fi

testcase "X-L4 a mapping loses new connections to a BPF program, until that has gone"
conn c h1:8571 s1a:80 s1a:80
E1=$E
eq "$E1" "${ADDR[rw]}:8571" "external endpoint"
counting r local_service
if steer rw:8600 8571; then
	in_ s2b:5005 "$E1" rw:8600
	counted r local_service 1
	tell talk c both 10000
	flags r h1:8571
	stock || has "$M" local-conflict "flags"
	tell steer off
	in_ s2b:5006 "$E1" h1:8571
	flags r h1:8571
	has_not "$M" local-conflict "flags"
	tell talk c both 10000
fi

testcase "X-D1 a port forward wins over a mapping on the same port"
U h1:8080 s1a:80 E1
eq "$E1" "${ADDR[rw]}:8080" "external endpoint"
in_ s2b:5000 "$E1" h1:8080
rules r <<NFT
table $(family) forwards {
	chain prerouting {
		type nat hook prerouting priority dstnat; policy accept;
		iifname "wan" tcp dport 8080 dnat to ${ADDR[h2]}:80
	}
}
NFT
in_ s2b:5002 "${ADDR[rw]}:8080" h2:80
in_ s1a:5002 "${ADDR[rw]}:8080" h2:80
U h1:8080 s2a:80
eq "$E" "$E1" "external endpoint"
U h2:80 s1a:80 E2
ne "$E2" "$E1" "external endpoint of the forward's target"
in_ s2b:5003 "$E2" h2:80
in_ s2b:5004 "${ADDR[rw]}:8080" h2:80

testcase "X-S4 a stranger's SYN that came first does not change the endpoint"
refused s1b:3001 "${ADDR[rw]}:4000" silent
U h1:4000 s1b:3001
eq "$E" "${ADDR[rw]}:4000" "external endpoint towards the stranger"
E1=$E
U h1:4000 s2a:80
eq "$E" "$E1" "external endpoint elsewhere"
in_ s1b:3002 "$E1" h1:4000

testcase "X-L4 a service on a pool's address that a route of type local makes the router's"
pool=${NET_WAN}77
ns r ip -$FAMILY route add local "$pool" dev lo || fail "local route"
ns s1 ip -$FAMILY route add "$pool" via "${HOSTS[rw]#*/}" || fail "route of s1"
[ "$FAMILY" = 4 ] || tell sysctl "${NS[r]}" net/ipv6/ip_nonlocal_bind 1
tell host ra "$pool" "${NS[r]}"
ADDR[ra]=$pool
[ "$FAMILY" = 4 ] || ADDR[ra]="[$pool]"
HOSTS[ra]=r/$pool
profile r source="$pool"
U h2:5700 s1a:80 E1
eq "$E1" "${ADDR[ra]}:5700" "external endpoint"
in_ s1b:5000 "$E1" h2:5700
tell listen ra:5700
in_ s1b:5001 "$E1" ra:5700
tell listen ra:5701
U h2:5701 s1a:80
ne "$E" "${ADDR[ra]}:5701" "external endpoint beside the service"

finish
