#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: memory
# timeout: 900
# Allocations of the packet path fail, one after the other and by the share: X-E5.
. "${0%/*}/lib.sh"
. "${0%/*}/watch.sh"
. "${0%/*}/failslab.sh"
. "${0%/*}/memory_rounds.sh"
. "${0%/*}/topology.sh"

TP
engine r
tell sysctl "${NS[r]}" net/netfilter/nf_conntrack_udp_timeout 300
watch r	# an event is allocated, too
# what shows its own address outside has not been translated
rules s1 <<'NFT'
table ip watch {
	counter untranslated {}
	chain input {
		type filter hook input priority filter; policy accept;
		ip saddr { 10.0.0.0/8, 192.168.0.0/16 } counter name untranslated
	}
}
NFT
must ns r ip route add 10.0.0.0/8 via 192.168.1.1

if can_fail; then
	first_port r
	fail_thread r "$PORT" h1 eth0
	FROM_H1=$THREAD
	first_port w
	fail_thread r wan w "$PORT"
	FROM_WAN=$THREAD
fi

# --- rounds: a new host inside, and a new address outside --------------------------------

ROUND=0
fresh() { # into $SRC, the host's endpoint, and $EXT, what it must be seen as
	ROUND=$((ROUND + 1))
	SRC=10.1.$((ROUND / 250)).$((ROUND % 250 + 1)):5000
	EXT=100.64.$((ROUND / 250)).$((ROUND % 250 + 1)):5000
}

pool() { must ns r fullcone profile set default source="${EXT%:*}"; }

# A flow from inside out.
out_begin() { fresh; pool; }
out_send() { ask pass "$SRC" s1a:3000 s1a:3000 via=h1 wait=2000; }

# From inside to the mapping of another host inside.
hairpin_begin() {
	fresh
	pool
	U h2:$((20000 + ROUND)) s1a:3000 CALLED
}
hairpin_send() { ask pass "$SRC" "$CALLED" h2:$((20000 + ROUND)) via=h1 wait=2000; }

# From a stranger to a mapping: shown as itself.
in_begin() {
	fresh
	pool
	U h2:$((20000 + ROUND)) s1a:3000 CALLED
	EXT=203.0.113.22:$((20000 + ROUND))
}
in_send() { ask pass s2b:$((20000 + ROUND)) "$CALLED" h2:$((20000 + ROUND)) wait=2000; }

testcase "X-E5 each allocation for an outbound flow fails once"
if can_fail; then
	each_allocation out "$FROM_H1"
	counted_rounds out
	# mapping, host, address, two sets of ports at least
	ge "$N" 5 "packets that were dropped for want of memory"
fi

testcase "X-E5 each allocation for a flow between two hosts fails once"
if can_fail; then
	each_allocation hairpin "$FROM_H1"
	counted_rounds hairpin
	ge "$N" 2 "packets that were dropped for want of memory"
fi

testcase "X-E5 each allocation for an inbound flow fails once"
if can_fail; then
	each_allocation in "$FROM_WAN"
fi

testcase "X-E5 those were our allocations, and no packet was lost by them uncounted"
if can_fail; then
	rounds_traced fullcone_anchor_alloc fullcone_host_get fullcone_addr_get \
		fullcone_addr_ports fullcone_pair_create fullcone_event
fi

# --- shares ------------------------------------------------------------------------------

# FIRST LAST: the hosts send; what arrives must show the endpoint it has for good
hosts_send() {
	local i

	ARRIVED=0
	for ((i = $1; i <= $2; i++)); do
		ask pass 10.2.0.$i:5000 s1a:3000 s1a:3000 via=h1 wait="$WAIT" || continue
		ARRIVED=$((ARRIVED + 1))
		E=${ANSWER%% *}
		[[ $E == 100.64.9.* ]] || fail "10.2.0.$i is seen as $E"
		[ "${SEEN[i]:-$E}" = "$E" ] || fail "10.2.0.$i is seen as ${SEEN[i]} and as $E"
		[ -z "${OWNER[$E]:-}" ] || [ "${OWNER[$E]}" = "$i" ] ||
			fail "$E is seen for 10.2.0.${OWNER[$E]} and for 10.2.0.$i"
		SEEN[i]=$E
		OWNER[$E]=$i
	done
}
SEEN=()
WAIT=300
declare -A OWNER=()

testcase "X-E5 every second, third, fifth and seventh of all allocations fails"
if can_fail; then
	must ns r fullcone profile set default source=100.64.9.1-100.64.9.9
	stat r nomem
	BEFORE=$S
	for n in 2 3 5 7; do
		fail_every $n
		hosts_send $((n * 20 + 1)) $((n * 20 + 20))
		hosts_send $((n * 20 + 1)) $((n * 20 + 20))
		fail_none
		log "every $n: $ARRIVED of 20 arrived"
	done
	stat r nomem
	ge $((S - BEFORE)) 1 "nomem"
fi

testcase "X-E5 a tenth of all allocations fails, at random"
if can_fail; then
	stat r nomem
	BEFORE=$S
	fail_share 10
	for ((t = 0; t < 3; t++)); do
		hosts_send 1 40
	done
	fail_none
	stat r nomem
	ge $((S - BEFORE)) 1 "nomem"
fi

testcase "X-E5 afterwards everything works, and nothing was seen untranslated"
if can_fail; then
	WAIT=3000
	hosts_send 1 160
	eq "$ARRIVED" 160 "datagrams that arrived"
	N=$(ns s1 nft -j list counter ip watch untranslated |
		jq '.nftables[] | select(.counter) | .counter.packets')
	eq "$N" 0 "packets with an address of the inside"
	U h2:4000 s1a:3000 E1
	in_ s2b:9 "$E1" h2:4000
	got h3:4001 "$E1" h2:4000
fi

finish
