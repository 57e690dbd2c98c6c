#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: change
# Ports of the user's forwards are reserved (X-D2), and the host they lead to has mappings
# of its own (X-D3).
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
engine r
rules r <<'NFT'
table ip forwards {
	chain prerouting {
		type nat hook prerouting priority dstnat; policy accept;
		iifname "wan" udp dport 8080 dnat to 192.168.1.2:80
		iifname "wan" udp dport 9000-9003 dnat to 192.168.1.2
	}
}
NFT

# the finding about such ports, into $M, and the line that mends it, into $MEND
finding() {
	local json

	json=$(ns r fullcone check -j)
	M=$(jq -r '.findings[] | select(.topic == "forwarded-port") | "\(.level) \(.text)"' <<<"$json")
	MEND=$(jq -r '.findings[] | select(.topic == "forwarded-port") | .mend' <<<"$json")
	log "$M: $MEND"
}

testcase "X-D2 check warns of forwards on ports that are not reserved"
finding
has "$M" "warn " "finding"
has "$M" 8080 "finding"
has "$M" 9000-9003 "finding"
U h1:8080 s1a:3000
eq "$E" 203.0.113.1:8080 "external endpoint while it is not reserved"
ns r fullcone flush all

testcase "X-D2 the line that it prints mends it"
eq "$MEND" "fullcone profile set default reserve=8080,9000-9003" "the line"
# shellcheck disable=SC2086 # words
must ns r $MEND
finding
eq "$M" "" "finding"

testcase "X-D2 a port that is reserved is given to nobody"
for p in 8080 9000 9003; do
	U h1:$p s1a:3000
	ne "$E" 203.0.113.1:$p "external endpoint of port $p"
done
U h1:9004 s1a:3000
eq "$E" 203.0.113.1:9004 "external endpoint beside the reserved ones"
in_ s2b:5000 203.0.113.1:8080 h2:80

testcase "X-D2 not by chance either, nor when there is no other"
ns r fullcone flush all
profile r ports=8078-8081
for p in 1 2 3; do
	U h2:700$p s1a:3000
	ne "$E" 203.0.113.1:8080 "external endpoint"
done
counting r no_port
in_none h2:7004 s1a:3000
counted r no_port 1
profile r ports=default

testcase "X-D3 the host of a forward has mappings beside it"
profile r reserve=none
ns r fullcone flush all
in_ s1a:5000 203.0.113.1:8080 h2:80
U h2:80 s1a:3000 E2
ne "$E2" 203.0.113.1:8080 "external endpoint of h2:80"
U h2:80 s2a:3000
eq "$E" "$E2" "external endpoint towards another"
in_ s2b:5001 "$E2" h2:80
in_ s2b:5002 203.0.113.1:8080 h2:80
# each session shows what it was begun with
in_from 203.0.113.1:8080 h2:80 s1a:5000 s1a:5000

finish
