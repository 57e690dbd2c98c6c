#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: ip6
# A user's stateless-like prefix rules (NPTv6) for one host, beside the engine for the others:
# V-7, X-D1.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T6
engine r
OUTER=2001:db8:f:7::
for s in s1 s2; do
	ns $s ip route add $OUTER/64 via "${NET_WAN}1" || die "no route to the prefix"
done
rules r <<NFT
table ip6 prefix {
	chain postrouting {
		type nat hook postrouting priority srcnat - 20; policy accept;
		oifname "wan" ip6 saddr ${NET_LAN}3 snat ip6 prefix to ip6 saddr map { ${NET_LAN}/64 : $OUTER/64 }
	}
	chain prerouting {
		type nat hook prerouting priority dstnat; policy accept;
		iifname "wan" dnat ip6 prefix to ip6 daddr map { $OUTER/64 : ${NET_LAN}/64 }
	}
}
NFT

testcase "V-7 a host with a prefix rule has its own address there, and no mapping"
for p in 3000 3001; do
	U h3:$p s1a:3000
	eq "$E" "[${OUTER}3]:$p" "source of h3:$p"
	tcp U h3:$p s1a:80
	eq "$E" "[${OUTER}3]:$p" "source of h3:$p in TCP"
done
n_maps r 0

testcase "V-7 it is reached there by anybody, on any port"
in_ s2b:5000 "[${OUTER}3]:4000" h3:4000
tcp in_ s2b:5000 "[${OUTER}3]:4000" h3:4000

testcase "V-7 the others have mappings beside it"
U h1:3000 s1a:3000 E1
eq "$E1" "${ADDR[rw]}:3000" "external endpoint of h1"
U h2:3000 s1a:3000 E2
ne "$E2" "$E1" "external endpoint of h2"
in_ s2b:5001 "$E1" h1:3000
in_ s2b:5001 "$E2" h2:3000
U h3:3000 s2a:3000
eq "$E" "[${OUTER}3]:3000" "source of h3 still"
n_maps r 2

finish
