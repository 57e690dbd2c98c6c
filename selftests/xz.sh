#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: conntrack
# Zones: X-Z1.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T4
for zone in 1 2; do
	side=$([ $zone = 1 ] && echo a || echo b)
	rules r <<-NFT
	table ip zone$zone {
		chain prerouting {
			type filter hook prerouting priority raw; policy accept;
			iifname { "lan-$side", "wan-$side" } ct zone set $zone
		}
	}
	NFT
done
engine r wan-a wan-b

testcase "X-Z1 the same host address in two zones is two endpoints"
U ha:3000 sa:3000 EA
U hb:3000 sb:3000 EB
n_maps r 2
n_maps r 1 zone 1
n_maps r 1 zone 2
n_maps r 0 zone 0
maps r '[.mappings[] | "\(.int_addr):\(.int_port) \(.zone)"] | sort | tostring'
stock || eq "$M" '["192.168.1.1:3000 1","192.168.1.1:3000 2"]' "internal endpoints and zones"

testcase "X-Z1 each is reached in its own zone only"
for p in 5000 5001; do
	in_ sa:$p "$EA" ha:3000
	in_ sb:$p "$EB" hb:3000
done
stock || ns r fullcone flush zone 2
ns r conntrack -F
in_none sb:5002 "$EB"
in_ sa:5002 "$EA" ha:3000

testcase "X-Z1 the same external endpoint in two zones is two"
U hb:3000 sb:3001 EB
eq "$EA" "$EB" "external endpoints of the two zones"
in_ sb:5003 "$EB" hb:3000
in_ sa:5003 "$EA" ha:3000
must ns r fullcone get udp ext "$EA" zone 1
must ns r fullcone get udp ext "$EA" zone 2
must_not ns r fullcone get udp ext "$EA" zone 3

finish
