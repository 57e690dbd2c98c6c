#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: ip6
# Limits of a /64 (V-6); pools and static mappings of IPv6 (G-3, X-D4).
. "${0%/*}/lib.sh"
FAMILY=6
. "${0%/*}/topology.sh"

T1L
engine r
profile r ip6=on

testcase "V-6 the addresses of one /64 share the limit of mappings"
profile r host_max=5
counting r host_limit
for i in 1 2 3 4 5; do
	U "[${NET_LAN}a$i]:3000" s1a:3000 via=h1
done
in_none "[${NET_LAN}a6]:3000" s1a:3000 via=h1
in_none h2:3000 s1a:3000
counted r host_limit 2
U "[${NET_LAN}a3]:3000" s1b:3000 via=h1

testcase "V-6 another /64 has a limit of its own"
for i in 1 2 3 4 5; do
	U h4:300$i s1a:3000
done
counting r host_limit
in_none h4:3006 s1a:3000
counted r host_limit 1

testcase "V-6 a mapping that has ended makes room"
stock || ns r fullcone flush int "[${NET_LAN}a1]" || fail "flush"
U h2:3000 s1a:3000
profile r host_max=16384
stock || ns r fullcone flush all

# a pool behind r, and IPv4 beside it
POOL=2001:db8:f:1::
for s in s1 s2; do
	ns $s ip -6 route add $POOL/64 via "${NET_WAN}1" || die "no route to the pool"
done
ns s1 ip -b - <<-'IP' || die "IPv4 in s1"
	addr add 203.0.113.11/24 dev eth0
	route add 192.0.2.0/24 via 203.0.113.1
IP
ns r ip -b - <<-'IP' || die "IPv4 in r"
	addr add 203.0.113.1/24 dev wan
	addr add 192.168.1.254/24 dev br-lan
IP
ns h1 ip -b - <<-'IP' || die "IPv4 in h1"
	addr add 192.168.1.1/24 dev eth0
	route add default via 192.168.1.254
IP
ADDR+=([h1v4]=192.168.1.1 [s1v4]=203.0.113.11)
tell host h1v4 192.168.1.1 "${NS[h1]}"
tell host s1v4 203.0.113.11 "${NS[s1]}"
ns r fullcone rule add oif wan || die "rule add"

testcase "G-3 hosts of each family get the addresses of it"
profile r "source=192.0.2.1-192.0.2.2,${POOL}10-${POOL}1f"
U h1:3000 s1a:3000 E1
has "$E1" "[${POOL}1" "external address"
eq "${E1##*:}" 3000 "the port is kept"
U h1v4:3000 s1v4:3000 E4
has "$E4" 192.0.2. "external address of IPv4"
in_ s2b:5000 "$E1" h1:3000
in_ s1v4:5000 "$E4" h1v4:3000

testcase "U-2 a host has one address for all its mappings; hosts of a /64 are spread"
for p in 3001 3002 3003; do
	U h1:$p s2a:3000
	eq "${E%:*}" "${E1%:*}" "external address of h1:$p"
done
for i in 1 2 3 4 5 6 7 8; do
	U "[${NET_LAN}b$i]:3000" s1a:3000 via=h1
done
maps r '[.mappings[] | select(.ext_addr | test(":")) | .ext_addr] | unique | length'
stock || ge "$M" 3 "external addresses of nine hosts"

testcase "TO-2 V-6 profiles that have gone, with hosts of a /64, leave room for others"
if ! stock; then
	N=$(ns r ip -j link show dev wan | jq '.[0].ifindex')
	MADE=$(ns r python3 -B "$here/many_profiles.py" 70 "${NET_LAN}3" "$N")
	eq "$MADE" 70 "profiles that were made and deleted"
fi

testcase "X-D4 a static mapping is open without traffic"
stock || ns r fullcone add udp int "${ADDR[h3]}:8080" ext "[${POOL}1f]:8080" || fail "fullcone add"
in_ s2b:5000 "[${POOL}1f]:8080" h3:8080
U h3:8080 s1a:3000
eq "$E" "[${POOL}1f]:8080" "external endpoint of h3:8080"
stock || must ns r fullcone del udp int "${ADDR[h3]}:8080"

testcase "U-9a a hairpin in the pool shows the caller's own address"
in_from "$E1" h1:3000 "[${POOL}1f]:8080" h3:8080
got h2:3000 "$E1" h1:3000
has "$E" "[${POOL}1" "the source shown"

testcase "G-4 the quarter that a host may have is that of its own family's ports"
stock || ns r fullcone flush all
profile r "source=192.0.2.1,${POOL}10-${POOL}1f" ports=30000-30255
counting r host_limit
flood h1 "${ADDR[h1]}" 4000 4099 s1a:7000
counted r host_limit 0

finish
