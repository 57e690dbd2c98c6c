#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 600
# How long a port is kept from others, and the short timers of DNS and NTP, at their full
# length, with nothing set: U-5, U-5a, G-8. scripts/soak runs it.
#
#	0 s	every mapping is made, its session deleted
#	29 s	U-5a: a mapping used for DNS or NTP only is still open
#	33 s	U-5a: not any more, and its port is anybody's at once
#	298 s	U-5: the others are open
#	303 s	U-5: not any more; their ports are held
#	416 s	G-8: another host still does not get the port
#	427 s	G-8: now it does
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
engine r
tell mark
for p in 53 123; do
	U h3:$((4000 + p)) s1a:$p E_OPEN_$p
	U h3:$((5000 + p)) s1a:$p E_$p
done
for p in 3000 3010 3020 3030; do
	U h1:$p s1a:3000 E_$p
done
must ns r conntrack -F
tell at 0
MADE=$ANSWER
after() { at $((MADE + $1 * 1000)); }

testcase "U-5a a mapping used for DNS or NTP only is open for thirty seconds"
at 29000
in_ s2b:53 "$E_OPEN_53" h3:4053
in_ s2b:123 "$E_OPEN_123" h3:4123

testcase "U-5a and then no longer, and its port is not held"
after 33
for p in 53 123; do
	WANT=E_$p
	in_none s2b:$p "${!WANT}"
	is_state r h3:$((5000 + p)) none || fail "h3:$((5000 + p)) is $M"
	U h2:$((5000 + p)) s1a:3000
	stock || eq "$E" "${!WANT}" "external endpoint of another host"
done

testcase "U-5 a mapping is open for five minutes"
at 298000
in_ s2b:3000 "$E_3020" h1:3020

testcase "U-5 and then no longer"
after 303
in_none s2b:3000 "$E_3030"
for p in 3000 3010 3030; do
	is_state r h1:$p held || fail "h1:$p is $M"
done

testcase "G-8 its port is held for two minutes"
at 416000
for p in 3000 3010; do
	is_state r h1:$p held || fail "h1:$p is $M"
done
U h2:3000 s1a:3000
ne "$E" "$E_3000" "external endpoint of another host"

testcase "G-8 and then given away"
after 427
is_state r h1:3010 none || fail "h1:3010 is $M"
U h2:3010 s1a:3000
eq "$E" "$E_3010" "external endpoint of another host"

finish
