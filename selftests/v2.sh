#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: ip6
# External addresses of IPv6 come and go: V-2, X-M1, X-M2 and X-M3.
. "${0%/*}/lib.sh"
FAMILY=6
. "${0%/*}/topology.sh"

T3
engine r wan wan1
profile r ip6=on
NEW=[${NET_WAN}2]

no_maps() { # FILTER...
	column r external "$@"
	[ ${#ROWS[@]} = 0 ] || stock
}

no_sessions() { # ADDR
	C=$(ns r conntrack -L -f ipv6 -p udp 2>/dev/null | grep -c "dst=$1 ")
	[ "$C" = 0 ]
}

testcase "X-M3 a lifetime that is renewed keeps mapping and session"
U h1:3000 s1a:3000 E1
eq "$E1" "${ADDR[rw]}:3000" "external endpoint"
ns r ip addr change "${NET_WAN}1/64" dev wan valid_lft 3600 preferred_lft 3600 || fail "addr change"
in_ s1a:3000 "$E1" h1:3000
in_ s2b:5000 "$E1" h1:3000
n_maps r 1

testcase "V-2 a deprecated address stays that of the hosts that have it; others get the new one"
ns r ip -b - <<-IP || fail "ip"
	addr add ${NET_WAN}2/64 dev wan nodad
	addr change ${NET_WAN}1/64 dev wan preferred_lft 0
IP
U h1:3000 s2a:3000
eq "$E" "$E1" "external endpoint of the mapping that was there"
in_ s2b:5001 "$E1" h1:3000
U h1:3001 s1a:3000
eq "${E%:*}" "${ADDR[rw]}" "external address of a new mapping of that host"
U h2:3000 s1a:3000 E2
eq "$E2" "$NEW:3000" "external endpoint of another host"
in_ s2b:5000 "$E2" h2:3000

testcase "K-13 V-2 other protocols leave from the address of their host, deprecated or not"
stock || must ns r fullcone rule add oif wan family ip6
for proto in 47 50 253; do
	for h in h1,1 h2,2; do
		tell protocol ${h%,*} s1a:9 s1a $proto
		eq "$ANSWER" "$NET_WAN${h#*,}" "source of protocol $proto of ${h%,*}"
	done
done

testcase "V-2 who calls a mapping on the deprecated address does so from the new one"
got h3:3000 "$E1" h1:3000
eq "${E%:*}" "$NEW" "the source shown"

testcase "X-M1 an address that goes away takes its mappings and sessions along, and no others"
counting r mappings_addr_gone
ns r ip addr del "${NET_WAN}1/64" dev wan || fail "addr del"
busywait 1500 no_maps ext "${ADDR[rw]}" || fail "mappings of the address that is gone: ${ROWS[*]}"
busywait 1500 no_sessions "${NET_WAN}1" || fail "sessions of the address that is gone: $C"
counted r mappings_addr_gone 2
in_ s2b:5000 "$E2" h2:3000

testcase "X-M1 V-2 the next packet is mapped on the new address, which is the host's from then on"
for dst in s1a:3000 s2b:5001; do
	U h1:3000 $dst E1
	eq "${E%:*}" "$NEW" "external address towards $dst"
done
in_ s1b:5000 "$E1" h1:3000
ns r ip -b - <<-IP || fail "ip"
	addr add ${NET_WAN}3/64 dev wan nodad
	addr change ${NET_WAN}2/64 dev wan preferred_lft 0
IP
U h1:3002 s1a:3000
eq "${E%:*}" "$NEW" "external address of a new mapping"

testcase "X-M1 an uplink whose address changes does not go on with the same one of another"
ns r ip -b - <<-IP || fail "ip"
	link add name twin type dummy
	link set dev twin up
	addr add ${NET_WAN}2/128 dev twin nodad
	addr del ${NET_WAN}2/64 dev wan
IP
busywait 1500 no_maps ext "${NET_WAN}2" || fail "mappings of the address that is another's: ${ROWS[*]}"
U h1:3000 s1a:3000
eq "${E%:*}" "[${NET_WAN}3]" "external address then"
in_ s2b:5000 "$E" h1:3000
ns r ip -b - <<-IP || fail "ip"
	link del twin
	addr add ${NET_WAN}2/64 dev wan nodad
IP

testcase "X-M2 an interface that goes down takes its own mappings along, and no others"
U h1:3000 s2c:3000 E2
eq "${E2%:*}" "${ADDR[rw1]}" "external address of the other uplink"
in_ s2d:5000 "$E2" h1:3000
ns r ip link set wan down
busywait 1500 no_maps ext "$NEW" || fail "mappings of the uplink that is down: ${ROWS[*]}"
busywait 1500 no_sessions "${NET_WAN}2" || fail "sessions of the uplink that is down: $C"
n_maps r 1 ext "${ADDR[rw1]}"
in_ s2d:5001 "$E2" h1:3000

testcase "U-2 V-2 K-13 an uplink without an address: a host has one of the router's others for all"
# which one the kernel would take depends on the destination
mac() { read -r _ _ MAC _ < <(ns "$1" ip -br link show dev "$2"); }
mac s2 eth1
ns r ip -b - <<-IP || fail "ip"
	link add name borrowed type dummy
	link set dev borrowed up
	addr add 2001:db8:e:1::1/128 dev borrowed nodad
	addr add 2001:db8:d:1::1/128 dev borrowed nodad
	addr del ${NET_WAN1}1/64 dev wan1
	route add ${NET_WAN1}/64 dev wan1
	route add 2001:db8:d::21/128 dev wan1
	neigh replace 2001:db8:d::21 lladdr $MAC dev wan1 nud permanent
IP
mac r wan1
ns s2 ip -b - <<-IP || fail "ip"
	addr add 2001:db8:d::21/128 dev eth1 nodad
	route add 2001:db8:e:1::1/128 dev eth1
	route add 2001:db8:d:1::1/128 dev eth1
	neigh replace 2001:db8:e:1::1 lladdr $MAC dev eth1 nud permanent
	neigh replace 2001:db8:d:1::1 lladdr $MAC dev eth1 nud permanent
IP
tell host far 2001:db8:d::21 "${NS[s2]}"
ADDR[far]="[2001:db8:d::21]"
busywait 1500 no_maps ext "${ADDR[rw1]}" || fail "mappings of the address that is gone: ${ROWS[*]}"
U h1:3100 s2c:3000 E1
eq "${E1%:*}" "[2001:db8:e:1::1]" "external address of the first mapping"
U h1:3101 far:3000
eq "${E%:*}" "${E1%:*}" "external address of another one, towards another prefix"
tcp U h1:3101 far:3000
eq "${E%:*}" "${E1%:*}" "the same with a connection"
stock || must ns r fullcone rule add oif wan1 family ip6
tell protocol h1:9 far:9 far 50
eq "[$ANSWER]" "${E1%:*}" "source of a protocol without mappings"
U h2:3101 far:3000
eq "${E%:*}" "[2001:db8:d:1::1]" "external address of another host"
in_ far:5000 "$E1" h1:3100
must ns r ip addr del 2001:db8:e:1::1/128 dev borrowed
busywait 1500 no_maps ext "${E1%:*}" || fail "mappings of the address that is gone: ${ROWS[*]}"
U h1:3100 s2c:3000
eq "${E%:*}" "[2001:db8:d:1::1]" "external address then"

finish
