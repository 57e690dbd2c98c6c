#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: modes
# Two hosts behind two NATs whose kinds decide whether they can meet. With NAT=firewall the
# engine maps only: what comes in is decided by each router's forward chain, and the symmetric
# one is plain masquerade (traversal.sh).
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

NAT=${NAT:-profile}
T2
engine r1
engine r2

# The filter of N-7 to N-9, by hand.
firewall() { # ROUTER
	rules "$1" <<-NFT
	table $(family) fw {
		chain forward {
			type filter hook forward priority filter; policy drop;
			ct state established,related accept
			iifname "br-lan" accept
		}
	}
	NFT
}

# A NAT with a port of its own for every destination.
symmetric() { # ROUTER
	rules "$1" <<-NFT
	table $(family) symmetric {
		chain postrouting {
			type nat hook postrouting priority srcnat; policy accept;
			oifname "wan" masquerade fully-random
		}
	}
	NFT
}

# One side from nothing, of that kind.
side() { # ROUTER full|cone|symmetric [FILTER]
	stock || ns "$1" fullcone flush all
	ns "$1" conntrack -F
	if [ $NAT = profile ]; then
		case $2 in
		full)		profile "$1" map=eim filter=eif ;;
		cone)		profile "$1" map=eim "filter=${3:-apdf}" ;;
		symmetric)	profile "$1" map=apdm filter=apdf ;;
		esac
		return
	fi
	ns "$1" nft flush ruleset
	if [ "$2" = symmetric ]; then
		symmetric "$1"
	else
		engine "$1"
	fi
	[ "$2" = full ] || [ "${3:-}" = eif ] || firewall "$1"
}

# Both tell a server, and the server each of them, where the other one is.
meet() { # PORT
	U h1:"$1" s1a:3478 E1
	U h2:"$1" s1a:3478 E2
}

testcase "N-7 a peer alone is refused for ever, and does not keep the mapping open"
side r1 cone
side r2 cone
scaled r1
counting r1 filtered
U h1:4000 s1a:3478 E1
tell mark
for t in 1 2 3 4 5; do
	at $((T * t / 6))
	in_none h2:4000 "$E1"
done
is_state r1 h1:4000 open || fail "h1:4000 is $M, too early"
[ $NAT = profile ] && refused=5 || refused=0
counted r1 filtered $refused
at $((T + 1500))
busywait 3000 is_state r1 h1:4000 drain || [ "$M" = none ] || fail "h1:4000 is $M"
in_none h2:4000 "$E1"
in_ s1a:3478 "$E1" h1:4000
profile r1 udp=300 udp_hold=120 unsafe_timeouts=0

testcase "N-8 outbound first, then the peer's packets are let in"
side r1 cone
side r2 cone
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
		$(family) saddr ${NET_WAN}1 udp dport ${E2##*:} counter drop
	}
}
NFT
in_none h1:4002 "$E2"
has "$(ns w nft list table bridge loss)" "packets 1 " "what the WAN has lost"
ns w nft delete table bridge loss
in_from "$E2" h2:4002 "$E1" h1:4002
in_from "$E1" h1:4002 "$E2" h2:4002

testcase "N-9 the address a server reports is the one the peer sees, with each filter"
for filter in eif adf apdf; do
	# a firewall knows no addresses without ports
	[ $NAT = profile ] || [ $filter != adf ] || continue
	side r1 cone $filter
	side r2 cone $filter
	meet 4003
	case $filter in
	eif)	in_from "$E1" h1:4003 "$E2" h2:4003 ;;
	*)	in_none h1:4003 "$E2" ;;
	esac
	in_from "$E2" h2:4003 "$E1" h1:4003
	in_from "$E1" h1:4003 "$E2" h2:4003
	U h1:4003 s1b:3479
	eq "$E" "$E1" "what another server reports of h1"
	U h2:4003 s1b:3479
	eq "$E" "$E2" "what another server reports of h2"
done

testcase "N-9 one side symmetric, the other full-cone: they meet"
side r1 full
side r2 symmetric
meet 4004
# r2 uses another port towards h1: only a full cone lets that in
got h2:4004 "$E1" h1:4004
ne "$E" "$E2" "the port of the symmetric side"
in_from "$E1" h1:4004 "$E" h2:4004

testcase "N-9 both sides symmetric: they do not meet"
side r1 symmetric
side r2 symmetric
meet 4005
in_none h1:4005 "$E2"
in_none h2:4005 "$E1"
in_none h1:4005 "$E2"
in_ s1a:3478 "$E1" h1:4005

finish
