#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: modes
# Two hosts behind two NATs whose modes decide whether they can meet.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T2
engine r1
engine r2

# Both sides from nothing, with these settings.
sides() { # "SETTING..." "SETTING..."
	local r

	for r in r1 r2; do
		stock || ns $r fullcone flush all
		ns $r conntrack -F
	done
	# shellcheck disable=SC2086 # lists
	{
		profile r1 $1
		profile r2 $2
	}
}

# Both tell a server, and the server each of them, where the other one is.
meet() { # PORT
	U h1:"$1" s1a:3478 E1
	U h2:"$1" s1a:3478 E2
}

CONE="map=eim filter=apdf"
SYMMETRIC="map=apdm filter=apdf"

testcase "N-7 a peer alone is refused for ever, and does not keep the mapping open"
scaled r1
sides "$CONE" "$CONE"
counting r1 filtered
U h1:4000 s1a:3478 E1
tell mark
for t in 1 2 3 4 5; do
	at $((T * t / 6))
	in_none h2:4000 "$E1"
done
is_state r1 h1:4000 open || fail "h1:4000 is $M, too early"
counted r1 filtered 5
at $((T + 1500))
busywait 3000 is_state r1 h1:4000 drain || [ "$M" = none ] || fail "h1:4000 is $M"
in_none h2:4000 "$E1"
profile r1 udp=300 udp_hold=120 unsafe_timeouts=0

testcase "N-8 outbound first, then the peer's packets are let in"
sides "$CONE" "$CONE"
meet 4001
in_none h1:4001 "$E2"
in_from "$E2" h2:4001 "$E1" h1:4001
in_from "$E1" h1:4001 "$E2" h2:4001

testcase "N-8 the first packet may be lost on the way"
meet 4002
# the WAN loses what h1 sends, once
rules w <<NFT
table bridge loss {
	chain forward {
		type filter hook forward priority 0; policy accept;
		ip saddr 203.0.113.1 udp dport ${E2##*:} drop
	}
}
NFT
in_none h1:4002 "$E2"
ns w nft delete table bridge loss
in_from "$E2" h2:4002 "$E1" h1:4002
in_from "$E1" h1:4002 "$E2" h2:4002

testcase "N-9 the address a server reports is the one the peer sees, with each filter"
for filter in eif adf apdf; do
	sides "map=eim filter=$filter" "map=eim filter=$filter"
	meet 4003
	case $filter in
	eif)	in_from "$E1" h1:4003 "$E2" h2:4003 ;;
	*)	in_none h1:4003 "$E2" ;;
	esac
	in_from "$E2" h2:4003 "$E1" h1:4003
	in_from "$E1" h1:4003 "$E2" h2:4003
done

testcase "N-9 one side symmetric, the other full-cone: they meet"
sides "map=eim filter=eif" "$SYMMETRIC"
meet 4004
# r2 uses another port towards h1: only a full cone lets that in
got h2:4004 "$E1" h1:4004
ne "$E" "$E2" "the port of the symmetric side"
in_from "$E1" h1:4004 "$E" h2:4004

testcase "N-9 both sides symmetric: they do not meet"
sides "$SYMMETRIC" "$SYMMETRIC"
meet 4005
in_none h1:4005 "$E2"
in_none h2:4005 "$E1"
in_none h1:4005 "$E2"
in_ s1a:3478 "$E1" h1:4005

finish
