#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: ip6
# Zones in IPv6, in UDP and TCP: X-Z1. T4 with the addresses of T6.
FAMILY=6
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

node r
for z in a b; do
	node h$z s$z w$z
	bridge r lan-$z ${NET_LAN}254/64
	plug r lan-$z h$z eth0 ${NET_LAN}1/64
	route h$z default via ${NET_LAN}254
	bridge w$z sw0
	plug w$z sw0 r wan-$z ${NET_WAN}1/64
	plug w$z sw0 s$z eth0 ${NET_WAN}11/64
	HOSTS+=([h$z]=h$z/${NET_LAN}1 [s$z]=s$z/${NET_WAN}11)
done
lay r
for zone in 1 2; do
	z=$([ $zone = 1 ] && echo a || echo b)
	ns r ip -6 -b - <<-IP || die "routes of the zone"
		route add ${NET_LAN}/64 dev lan-$z table 10$zone
		route add ${NET_WAN}/64 dev wan-$z table 10$zone
		rule add iif lan-$z lookup 10$zone
		rule add iif wan-$z lookup 10$zone
	IP
	rules r <<-NFT
	table ip6 zone$zone {
		chain prerouting {
			type filter hook prerouting priority raw; policy accept;
			iifname { "lan-$z", "wan-$z" } ct zone set $zone
		}
	}
	NFT
done
engine r wan-a wan-b

both() { # COMMAND...: by datagrams, and by connections
	udp "$@"
	tcp "$@"
}

testcase "X-Z1 IPv6: the same host address in two zones is two endpoints"
for h in a b; do
	both U h$h:3000 s$h:3000
	eq "$E" "[${NET_WAN}1]:3000" "external endpoint of h$h"
done
n_maps r 4
n_maps r 2 zone 1
n_maps r 2 zone 2
n_maps r 0 zone 0
EXT=[${NET_WAN}1]:3000

testcase "X-Z1 IPv6: each is reached in its own zone only"
for p in 5000 5001; do
	both in_ sa:$p "$EXT" ha:3000
	both in_ sb:$p "$EXT" hb:3000
done
stock || ns r fullcone flush zone 2
ns r conntrack -F
both in_none sb:5002 "$EXT"
both in_ sa:5002 "$EXT" ha:3000

testcase "X-Z1 IPv6: what is asked by zone"
U hb:3000 sb:3001 EB
eq "$EB" "$EXT" "external endpoint in the second zone"
must ns r fullcone get udp ext "$EXT" zone 1
must ns r fullcone get udp ext "$EXT" zone 2
must_not ns r fullcone get udp ext "$EXT" zone 3

finish
