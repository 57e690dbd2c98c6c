#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: memory
# timeout: 900
# Allocations of the packet path fail, one after the other: for flows whose mappings have a
# filter, for connections and for pings: X-E5.
. "${0%/*}/lib.sh"
. "${0%/*}/watch.sh"
. "${0%/*}/failslab.sh"
. "${0%/*}/memory_rounds.sh"
. "${0%/*}/topology.sh"

T1
engine r
POOL=100.64.0.
NET=${POOL}0/24
if [ "$FAMILY" = 6 ]; then
	profile r ip6=on
	POOL=2001:db8:a::
	NET=$POOL/64
fi
for s in s1 s2; do
	must ns $s ip route add "$NET" via "${HOSTS[rw]#*/}"
done

if can_fail; then
	first_port r
	fail_thread r "$PORT" h1 eth0
fi

# A host that has no mapping, and a new address outside, whose ports are not known yet. The table
# of addresses is a tree of running numbers, which takes memory for each 16 or 64 of them. Did
# a flow need that, its round would step over an allocation of ours: so the even numbers, where
# such a leaf begins, are those of addresses that stay.
ROUND=0
fresh() { # [FILTER]: into $SRC and $EXT
	if [ "$ROUND" -gt 0 ]; then
		ep h3:$((30000 + ROUND))
		must ns r fullcone profile set default source=$POOL$((100 + ROUND))
		must ns r fullcone add udp int "$EP"
	fi
	ROUND=$((ROUND + 1))
	must ns r fullcone flush all
	must ns r fullcone profile set default source=$POOL$ROUND filter="${1:-eif}"
	SRC=h1:$((20000 + ROUND))
	EXT=$POOL$ROUND
	[ "$FAMILY" = 4 ] || EXT=[$EXT]
	EXT+=:$((20000 + ROUND))
}

udp_begin() { fresh apdf; }
udp_send() { ask pass "$SRC" s1a:3000 s1a:3000 wait=2000; }
tcp_begin() { fresh adf; }
tcp_send() { ask tcp "$SRC" s1a:3000 s1a:3000 wait=20000; }
ping_begin() { fresh; }
ping_send() { ask ping "$SRC" s1a s1a wait=2000; }

testcase "X-E5 each allocation for a flow of a mapping that filters fails once"
if can_fail; then
	each_allocation udp "$THREAD"
	counted_rounds udp
	# mapping, host, history, address, two sets of ports, remote at least
	ge "$N" 7 "packets that were dropped for want of memory"
fi

testcase "X-E5 each allocation for a connection fails once"
if can_fail; then
	AGAIN=again
	each_allocation tcp "$THREAD"
	counted_rounds tcp
	ge "$N" 7 "packets that were dropped for want of memory"
	AGAIN=
fi

testcase "X-E5 each allocation for a ping fails once"
if can_fail; then
	each_allocation ping "$THREAD"
	counted_rounds ping
	ge "$N" 5 "packets that were dropped for want of memory"
fi

testcase "X-E5 those were our allocations, and no packet was lost by them uncounted"
if can_fail; then
	rounds_traced fullcone_anchor_alloc fullcone_host_get fullcone_addr_get \
		fullcone_addr_ports fullcone_filter_attach fullcone_filter_note
fi

testcase "X-E5 afterwards everything works"
must ns r fullcone profile set default filter=eif
for p in udp tcp; do
	"$p" U h2:4000 s1a:3000 E1
	"$p" in_ s2b:9 "$E1" h2:4000
	"$p" got h3:4001 "$E1" h2:4000
done

finish
