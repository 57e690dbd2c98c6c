#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: router
# The user's own NAT rules come first: X-D1.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
engine r

testcase "X-D1 a port forward wins over a mapping on the same port"
U h1:8080 s1a:3000 E1
eq "$E1" 203.0.113.1:8080 "external endpoint"
in_ s2b:5000 "$E1" h1:8080
rules r <<'NFT'
table ip forwards {
	chain prerouting {
		type nat hook prerouting priority dstnat; policy accept;
		iifname "wan" udp dport 8080 dnat to 192.168.1.2:80
		iifname "wan" udp dport 8081 redirect to :9090
	}
}
NFT
counting r lookups_in
in_ s2b:5001 203.0.113.1:8080 h2:80
in_from 203.0.113.1:8080 h2:80 s2b:5001 s2b:5001
counted r lookups_in 0

testcase "X-D1 sessions and outbound flows of the host go on"
in_ s1a:3000 "$E1" h1:8080
in_ s2b:5000 "$E1" h1:8080
U h1:8080 s2a:3000
eq "$E" "$E1" "external endpoint"

testcase "X-D1 the target of a forward has mappings of its own beside it"
U h2:80 s1a:3000 E2
ne "$E2" "$E1" "external endpoint of h2:80"
in_ s2b:5002 "$E2" h2:80
in_ s2b:5003 203.0.113.1:8080 h2:80

testcase "X-D1 a redirect to the router wins"
U h1:8081 s1a:3000 E1
in_ s2b:5004 203.0.113.1:8081 rw:9090

testcase "X-D1 a source NAT rule of the user at a lower priority wins"
rules r <<'NFT'
table ip sources {
	chain postrouting {
		type nat hook postrouting priority srcnat - 20; policy accept;
		ip daddr 203.0.113.21 udp sport 7000 snat to 203.0.113.1:7777
	}
}
NFT
U h1:7000 s2a:3000
eq "$E" 203.0.113.1:7777 "source shown where the user's rule applies"
n_maps r 0 int 192.168.1.1:7000
U h1:7000 s2b:3000
eq "$E" 203.0.113.1:7000 "source shown elsewhere"
n_maps r 1 int 192.168.1.1:7000

finish
