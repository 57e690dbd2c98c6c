#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: neighbours
# The wall clock may jump: X-O7. Only in a virtual machine: it is nobody else's clock.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
engine r

left() { # into $M: milliseconds to the end of the mapping of h1:$1
	column r expires_ms int "192.168.1.1:$1"
	M=${ROWS[0]:-none}
}

steps() {
	local step before before1

	U h1:3000 s1a:3000 E1
	must ns r fullcone add udp int 192.168.1.1:3001 ext 203.0.113.1:3001 lifetime 300
	for step in "+1 day" "-1 day" "-1 day" "+1 day"; do
		left 3000
		before=$M
		left 3001
		before1=$M
		must run date -s "$(date -d "$step")"
		left 3000
		le "$M" "$before" "ms left after $step"
		ge "$M" $((before - 20000)) "ms left after $step"
		left 3001
		le "$M" "$before1" "ms left of the lifetime after $step"
		ge "$M" $((before1 - 20000)) "ms left of the lifetime after $step"
		in_ s2b:5000 "$E1" h1:3000
		U h1:3000 s2a:9
		eq "$E" "$E1" "external endpoint after $step"
	done
}

timers() {
	scaled r
	tell mark
	U h1:3002 s1a:3000 E1
	must run date -s "$(date -d "-1 day")"
	at $((T * 2 / 3))
	is_state r h1:3002 open || fail "is $M"
	at $((T + 1300))
	is_state r h1:3002 drain || fail "is $M when its time is over"
	in_none s2b:5001 "$E1"
	must run date -s "$(date -d "+1 day")"
}

guest() { [ -d /run/vm ]; }

testcase "X-O7 the time that a mapping has left does not change with the wall clock"
if guest; then
	steps
else
	skip "not in a virtual machine"
fi

testcase "X-O7 timers fire when they should although it has jumped"
if guest; then
	timers
else
	skip "not in a virtual machine"
fi

finish
