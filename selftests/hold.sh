#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: limits
# How many ports wait in the reuse hold: G-8, hold_max.
. "${0%/*}/lib.sh"
. "${0%/*}/watch.sh"
. "${0%/*}/topology.sh"

T1
engine r
scaled r
profile r udp_hold=60
tell sysctl "${NS[r]}" net/netfilter/nf_conntrack_udp_timeout 300

states() { # N-OPEN N-HELD: that many mappings of h1 are there
	column r state int 192.168.1.1
	[ "$(printf '%s\n' "${ROWS[@]}" | grep -c open)" = "$1" ] &&
		[ "$(printf '%s\n' "${ROWS[@]}" | grep -c held)" = "$2" ]
}

ended() { # N-HELD: the mappings end, their sessions too, and so many of h1's are held
	at $((T + 1300))
	ns r conntrack -F
	stock || busywait 3000 states 0 "$1" || fail "states of h1's mappings: ${ROWS[*]}"
}

testcase "G-8 a held port is not another host's, but its own host's at once"
U h1:3000 s1a:3000 E1
tell mark
ended 1
dropping r
U h2:3000 s1a:3000
ne "$E" "$E1" "external endpoint of another host"
U h1:3000 s2a:3000
eq "$E" "$E1" "external endpoint of the same host"
dropped r

testcase "G-8 a port whose mapping filters is not held: its peers reach no other host by it"
stock || ns r fullcone flush all
profile r filter=adf
U h1:3000 s1a:3000 E1
tell mark
ended 0
profile r filter=eif

testcase "G-8 hold_max=0: another host may have it at once"
stock || ns r fullcone flush all
profile r hold_max=0
U h1:3000 s1a:3000 E1
tell mark
ended 0
U h2:3000 s2b:3000
eq "$E" "$E1" "external endpoint of another host"

testcase "G-8 hold_max=2: of five ports two are held"
stock || ns r fullcone flush all
profile r hold_max=2
flood h1 192.168.1.1 4000 4004 s1a:7000
tell mark
ended 2
dropping r
flood h2 192.168.1.2 4000 4004 s1a:7000
column r ext_port int 192.168.1.2
KEPT=0
for p in "${ROWS[@]}"; do
	[[ $((p)) != 400[0-4] ]] || KEPT=$((KEPT + 1))
done
stock || eq "$KEPT" 3 "ports that h2 could keep"
dropped r

testcase "G-8 a held port is taken when there is no other"
stock || ns r fullcone flush all
profile r hold_max=65535 ports=4000-4003
flood h1 192.168.1.1 4000 4003 s1a:7000
tell mark
ended 4
# which ports are held is known when mappings are next gone through
begins() { in_try h2:4000 s1a:7000 s1a:7000; }
stock || busywait 3000 begins || fail "$ANSWER"
dropping r
flood h2 192.168.1.2 4001 4003 s1a:7000
n_maps r 4 int 192.168.1.2
n_maps r 0 int 192.168.1.1
dropped r hold_reuse=3
dropping r
in_none h1:4000 s1a:3000
dropped r no_port=1

testcase "M-3 the counters of the profiles, and those of the protocols, add up"
parts_add_up r

finish
