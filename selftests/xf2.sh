#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: life
# Sessions in a flowtable, whose packets the engine does not see: an answered one keeps
# its mapping open, one without an answer does not (K-5). Timers divided.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
engine r
scaled r
flowtable r "meta l4proto udp"

T=$((UDP * 1000))

testcase "X-F2 K-5 an answered offloaded session keeps the mapping open"
U h1:3000 s1a:3000 E1
in_ s1a:3000 "$E1" h1:3000
# beside them: what outsiders alone keep sending to h2 (X-F3), and a mapping at rest
U h2:3000 s1a:3000 E2
U h3:3300 s1a:3000 E3
# a hairpin, both of whose mappings have no other session that goes on (K-5)
U h2:3010 s1a:3000 E5
for _ in 1 2 3; do
	got h1:3010 "$E5" h2:3010
	E6=$E
	in_from "$E5" h2:3010 "$E6" h1:3010
done
# and a session of a mapping with a filter (K-9)
profile r filter=adf
U h1:3001 s1a:3000 E4
in_ s1a:3000 "$E4" h1:3001
# and one with that mapping that was begun outside
U h1:3001 s2a:3000
in_ s2a:5000 "$E4" h1:3001
for _ in 1 2 3; do
	in_from "$E4" h1:3001 s2a:5000 s2a:5000
	in_ s2a:5000 "$E4" h1:3001
done
profile r filter=eif
tell mark
clock
BEGAN=$now LAST=0
for ((t = 500; t <= 3 * T; t += 500)); do
	at $t
	U h1:3000 s1a:3000
	in_ s1a:3000 "$E1" h1:3000
	U h1:3001 s1a:3000
	# a flowtable lets go of what has been silent for 30 seconds; the host says nothing there
	if [ $((t % 4000)) -eq 0 ]; then
		got h1:3010 "$E5" h2:3010
		in_ s2a:5000 "$E4" h1:3001
	fi
	clock
	! in_try s2b:5000 "$E2" h2:3000 || LAST=$((now - BEGAN))
done
must grep -q OFFLOAD <<<"$(ns r conntrack -L -p udp --orig-src 192.168.1.1 2>/dev/null)"
is_state r h1:3000 open || fail "h1:3000 is $M although its session goes on"
in_ s2b:5001 "$E1" h1:3000
in_none s2b:5001 "$E3"

testcase "X-F2 K-5 U-9 an offloaded hairpin keeps both of its mappings open"
for h in h1 h2; do
	is_state r $h:3010 open || fail "$h:3010 is $M although its session goes on"
done
in_ s2b:5001 "$E6" h1:3010
in_ s2b:5001 "$E5" h2:3010

testcase "X-F2 K-9 an offloaded session's remote is one that the host has sent to"
in_ s1a:3001 "$E4" h1:3001
in_ s2a:5001 "$E4" h1:3001
in_none s1b:3001 "$E4"

testcase "X-F3 K-6 one that nobody answers neither keeps it open nor goes on"
state r h2:3000
stock || ne "$M" open "state of the mapping"
ge "$LAST" $((T - 2000)) "ms after which the last of them arrived"
le "$LAST" $((T + 1300)) "ms after which the last of them arrived"
in_none s2b:5000 "$E2"
in_none s1b:5000 "$E2"

finish
