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
finding() { # [TOPIC]
	local json topic=${1:-forwarded-port}

	json=$(ns r fullcone check -j)
	M=$(jq -r --arg t $topic '.findings[] | select(.topic == $t) | "\(.level) \(.text)"' <<<"$json")
	MEND=$(jq -r --arg t $topic '.findings[] | select(.topic == $t) | .mend' <<<"$json")
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

testcase "X-D2 check lets pass what hosts inside are redirected to"
must ns r nft add rule ip forwards prerouting iifname br-lan udp dport 53 redirect to :5353
U h1:53 s1a:3000
in_ s2b:5000 "$E" h1:53
ns r fullcone flush all
finding
has_not "$M" "53," "finding"
has "$M" "port 8080,9000-9003," "finding"

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

forwards() { # RULE
	rules r <<-NFT
	table ip forwards
	delete table ip forwards
	table ip forwards {
		chain prerouting {
			type nat hook prerouting priority dstnat; policy accept;
			$1
		}
	}
	NFT
}

testcase "X-D2 a forward of most ports is named, but not reserved, which would leave none"
forwards 'iifname "wan" udp dport 1024-65535 dnat to 192.168.1.2'
finding
has "$M" "warn rules of the user's forward port 1024-65535, so mappings of the profile default" "finding"
eq "$MEND" null "the line"
finding exposed-host
eq "$M" "" "a rule that names ports"

testcase "X-D2 check looks for the ports in maps of several things"
for rule in 'dnat ip to meta l4proto . th dport map { udp . 7800 : 192.168.1.2 . 80, tcp . 7800 : 192.168.1.2 . 80 }' \
	    'dnat ip to ip daddr . udp dport map { 203.0.113.1 . 7800 : 192.168.1.2 . 80 }' \
	    'dnat ip to udp dport . ip saddr map { 7800 . 203.0.113.11 : 192.168.1.2 . 80 }' \
	    'iifname . ip daddr . udp dport { wan . 203.0.113.0/24 . 7800-7803 } dnat to 192.168.1.2' \
	    'dnat to udp dport map { 7800 : 192.168.1.2, 7801-7802 : 192.168.1.3 }'; do
	forwards "$rule"
	finding
	has "$M" "forward port 7800" "$rule"
	has "$MEND" "reserve=7800" "$rule"
done

testcase "X-D2 check looks for the ports in matches of iptables"
profile r reserve=none
must ns r nft flush ruleset
engine r
dnat() { must ns r iptables-nft -w -t nat -A PREROUTING -i wan "$@" -j DNAT --to-destination 192.168.1.2; }
dnat -p udp -m multiport --dports 8080,9000:9003,9009
dnat -p tcp -m tcp --dport 9100:9110
dnat -p udp -m udp --dport 27015
dnat -p udp -m multiport --sports 6000,6001
finding
# shellcheck disable=SC2086 # words
must ns r $MEND
finding
eq "$M" "" "finding"
P=$(ns r fullcone profile show -j | jq -r '.profiles[0].reserve | join(",")')
eq "$P" 8080,9000-9003,9009,9100-9110,27015 "what is reserved"
profile r reserve=none

testcase "X-D1 check finds an exposed host, who gets all that is for mappings"
for rule in 'iifname "wan" dnat to 192.168.1.2' 'iifname "wan" meta l4proto udp redirect'; do
	forwards "$rule"
	U h1:7100 s1a:3000
	in_none s2b:5000 "$E"
	finding exposed-host
	has "$M" "warn the chain ip forwards prerouting forwards all new flows (UDP) from wan" "$rule"
	must ns r bash -c "$MEND"
	finding exposed-host
	eq "$M" "" "after that line"
	ns r conntrack -F
	in_ s2b:5000 "$E" h1:7100
	ns r conntrack -F
done
for rule in 'iifname "br-lan" dnat to 192.168.1.2' 'ip saddr 203.0.113.99 dnat to 192.168.1.2' \
	    'iifname "wan" ip daddr 203.0.113.9 dnat to 192.168.1.2'; do
	forwards "$rule"
	finding exposed-host
	eq "$M" "" "$rule"
done

finish
