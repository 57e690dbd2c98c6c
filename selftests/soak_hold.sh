#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 400
# How long a port is kept from others, and the short timer of DNS, at their full length:
# G-8, U-5a. scripts/soak runs it.
#
#	0 s	every mapping is made, its session deleted
#	6 s	those of h1 expire: their ports are held
#	29 s	U-5a: a mapping used for DNS only is still open
#	37 s	U-5a: not any more, and its port is anybody's at once
#	125 s	G-8: another host still does not get the port
#	134 s	G-8: now it does
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
engine r
U h3:3053 s1a:53 E_SHORT
U h3:3054 s1a:53
profile r unsafe_timeouts=1 udp=6
for p in 3000 3010; do
	U h1:$p s1a:3000
	eq "$E" 203.0.113.1:$p "external endpoint"
done
must ns r conntrack -F
tell mark

testcase "U-5a a mapping used for DNS only is open for thirty seconds"
at 29000
in_ s2b:53 "$E_SHORT" h3:3053

testcase "U-5a and then no longer, and its port is not held"
must ns r conntrack -F
at 37000
is_state r h3:3054 none || fail "h3:3054 is $M"
in_none s2b:53 203.0.113.1:3054
U h2:3054 s1a:3000
stock || eq "$E" 203.0.113.1:3054 "external endpoint of another host"

testcase "G-8 a port is held for two minutes after its mapping's last session"
at 125000
for p in 3000 3010; do
	is_state r h1:$p held || fail "h1:$p is $M"
done
U h2:3000 s1a:3000
ne "$E" 203.0.113.1:3000 "external endpoint of another host"

testcase "G-8 and then given away"
at 134000
is_state r h1:3010 none || fail "h1:3010 is $M"
U h2:3010 s1a:3000
eq "$E" 203.0.113.1:3010 "external endpoint of another host"

finish
