#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: icmp
# Protocols that have no ports leave from the address their host has: K-13.
PROTO=udp
. "${0%/*}/lib.sh"
. "${0%/*}/connections.sh"
. "${0%/*}/topology.sh"

TP
profile r source=203.0.113.100-203.0.113.103
if stock; then
	rules r <<-'NFT'
	table ip stock {
		chain postrouting {
			type nat hook postrouting priority srcnat; policy accept;
			oifname "wan" snat to 203.0.113.100-203.0.113.103
		}
	}
	NFT
else
	# all protocols, not only those that have mappings
	rules r <<-'NFT'
	table ip label {
		chain postrouting {
			type nat hook postrouting priority srcnat - 10; policy accept;
			oifname "wan" ct label set 127
		}
	}
	NFT
fi

testcase "K-13 UDP, TCP, pings and three other protocols leave from one address, host by host"
# a server each: two hosts of one address could not be told apart there
declare -A of=() to=([h1]=s1a [h2]=s1b [h3]=s2a)
for h in h1 h2 h3; do
	U $h:3000 s1a:3000
	of[$h]=${E%:*}
	[[ ${of[$h]} == 203.0.113.10[0-3] ]] || fail "${of[$h]} is not of the pool"
	tcp U $h:3000 s1b:80
	eq "${E%:*}" "${of[$h]}" "external address of $h in TCP"
	P $h:7 s2a
	eq "${E%:*}" "${of[$h]}" "external address of $h in ICMP"
	for proto in 47 50 253; do
		tell protocol $h "${to[$h]}":9 "${to[$h]}" $proto
		eq "$ANSWER" "${of[$h]}" "external address of $h in protocol $proto"
	done
done

testcase "K-13 they make no mappings"
n_maps r 9
n_maps r 3 udp
n_maps r 3 tcp
n_maps r 3 icmp

finish
