#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: limits
# Address pools: G-3, paired (U-2), the realm of a pool (K-1), changed sources (K-8).
. "${0%/*}/lib.sh"
. "${0%/*}/connections.sh"
. "${0%/*}/watch.sh"
. "${0%/*}/topology.sh"

TP
POOL=${NET_WAN}100-${NET_WAN}103
# 4096 addresses, and what they begin with
FAR=100.64.0.0-100.64.15.255 FAR_HEAD=100.64.
[ "$FAMILY" = 4 ] || FAR=2001:db8:64::-2001:db8:64::fff FAR_HEAD=[2001:db8:64::
profile r source="$POOL"
engine r wan wan1

# host N: an address of the LAN that is no host's of the topology
host() {
	if [ "$FAMILY" = 6 ]; then echo "[$NET_LAN$1]"; else echo "$NET_LAN$1"; fi
}

# addresses SOURCES FILTER...: the external addresses in use, sorted, into $A
addresses() {
	column r ext_addr "$@"
	A=$(printf '%s\n' "${ROWS[@]}" | tr -d ' ' | sort -Vu | xargs)
}

testcase "U-2 all ports of a host have one external address, whatever the servers"
servers=(s1a s1b s2a s2b)
U h1:4000 s1a:3000 E1
POOL1=${E1%:*}
[[ $POOL1 == *"${NET_WAN}10"[0-3]?(]) ]] || fail "$POOL1 is not of the pool"
eq "${E1##*:}" 4000 "the port is kept"
for ((i = 1; i < 32; i++)); do
	U h1:$((4000 + i)) "${servers[i % 4]}":3000
	eq "${E%:*}" "$POOL1" "external address of h1:$((4000 + i))"
done
addresses int "${ADDR[h1]}"
stock || eq "$A" "$(tr -d '[]' <<<"$POOL1")" "external addresses of h1"
U h1:4000 s2b:3001
eq "$E" "$E1" "external endpoint towards another server"

testcase "U-2 64 hosts are spread over all of the pool, each has one address"
tell spray h1 "$(host 10):4900" 64 s1a:3000
tell spray h1 "$(host 10):4901" 64 s2a:3000
maps r '[.mappings[] | select(.int_port >= 4900)] |
	[length, ([.[] | .ext_addr] | unique | length), ([.[] | .int_addr + .ext_addr] | unique | length)] |
	tostring'
stock || eq "$M" "[128,4,64]" "mappings, external addresses, pairs of host and address"
stat r addresses
stock || eq "$S" 4 "addresses in use"

testcase "K-1 the realm is the profile: the same endpoint on both uplinks"
U h1:4000 s2c:3000
eq "$E" "$E1" "external endpoint by the other uplink"
n_maps r 1 int "${ADDR[h1]}:4000"
maps r '.mappings[0].realm' int "${ADDR[h1]}:4000"
stock || eq "$M" default "the realm"

testcase "G-3 the pool's addresses are reached by anybody, though the router has none of them"
in_ s1b:9 "$E1" h1:4000
in_ s2b:9 "$E1" h1:4000
in_ s2d:9 "$E1" h1:4000
U h2:4000 s1a:3000 E2
in_ s2b:9 "$E2" h2:4000
in_none s2b:9 "${E1%:*}:5999"

testcase "X-S1 K-3 datagrams to ports of the pool that are nobody's make no mapping"
tell scan s2b s2b:6000 "${E1%:*}" 5000 5019
n_maps r 0 int "$(net_of $NET_WAN)"

testcase "U-9a a hairpin shows the caller's own address of the pool"
in_from "$E1" h1:4000 "$E2" h2:4000
in_from "$E2" h2:4000 "$E1" h1:4000
got h1:4800 "$E2" h2:4000
eq "${E%:*}" "$POOL1" "the address h2 is shown"

testcase "X-L1 a wildcard socket of the router takes no port of a pool's address"
tell open r0:4040
U h2:4040 s1a:3000
eq "${E##*:}" 4040 "the port is kept"
in_ s2b:9 "$E" h2:4040
in_ s2b:9 "${ADDR[rw]}:4040" r0:4040
tell close r0:4040

testcase "G-3 ranges and single addresses, not contiguous"
profile r source="${NET_WAN}100,${NET_WAN}102-${NET_WAN}103,${NET_WAN1}7"
tell spray h1 "$(host 130):4902" 64 s1a:3000
maps r '[.mappings[] | select(.int_port == 4902) | .ext_addr] | unique | sort | join(" ")'
stock || eq "$M" "$(printf '%s\n' "${NET_WAN1}7" "${NET_WAN}"10{0,2,3} | LC_ALL=C sort | xargs)" \
	"external addresses"
in_ s1b:10 "$E1" h1:4000

testcase "K-8 changed sources leave older mappings, and the next ones are of the new sources"
watch r
profile r source=$FAR
U h1:4000 s1b:3001
eq "$E" "$E1" "external endpoint of an older mapping"
in_ s2b:11 "$E1" h1:4000
U h1:5000 s1b:3001 E5
[[ $E5 == "$FAR_HEAD"* ]] || fail "a new mapping of h1 is on $E5, no source any more"
in_ s2b:11 "$E5" h1:5000
U h1:5001 s1b:3001
eq "${E%:*}" "${E5%:*}" "external address of the next mapping of h1"
events_are '[.[] | select(.event == 14 or .event == 15) | "\(.event) \(.ext_addr)"] | join(", ")' \
	"\"$(tr -d '[]' <<<"15 ${E1%:*}, 14 ${E5%:*}")\""
unwatch
must ns r fullcone flush all
U h1:4000 s1b:3001
[[ $E == "$FAR_HEAD"* ]] || fail "$E is not of 4096 addresses"

testcase "P-2.2 after a reset the other side calls again, though a route keeps the pool from it"
deaf h1 s1
profile r source=${NET_WAN}100
must ns r ip -$FAMILY route add blackhole ${NET_WAN}100/$NET_HOST
seg h1:7000 s1a:7000 s1a S seq=1000
E6=$E
seg s1a:7000 "$E6" h1 SA seq=2000 ack=1001
seg h1:7000 s1a:7000 s1a RA seq=1001 ack=2001
ask segment s1a:7000 "$E6" h1 S seq=9000 wait=500
seg s1a:7000 "$E6" h1 S seq=9000
seg h1:7000 s1a:7000 s1a SA seq=3000 ack=9001
eq "$E" "$E6" "external endpoint"

finish
