#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: tcp
# SYNs that the filter refuses are not answered, and may succeed later: RFC 5382 REQ-4.
PROTO=tcp
. "${0%/*}/lib.sh"
. "${0%/*}/connections.sh"
. "${0%/*}/topology.sh"

T1
engine r
deaf s1 h2
rules s1 <<'NFT'
table inet answers {
	counter seen {}
	chain input {
		type filter hook input priority -200; policy accept;
		tcp dport 7100 counter name seen
		icmp type destination-unreachable counter name seen
		icmpv6 type destination-unreachable counter name seen
	}
}
NFT

answers() { # into $N: what has come to s1 as an answer
	N=$(ns s1 nft -j list counter inet answers seen |
		jq '.nftables[] | select(.counter) | .counter.packets')
}

testcase "T-4 a SYN that the filter refuses is dropped without a word"
profile r filter.tcp=apdf
U h1:3000 s1a:80 E1
answers
eq "$N" 0 "packets before"
counting r filtered
seg_none s1b:7100 "$E1" h1 S seq=1
counted r filtered 1
refused s2b:5000 "$E1" silent
tell mark

testcase "T-4 the host's own SYN then opens the way, its endpoint is the same"
seg h2:7000 s1a:7001 s1a S seq=1
E2=$E
seg_none s1b:7001 "$E2" h2 S seq=2000
seg h2:7000 s1b:7001 s1b S seq=1000
eq "$E" "$E2" "external endpoint towards the one that was refused"
seg s1b:7001 "$E2" h2 S seq=2000
seg h2:7000 s1b:7001 s1b SA seq=1000 ack=2001
seg s1b:7001 "$E2" h2 SA seq=2000 ack=1001
seg h2:7000 s1b:7001 s1b PA seq=1001 ack=2001 len=10
# with sockets: the refused one tries again after a second, the other one has begun by then
tell cross a s2b:5001 "$E1" h1:3000 s2b:5001 200
tell talk a both 10000
tell hang a client

testcase "T-4 ten seconds later there is still no answer"
tell at 10000
answers
eq "$N" 0 "packets to who has sent a SYN"

finish
