#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: neighbours
# An IPsec tunnel from the router beside NAT: X-O3.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
ADDR[tun]=10.7.0.1
ns s1 ip addr add 10.7.0.1/32 dev lo
tell host tun 10.7.0.1 "${NS[s1]}"
stock || must ns r fullcone profile set default
# every flow is labelled, and what is to be encrypted is kept from masquerade
rules r <<'NFT'
table ip nat {
	chain label {
		type nat hook postrouting priority srcnat - 10; policy accept;
		oifname "wan" meta l4proto udp ct label set 127
	}
	chain postrouting {
		type nat hook postrouting priority srcnat; policy accept;
		oifname "wan" rt ipsec missing masquerade
	}
}
NFT

ipsec() { # NAME DIR-OUT-SELECTOR DIR-IN-SELECTOR MY PEER
	ns "$1" ip -b - <<-IP || die "no IPsec"
		xfrm state add src $4 dst $5 proto esp spi 0x100 reqid 1 mode tunnel auth hmac(sha1) 0x0123456789abcdef0123456789abcdef01234567 enc cbc(aes) 0x0123456789abcdef0123456789abcdef
		xfrm state add src $5 dst $4 proto esp spi 0x100 reqid 1 mode tunnel auth hmac(sha1) 0x0123456789abcdef0123456789abcdef01234567 enc cbc(aes) 0x0123456789abcdef0123456789abcdef
		xfrm policy add src ${2%>*} dst ${2#*>} dir out tmpl src $4 dst $5 proto esp reqid 1 mode tunnel
		xfrm policy add src ${3%>*} dst ${3#*>} dir in tmpl src $5 dst $4 proto esp reqid 1 mode tunnel
		xfrm policy add src ${3%>*} dst ${3#*>} dir fwd tmpl src $5 dst $4 proto esp reqid 1 mode tunnel
	IP
}
ipsec r "192.168.1.0/24>10.7.0.0/24" "10.7.0.0/24>192.168.1.0/24" 203.0.113.1 203.0.113.11
ipsec s1 "10.7.0.0/24>192.168.1.0/24" "192.168.1.0/24>10.7.0.0/24" 203.0.113.11 203.0.113.1
ns r ip route add 10.7.0.0/24 via 203.0.113.11
ns s1 ip -b - <<-'IP'
	route add 192.168.1.0/24 via 203.0.113.1
	xfrm policy add src 10.7.0.0/24 dst 203.0.113.1/32 dir out tmpl src 203.0.113.11 dst 203.0.113.1 proto esp reqid 1 mode tunnel
IP
rules s1 <<'NFT'
table ip watch {
	counter tunnel {}
	chain prerouting {
		type filter hook prerouting priority raw; policy accept;
		ip protocol esp counter name tunnel
	}
}
NFT
esp() { # into $N: packets of the tunnel at s1
	N=$(ns s1 nft -j list counter ip watch tunnel | jq '.nftables[] | select(.counter) | .counter.packets')
}

testcase "X-O3 what goes into the tunnel is not translated"
counting r declined mappings_created
esp
BEFORE=$N
got h1:3000 tun:3000 tun:3000
eq "$E" 192.168.1.1:3000 "source shown at the other end"
esp
eq "$N" $((BEFORE + 1)) "packets of the tunnel"
counted r declined 1
counted r mappings_created 0
in_ tun:3000 192.168.1.1:3000 h1:3000
in_ tun:3001 192.168.1.1:3000 h1:3000

testcase "X-O3 beside it the same endpoint is full-cone"
U h1:3000 s1a:3000 E1
eq "$E1" 203.0.113.1:3000 "external endpoint"
U h1:3000 s2a:3000
eq "$E" "$E1" "external endpoint towards another"
in_ s2b:5000 "$E1" h1:3000
got h1:3000 tun:3002 tun:3002
eq "$E" 192.168.1.1:3000 "source shown at the other end of the tunnel"
n_maps r 1

testcase "X-O3 what comes out of the tunnel for an external endpoint goes to the host"
# the policy is asked of the packet as it was before its translation
for dir in in fwd; do
	ns r ip xfrm policy add src 10.7.0.0/24 dst 203.0.113.1/32 dir $dir \
		tmpl src 203.0.113.11 dst 203.0.113.1 proto esp reqid 1 mode tunnel
done
in_ tun:5001 "$E1" h1:3000
in_none tun:5001 203.0.113.1:3999

finish
