#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: limits
# Address pools: G-3, paired (U-2), the realm of a pool (K-1), changed sources (K-8).
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

TP
profile r source=203.0.113.100-203.0.113.103
engine r wan wan1

# addresses SOURCES FILTER...: the external addresses in use, sorted, into $A
addresses() {
	column r ext_addr "$@"
	A=$(printf '%s\n' "${ROWS[@]}" | tr -d ' ' | sort -Vu | xargs)
}

testcase "U-2 all ports of a host have one external address, whatever the servers"
servers=(s1a s1b s2a s2b)
U h1:4000 s1a:3000 E1
POOL1=${E1%:*}
[[ $POOL1 == 203.0.113.10[0-3] ]] || fail "$POOL1 is not of the pool"
eq "${E1#*:}" 4000 "the port is kept"
for ((i = 1; i < 32; i++)); do
	U h1:$((4000 + i)) "${servers[i % 4]}":3000
	eq "${E%:*}" "$POOL1" "external address of h1:$((4000 + i))"
done
addresses int 192.168.1.1
stock || eq "$A" "$POOL1" "external addresses of h1"
U h1:4000 s2b:3001
eq "$E" "$E1" "external endpoint towards another server"

testcase "U-2 64 hosts are spread over all of the pool, each has one address"
tell spray h1 192.168.1.10:4000 64 s1a:3000
tell spray h1 192.168.1.10:4001 64 s2a:3000
maps r '[.mappings[] | select(.int_addr | test("192.168.1.[1-7][0-9]$"))] |
	[length, ([.[] | .ext_addr] | unique | length), ([.[] | .int_addr + .ext_addr] | unique | length)] |
	tostring'
stock || eq "$M" "[128,4,64]" "mappings, external addresses, pairs of host and address"
stat r addresses
stock || eq "$S" 4 "addresses in use"

testcase "K-1 the realm is the profile: the same endpoint on both uplinks"
U h1:4000 s2c:3000
eq "$E" "$E1" "external endpoint by the other uplink"
n_maps r 1 int 192.168.1.1:4000
maps r '.mappings[] | select(.int_addr == "192.168.1.1" and .int_port == 4000) | .realm'
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
n_maps r 0 int 203.0.113.0/24

testcase "U-9a a hairpin shows the caller's own address of the pool"
in_from "$E1" h1:4000 "$E2" h2:4000
in_from "$E2" h2:4000 "$E1" h1:4000
got h1:4900 "$E2" h2:4000
eq "${E%:*}" "$POOL1" "the address h2 is shown"

testcase "X-L1 a wildcard socket of the router takes no port of a pool's address"
tell open r0:4040
U h2:4040 s1a:3000
eq "${E#*:}" 4040 "the port is kept"
in_ s2b:9 "$E" h2:4040
in_ s2b:9 203.0.113.1:4040 r0:4040
tell close r0:4040

testcase "G-3 ranges and single addresses, not contiguous"
profile r source=203.0.113.100,203.0.113.102-203.0.113.103,198.51.100.7
tell spray h1 192.168.1.130:4000 64 s1a:3000
maps r '[.mappings[] | select(.int_addr | test("192.168.1.1[3-9][0-9]$")) | .ext_addr] | unique | join(" ")'
stock || eq "$M" "198.51.100.7 203.0.113.100 203.0.113.102 203.0.113.103" "external addresses"
EXT7=none
stock || EXT7=$(ns r fullcone list --noheadings -o int_addr,ext_port ext 198.51.100.7 | head -1)
[ -n "$EXT7" ] || fail "no mapping on 198.51.100.7"
in_ s1b:10 "$E1" h1:4000

testcase "K-8 changed sources leave older mappings, and the next ones are of the new sources"
profile r source=100.64.0.0-100.64.15.255
U h1:4000 s1b:3001
eq "$E" "$E1" "external endpoint of an older mapping"
in_ s2b:11 "$E1" h1:4000
U h1:5000 s1b:3001 E5
[[ $E5 == 100.64.* ]] || fail "a new mapping of h1 is on $E5, no source any more"
in_ s2b:11 "$E5" h1:5000
U h1:5001 s1b:3001
eq "${E%:*}" "${E5%:*}" "external address of the next mapping of h1"
must ns r fullcone flush all
U h1:4000 s1b:3001
[[ $E == 100.64.* ]] || fail "$E is not of 4096 addresses"

finish
