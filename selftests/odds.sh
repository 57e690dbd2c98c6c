#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: inbound
# Packets that must not make a mapping: X-O1.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
engine r
for dev in all br-lan; do
	tell sysctl "${NS[r]}" net/ipv4/conf/$dev/bc_forwarding 1
done
rules s1 <<'NFT'
table ip watch {
	counter broadcast {}
	counter group {}
	chain prerouting {
		type filter hook prerouting priority filter; policy accept;
		ip daddr 203.0.113.255 udp dport 5000 counter name broadcast
		ip daddr 239.1.1.1 udp dport 5000 counter name group
	}
}
NFT

testcase "X-O1 source port 0 gets plain source NAT and no mapping"
got 192.168.1.1:0 s1a:3000 s1a:3000 via=h1
eq "${E%:*}" 203.0.113.1 "source address shown"
n_maps r 0

testcase "X-O1 source port 0 calls no mapping from inside"
got h2:3000 s1a:3000 s1a:3000
in_none 192.168.1.1:0 "$E" via=h1
n_maps r 1

testcase "X-O1 a directed broadcast makes no mapping"
in_none h1:3000 203.0.113.255:5000
N=$(ns s1 nft -j list counter ip watch broadcast |
	jq '.nftables[] | select(.counter) | .counter.packets')
eq "$N" 1 "broadcasts that left the router"
n_maps r 0 int 192.168.1.1
stock || ns r fullcone flush int 192.168.1.1

testcase "X-O1 multicast and limited broadcast make no mapping"
tell mroute "${NS[r]}" 192.168.1.1 239.1.1.1 br-lan wan
in_none h1:3000 239.1.1.1:5000 via=h1
has "$(ns s1 nft list counter ip watch group)" "packets 1 " "multicast that left the router"
tell mroute off
in_none h1:3000 255.255.255.255:5000
n_maps r 0 int 192.168.1.1

testcase "X-O1 the source 0.0.0.0 makes no mapping"
rules h1 <<'NFT'
table ip forge {
	chain output {
		type filter hook output priority filter; policy accept;
		udp dport 3009 ip saddr set 0.0.0.0 counter
	}
}
NFT
in_none h1:3000 s1a:3009
has "$(ns h1 nft list chain ip forge output)" "counter packets 1" "forged datagrams"
n_maps r 1

testcase "X-O1 untracked packets pass untranslated"
rules r <<'NFT'
table ip untracked {
	chain prerouting {
		type filter hook prerouting priority raw; policy accept;
		ip saddr 192.168.1.1 udp dport 6000 notrack
	}
}
NFT
got h1:3000 s1a:6000 s1a:6000
stock || eq "$E" 192.168.1.1:3000 "source shown"
n_maps r 0 int 192.168.1.1

testcase "X-O1 a packet with a wrong checksum makes no mapping"
in_none 192.168.1.1:3000 s1a:3000 via=h1 badsum
n_maps r 0 int 192.168.1.1
got 192.168.1.1:3000 s1a:3000 s1a:3000 via=h1
eq "${E%:*}" 203.0.113.1 "source address shown of a good one"
n_maps r 1 int 192.168.1.1

finish
