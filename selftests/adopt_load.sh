#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: change
# timeout: 400
# The module is reloaded under traffic again and again: no mapping with a live flow is
# lost (X-C5), and no memory.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"
. "${0%/*}/objects.sh"

T1
engine r
tell sysctl "${NS[r]}" net/netfilter/nf_conntrack_udp_timeout 600
# what is lost would come back with another port
profile r alloc=random

ROUNDS=10
[ -z "$SLOW" ] || ROUNDS=5
stock && ROUNDS=0

pairs() { # FILE: the mappings of h1
	column r internal,external int 192.168.1.1
	printf '%s\n' "${ROWS[@]}" | sort >"$1"
}

# what made those of earlier loads has no name any more
OBJECTS+='| 0xffff'

SENT=$(mktemp) BEFORE=$(mktemp) AFTER=$(mktemp)
at_exit "rm -f $SENT $BEFORE $AFTER"

testcase "X-C5 ten reloads under traffic lose no mapping that has a live flow"
flood h1 192.168.1.1 2000 2099 s1a:3000
n_maps r 100
pairs "$BEFORE"
objects
COUNTED=$N
for ((i = 1; i <= ROUNDS; i++)); do
	# meanwhile a second agent begins flows all the time, with the module and without
	{
		echo "host h2 192.168.1.2 ${NS[h2]}"
		echo "host s2a 203.0.113.21 ${NS[s2]}"
		echo "steady h2 192.168.1.2 $((10000 + i * 1000)) $((10999 + i * 1000)) 250 3 s2a:$((7000 + i))"
	} | "$PROBE" agent 3>&- 8>&- 9<&- >"$SENT" &
	SENDER=$!
	U h1:2000 s1a:3000
	unload
	U h1:2000 s1a:3000
	load
	profile r alloc=random
	pairs "$AFTER"
	LOST=$(comm -23 "$BEFORE" "$AFTER")
	eq "$LOST" "" "lost in round $i"
	U h1:2000 s2b:$((3000 + i))
	has "$(cat "$BEFORE")" "$E" "external endpoints of before, round $i"
	wait "$SENDER"
	has "$(tail -1 "$SENT")" "ok 750 750" "what arrived of the other sender, round $i"
done

testcase "X-C5 their flows go on, and strangers reach them"
for p in 2000 2042 2099; do
	E1=$(awk -v i="192.168.1.1:$p" '$1 == i { print $2 }' "$BEFORE")
	in_ s1a:3000 "$E1" h1:$p
	in_ s2b:5000 "$E1" h1:$p
	U h1:$p s1b:3000
	eq "$E" "$E1" "external endpoint"
done

testcase "X-C5 no memory is lost with the loads of the module"
! objects_known || ge "$COUNTED" 100 "objects with a hundred mappings"
must ns r fullcone flush all
must ns r conntrack -F
n_maps r 0
no_leak 50

finish
