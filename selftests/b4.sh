#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: clients
# timeout: 300
# How long a mapping lives, and what refreshes it, as coturn's client finds out (RFC 5780
# 4.6): it asks from a port X, waits, and asks from another one to be answered on X. Timers
# divided, all waits side by side. Ports from 4000 on have a profile that lives longer: there
# the same client at the same time must find the opposite.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"
. "${0%/*}/stun.sh"

T1
type -P turnserver turnutils_natdiscovery >/dev/null ||
	die "no coturn (scripts/install-deps clients)"
stun_server
engine r
scaled r
ip6=off
[ "$FAMILY" = 4 ] || ip6=on
stock || must ns r fullcone profile set later label=100 ip6=$ip6 unsafe_timeouts=1 \
	udp=$((4 * UDP)) udp_hold="$HOLD"
stock || rules r <<-NFT
table $(family) later {
	chain postrouting {
		type nat hook postrouting priority srcnat - 10; policy accept;
		oifname "wan" udp sport 4000-4999 ct label set 100
	}
}
NFT
# an answer comes in by the mapping, not by conntrack's entry of the question
tell sysctl "${NS[r]}" net/netfilter/nf_conntrack_udp_timeout 1

# What came in because another port asked for it does not get to the client, which would
# take it for the answer that it waits for.
rules h1 <<-NFT
table $(family) other {
	chain input {
		type filter hook input priority filter; policy accept;
		udp sport 3478 udp dport >= 5000 counter comment "on Y"
		$(family) saddr $STUN_SERVER2 udp dport 3003 counter drop
		$(family) saddr $STUN_SERVER2 udp dport 4003 counter drop
	}
}
NFT

# waits PORT SECONDS: what the client says of that port goes to $stun_dir/h1.PORT
waits() {
	client h1 "$1" turnutils_natdiscovery -t -T "$2" -L "${NET_LAN}1" -l "$1" "$STUN_SERVER" &
	pids+=($!)
}

# found PORT open|closed
found() {
	local text n

	text=$(<"$stun_dir/h1.$1")
	n=$(grep -c "RFC 5780 response" <<<"$text")
	has "$text" "UDP reflexive addr: ${HOSTS[rw]#*/}:$1" "external endpoint of $1" || log "$text"
	case $2 in
	open)	eq "$n" 2 "answers to port $1" || log "$text" ;;
	closed)	eq "$n" 1 "answers to port $1" || log "$text"
		has "$text" "STUN receive timeout" "second answer to port $1" ;;
	esac
}

# counts PORT: into $N the packets that came in for that port and not to the client
counts() {
	N=$(ns h1 nft list table "$(family)" other | sed -n "s/.*$1 counter packets \([0-9]*\) .*/\1/p")
	log "packets kept from the client at $1: $N"
}

pids=()
waits 3001 $((UDP * 2 / 3))
waits 3002 $((UDP + 3))
waits 3003 $((UDP + 3))
waits 4002 $((UDP + 3))
waits 4003 $((UDP + 3))
have_begun() {
	column r int_port
	[ "${#ROWS[@]}" = "${#pids[@]}" ]
}
stock || busywait 20000 have_begun || fail "mappings of ${ROWS[*]} only"
in_host h1 timeout "$STUN_LIMIT" python3 "$here/stun_port.py" "$STUN_SERVER2" $((UDP / 6)) 12 \
	3003 4003 3>&- &
asking=$!
wait "${pids[@]}"

testcase "B-4 B-7 coturn's client is answered on a port for as long as the mapping lives, and not later"
found 3001 open
found 3002 closed

testcase "B-4 with a longer life it is, after the same time"
found 4002 open

testcase "B-5 what comes in does not make the mapping live longer"
wait $asking || fail "answered on the port that asked"
found 3003 closed
found 4003 open
counts 3003
ge "$N" 2 "answers to 3003 before"
le "$N" 9 "answers to 3003, of 12 that were asked for"
counts 4003
eq "$N" 12 "answers to 4003"

testcase "B-4 no answer comes to the port that asked for it"
counts ">= 5000"
eq "$N" 0 "answers on Y"

finish
