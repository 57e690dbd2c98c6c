#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: modes
# What refreshes the memory of a filter and what does not; hairpins; protocols of their own.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
engine r
scaled r

fresh() { # SETTING...
	stock || ns r fullcone flush all
	ns r conntrack -F
	profile r "$@"
}

# So that the filter is asked, not a conntrack entry.
forget() { ns r conntrack -F; }

testcase "K-9 each remote has a time of its own, which neither strangers nor others prolong"
fresh filter=adf
U h1:3000 s1a:3000 E1
tell mark
at $((T / 2))
U h1:3000 s2a:3000
forget
in_ s1a:5000 "$E1" h1:3000
at $((T + 1000))
forget
in_none s1a:5000 "$E1"
in_ s2a:5000 "$E1" h1:3000
is_state r h1:3000 open || fail "h1:3000 is $M"

testcase "K-9 packets of flows that are there prolong it, whoever began them"
fresh filter=adf
U h1:3001 s1a:3000 E1
U h1:3001 s2a:3000
# and in a hairpin, by the answers of who was called
U h2:3101 s1a:3000 E2
U h3:3301 s1a:3000 E3
in_none h2:3101 "$E3"
tell mark
in_ s2a:5000 "$E1" h1:3001
in_from "$E3" h3:3301 "$E2" h2:3101
at $((T / 2))
in_from "$E2" h2:3101 "$E3" h3:3301
U h1:3001 s1a:3000
got h1:3001 s2a:5000 s2a:5000
eq "$E" "$E1" "external endpoint in the answer"
at $((T + 1000))
forget
in_ s1a:5001 "$E1" h1:3001
in_ s2a:5001 "$E1" h1:3001
in_none s1b:5001 "$E1"
got h3:3301 "$E2" h2:3101

testcase "U-12 ICMP errors leave what was sent to as it is"
fresh filter=apdf udp=300
U h1:3002 s1a:3000 E1
U h1:3002 s2a:3000
for type in 3 4 5 11 12; do
	tell icmp s1a s1a "${E1%:*}" $type 0 "$E1" s1a:3000
	tell icmp s2b s2b "${E1%:*}" $type 0 "$E1" s2b:3000
done
forget
in_ s1a:3000 "$E1" h1:3002
in_ s2a:3000 "$E1" h1:3002
in_none s2b:3000 "$E1"

testcase "K-9 whom a rule of the user's has the host send to is who may begin sessions"
fresh filter=adf
rules r <<-NFT
	table $(family) elsewhere {
		chain prerouting {
			type nat hook prerouting priority dstnat; policy accept;
			iifname "br-lan" udp dport 53 dnat to ${ADDR[s2a]}
		}
	}
NFT
got h1:3003 s1a:53 s2a:53
E1=$E
must ns r nft delete table "$(family)" elsewhere
forget
in_ s2a:5000 "$E1" h1:3003
in_none s1a:5000 "$E1"

testcase "U-9a a hairpin is filtered by the external endpoint of who calls: apdf"
fresh filter=apdf
U h2:3100 s1a:3000 E2
U h1:3000 s1a:3000 E1
U h3:3300 s1a:3000 E3
counting r filtered
in_none h1:3000 "$E2"
counted r filtered 1
in_from "$E2" h2:3100 "$E1" h1:3000
forget
in_from "$E1" h1:3000 "$E2" h2:3100
in_none h3:3300 "$E2"
counted r filtered 2

testcase "U-9a a hairpin is filtered by the external address of who calls: adf"
fresh filter=adf
U h2:3100 s1a:3000 E2
U h1:3000 s1a:3000 E1
U h3:3300 s1a:3000 E3
in_none h1:3000 "$E2"
in_from "$E2" h2:3100 "$E1" h1:3000
# all of them have one external address
in_from "$E3" h3:3300 "$E2" h2:3100

testcase "U-9a K-9 who calls by a hairpin keeps the behaviour of its own profile"
fresh filter=eif
ns r fullcone profile set strict map=apdm filter=apdf || fail "profile set strict"
must ns r fullcone rule add oif wan family "$(family)" saddr "${HOSTS[h3]#*/}" profile strict
U h1:3000 s1a:3000 E1
U h3:3300 s1a:3000
got h3:3300 "$E1" h1:3000
E3=$E
forget
in_none s2b:5000 "$E3"
in_from "$E1" h1:3000 "$E3" h3:3300
n_maps r 1 int "${HOSTS[h1]#*/}"
must ns r fullcone rule del oif wan family "$(family)" profile strict
must ns r fullcone profile del strict

testcase "T-3 the filter of TCP is not that of UDP"
fresh filter.udp=eif filter.tcp=apdf
tcp U h1:3000 s1a:3000 E1
udp U h1:3000 s1a:3000 E2
forget
tcp in_ s1a:3000 "$E1" h1:3000
tcp in_none s1a:3001 "$E1"
tcp in_none s2b:3000 "$E1"
for src in s1a:3000 s1a:3001 s2b:3000; do
	udp in_ $src "$E2" h1:3000
done
fresh filter.udp=apdf filter.tcp=eif
tcp U h1:3000 s1a:3000 E1
udp U h1:3000 s1a:3000 E2
forget
for src in s1a:3000 s1a:3001 s2b:3000; do
	tcp in_ $src "$E1" h1:3000
done
udp in_ s1a:3000 "$E2" h1:3000
udp in_none s1a:3001 "$E2"
udp in_none s2b:3000 "$E2"

finish
