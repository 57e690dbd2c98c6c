#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: long
# timeout: 480
# The timers at their full length, with nothing set: all waits run side by side.
#
#	0 s	every mapping is made
#	31 s	U-5a: a mapping used for DNS only ends within five seconds
#	35 s	U-1: a new session of an endpoint whose conntrack entries are gone
#	40 s	SV-1, SV-4: mapping and filtering long after the last packet
#	119 s	U-5: still delivered
#	299 s	U-5: still delivered
#	306 s	U-5: not any more
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
engine r

PORTS_119="3119 3120 3121"
PORTS_299="3299 3300 3301"
PORTS_306="3306 3307 3308"
for p in 3035 3040 3041 $PORTS_119 $PORTS_299 $PORTS_306; do
	U h1:$p s1a:3000 "E_$p"
done
# h2 had the port before h1: what h1 has is not what its own number would give it
U h2:3035 s1a:3035
U h3:3299 s1a:3053
U h3:3053 s1a:53 E_SHORT
tell mark

later() { at $(($1 * 1000)); }

delivered() { # PORT...: from who was never spoken to
	for p; do
		var=E_$p
		in_ s2b:$p "${!var}" h1:$p
	done
}

# Asked again and again, not once at 37 s: a clock that skips idle time may leap, and then GC
# has not had its turn when the question comes.
testcase "U-5a a mapping used for DNS only is gone after 36 s"
later 31
sessions r -p udp --orig-src "${HOSTS[h1]#*/}" --orig-port-src 3035
eq "$C" 0 "conntrack entries of h1:3035"
busywait 5000 is_state r h3:3053 none || fail "h3:3053 is $M"
in_none s2b:53 "$E_SHORT"

testcase "U-1 the same external endpoint after 35 s"
later 35
U h1:3035 s2b:9
eq "$E" "$E_3035" "external endpoint"

testcase "SV-1 SV-4 mapping and filtering 40 s after the last packet"
later 40
for src in s1a:3000 s1a:3001 s1b:3000 s2a:3002; do
	in_ $src "$E_3040" h1:3040
done
for dst in s1a:3000 s1a:3001 s2a:3002; do
	U h1:3041 $dst
	eq "$E" "$E_3041" "external endpoint towards $dst"
done

testcase "U-5 delivered 119 s after the only outbound packet"
later 119
delivered $PORTS_119

testcase "U-5 delivered 299 s after the only outbound packet"
later 299
delivered $PORTS_299

testcase "U-5 not delivered 306 s after the only outbound packet"
later 306
for p in $PORTS_306; do
	var=E_$p
	in_none s2b:$p "${!var}"
	state r h1:$p
	stock || ne "$M" open "state of h1:$p"
done
U h1:3306 s1a:3000
eq "$E" "$E_3306" "external endpoint of h1:3306, whose port is still held"
in_ s2b:3306 "$E" h1:3306

finish
