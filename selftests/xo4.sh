#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: neighbours
# br_netfilter shows bridged frames to the IP hooks: X-O4.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
run modprobe br_netfilter || die "no br_netfilter"
engine r
tell sysctl "${NS[r]}" net/bridge/bridge-nf-call-iptables 1
# as careless as can be: everything is labelled, whatever it leaves by
rules r <<'NFT'
table ip label {
	counter bridged {}
	chain postrouting {
		type nat hook postrouting priority srcnat - 11; policy accept;
		ct label set 127
		oifname "br-lan" counter name bridged
	}
}
NFT
for h in 1 2; do
	other=$((3 - h))
	mac=$(ns h$other ip -o link show eth0 | sed 's/.*link\/ether \([0-9a-f:]*\).*/\1/')
	ns h$h ip neigh replace 192.168.1.$other lladdr "$mac" dev eth0 nud permanent
done

testcase "X-O4 frames between two hosts of the LAN make no mapping"
got h1:3000 h2:3000 h2:3000
eq "$E" 192.168.1.1:3000 "source shown"
got h2:3000 h1:3000 h1:3000
eq "$E" 192.168.1.2:3000 "source shown in the answer"
got h2:3001 h1:3000 h1:3000
eq "$E" 192.168.1.2:3001 "source shown"
N=$(ns r nft -j list counter ip label bridged | jq '.nftables[] | select(.counter) | .counter.packets')
eq "$N" 2 "bridged flows that the hooks have seen"
n_maps r 0

testcase "X-O4 NAT works as without it"
U h1:3000 s1a:3000 E1
eq "$E1" 203.0.113.1:3000 "external endpoint"
U h1:3000 s2a:3000
eq "$E" "$E1" "external endpoint towards another"
in_ s1a:3000 "$E1" h1:3000
in_ s2b:5000 "$E1" h1:3000
n_maps r 1

testcase "X-O4 hairpin works as without it"
U h2:3002 s1a:3000 E2
got h2:3002 "$E1" h1:3000
eq "$E" "$E2" "source shown"
in_from "$E1" h1:3000 "$E2" h2:3002
n_maps r 2

testcase "X-O4 and between the hosts nothing has changed"
got h1:3000 h2:3002 h2:3002
eq "$E" 192.168.1.1:3000 "source shown"
n_maps r 2

finish
