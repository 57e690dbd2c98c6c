#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: ip6
# IPv6 is translated only where that is asked for (V-1), and neighbours never (V-3).
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T6
for s in s1 s2; do
	ns $s ip -6 route add "${NET_LAN}/64" via "${NET_WAN}1" || die "no route back"
done
NET_SOURCE=${ADDR[h1]}

label() {
	rules r <<-'NFT'
	table ip6 labels {
		chain postrouting {
			type nat hook postrouting priority srcnat - 10; policy accept;
			oifname "wan" meta l4proto { tcp, udp, icmpv6 } ct label set 127
		}
	}
	NFT
}

testcase "V-1 an engine of IPv4 leaves IPv6 alone, labelled or not"
ns r fullcone rule add oif wan || die "rule add"
counting r mappings_created declined
U h1:3000 s1a:3000
eq "$E" "$NET_SOURCE:3000" "the source"
label
U h1:3001 s1a:3000
eq "$E" "$NET_SOURCE:3001" "the source, the flow being labelled"
in_ s2b:5000 "$NET_SOURCE:3001" h1:3001
counted r mappings_created 0
counted r declined 0

testcase "V-1 ip6=on, and what begins then is translated"
profile r ip6=on
U h1:3002 s1a:3000 E1
eq "$E1" "${ADDR[rw]}:3002" "external endpoint"
in_ s2b:5000 "$E1" h1:3002
n_maps r 1

testcase "V-1 ip6=off, and flows are the user's rules' again"
profile r ip6=off
counting r mappings_created
U h1:3003 s1a:3000
eq "$E" "$NET_SOURCE:3003" "the source"
counted r mappings_created 0
ns r nft delete table ip6 labels || fail "nft delete"

engine r
profile r ip6=on

# link_local NAME DEV: into $LL
link_local() {
	LL=$(ns "$1" ip -6 -o addr show dev "$2" scope link | awk '{ sub("/.*", "", $4); print $4 }')
	[ -n "$LL" ]
}

testcase "V-3 neighbours are found, solicited and advertised, on both sides"
U h1:3010 s1a:3000 E1
ns h1 ip -6 neigh del "${NET_LAN}254" dev eth0 || fail "neigh del"
ns r ip -6 neigh del "${NET_WAN}11" dev wan || fail "neigh del"
ns r ip -6 neigh del "${NET_LAN}1" dev br-lan || fail "neigh del"
counting r mappings_created
U h1:3010 s1a:3000
eq "$E" "$E1" "external endpoint"
in_ s1b:3000 "$E1" h1:3010
counted r mappings_created 0

testcase "V-3 link-local addresses answer, from inside and from outside"
counting r mappings_created flows_in
busywait 5000 link_local r br-lan || fail "no link-local address"
must busywait 5000 ns h1 ping -6 -c 1 -W 1 "$LL%eth0"
busywait 5000 link_local r wan || fail "no link-local address"
must busywait 5000 ns s1 ping -6 -c 1 -W 1 "$LL%eth0"
counted r mappings_created 0

testcase "V-3 who calls a mapping from a link-local address calls the router"
counting r flows_in lookups_in
in_none "[fe80::99]:5000" "$E1" via=s1a
counted r lookups_in 0
counted r flows_in 0
in_ s1b:5000 "$E1" h1:3010

testcase "V-3 nothing is made of multicast, also where it is forwarded"
rules s1 <<'NFT'
table ip6 watch {
	counter group {}
	chain prerouting {
		type filter hook prerouting priority filter; policy accept;
		ip6 daddr ff0e::4242 counter name group
	}
}
NFT
tell mroute "${NS[r]}" "${NET_LAN}1" ff0e::4242 br-lan wan
counting r mappings_created
in_none h1:3020 "[ff0e::4242]:3000" via=h1
has "$(ns s1 nft list counter ip6 watch group)" "packets 1 " "what left the router"
counted r mappings_created 0
tell mroute off

finish
