#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: neighbours
# Traffic that NAT must not touch passes unchanged: X-O6.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
engine r
tell sysctl "${NS[r]}" net/netfilter/nf_conntrack_acct 1
rules r <<'NFT'
table ip user {
	chain prerouting {
		type filter hook prerouting priority mangle; policy accept;
		ct state new meta l4proto udp ct mark set 0x42
		ct state new meta l4proto udp ct label set 5
	}
	chain forward {
		type filter hook forward priority filter; policy accept;
		ct mark 0x42 ct label 5 counter
	}
}
NFT
for h in h1 s1 s2; do
	rules $h <<-'NFT'
	table ip headers {
		counter right {}
		counter came {}
		chain output {
			type filter hook output priority mangle; policy accept;
			meta l4proto udp ip dscp set cs5
			meta l4proto udp ip ttl set 77
		}
		chain prerouting {
			type filter hook prerouting priority raw; policy accept;
			meta l4proto udp counter name came
			meta l4proto udp ip dscp cs5 ip ttl 76 counter name right
			tcp flags syn / syn,ack tcp option maxseg size 1460 counter name right
			tcp flags syn / syn,ack counter name came
		}
	}
	NFT
done
headers() { # HOST N: so many packets came, all as they should be
	local came right

	came=$(ns "$1" nft -j list counter ip headers came | jq '.nftables[] | select(.counter) | .counter.packets')
	right=$(ns "$1" nft -j list counter ip headers right | jq '.nftables[] | select(.counter) | .counter.packets')
	eq "$came" "$2" "packets at $1"
	eq "$right" "$2" "packets at $1 with their TTL (less one) and DSCP"
}

testcase "X-O6 TTL and DSCP pass, both ways and from both sides"
U h1:3000 s1a:3000 E1
headers s1 1
in_ s1a:3000 "$E1" h1:3000
in_ s2b:5000 "$E1" h1:3000
headers h1 2
got h1:3000 s2b:5000 s2b:5000
headers s2 1

testcase "X-O6 the user's mark and label stay on the flow, beside the engine's"
has "$(ns r nft list chain ip user forward)" "counter packets 4" "packets with mark and label"
OUT=$(ns r conntrack -L -p udp --mark 0x42 2>/dev/null)
log "$OUT"
eq "$(wc -l <<<"$OUT")" 2 "flows with the mark"

testcase "X-O6 accounting counts the packets and bytes of a flow"
OUT=$(ns r conntrack -L -p udp --orig-src 192.168.1.1 2>/dev/null)
log "$OUT"
# 16 bytes and two headers
eq "$(grep -o 'packets=[0-9]* bytes=[0-9]*' <<<"$OUT" | xargs)" \
	"packets=1 bytes=44 packets=1 bytes=44" "both directions of the host's flow"
OUT=$(ns r conntrack -L -p udp --orig-src 203.0.113.22 2>/dev/null)
eq "$(grep -o 'packets=[0-9]* bytes=[0-9]*' <<<"$OUT" | xargs)" \
	"packets=1 bytes=44 packets=1 bytes=44" "both directions of the stranger's flow"

testcase "X-O6 the MSS of a TCP connection passes"
tell tcp h1:3000 s1a:8000
headers s1 2

finish
