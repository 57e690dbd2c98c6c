#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: tcp
# timeout: 600
# How long TCP sessions and mappings live (TO-1, T-5, P-2, P-7.1), timers divided. conntrack's
# own are even shorter, so that a session outlives them only by its floor.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"
. "${0%/*}/tcp_lib.sh"

T1
engine r
tcp_scaled r
deaf h1 h2 h3 s1 s2
settings() { ns r sysctl -a --pattern '^net\.netfilter' 2>/dev/null | grep -v nf_conntrack_count; }
SETTINGS=$(settings)

testcase "TO-1 T-5 opening: the answer to a lone SYN, and a stranger, up to tcp_open"
seg h1:4001 s1a:80 s1a:80 S 1000 0; E1=$E
seg h1:4002 s1a:80 s1a:80 S 1000 0; E2=$E
seg h1:4003 s1a:80 s1a:80 S 1000 0; E3=$E
tell mark
at "$SOON"
seg s1a:80 "$E1" h1:4001 SA 5000 1001
stranger s2b:4000 "$E2" h1:4002
at "$OVER"
seg_none s1a:80 "$E3" h1:4003 SA 5000 1001
stranger_none s2b:4000 "$E3" h1:4003

testcase "TO-1 T-5 established: the session up to tcp_est, with data that nobody acknowledged"
opened h1:4011 s1a:80 E1
opened h1:4012 s1a:80 E2
up h1:4012 s1a:80 PA len=100
profile r filter.tcp=adf
opened h1:4013 s1a:80 E3
profile r filter.tcp=eif
tell mark
at $((T + SOON / 2))
down s1a:80 "$E1" h1:4011 PA len=10
seg s1a:80 "$E2" h1:4012 A 5001 1101

testcase "K-9 TO-1 where the mapping filters, who has a session may begin another one"
stranger_none s1b:4000 "$E3" h1:4013
stranger s1a:4000 "$E3" h1:4013

testcase "P-2 the mapping of an established session has a longer timer than others"
stranger s2b:4000 "$E1" h1:4011
at $((T + OVER))
stranger_none s2b:4001 "$E1" h1:4011
is_state r h1:4011 drain || fail "the state is $M"
down s1a:80 "$E1" h1:4011 PA len=10

testcase "TO-1 picked up in the middle, and not answered: the mapping as when opening"
seg h1:4026 s1a:80 s1a:80 A 1000 5000; E1=$E
seg h1:4027 s1a:80 s1a:80 A 1000 5000; E2=$E
tell mark
at "$SOON"
stranger s2b:4000 "$E1" h1:4026
at "$OVER"
stranger_none s2b:4000 "$E2" h1:4027

testcase "TO-1 P-2.1 T-5 closing: half closed, data up to tcp_close, and the mapping no longer"
opened h1:4021 s1a:80 E1
opened h1:4022 s1a:80 E2
up h1:4021 s1a:80 FA
seg s1a:80 "$E1" h1:4021 A 5001 1002
up h1:4022 s1a:80 FA
seg s1a:80 "$E2" h1:4022 FA 5001 1002
seg h1:4022 s1a:80 s1a:80 A 1002 5002
tell mark
at "$SOON"
seg s1a:80 "$E1" h1:4021 PA 5001 1002 len=10
stranger s2b:4000 "$E2" h1:4022
at "$OVER"
stranger_none s2b:4001 "$E2" h1:4022
stranger_none s2b:4001 "$E1" h1:4021
# the stranger's session is what is left of it, if anything
state r h1:4022
stock || ne "$M" open "state of the mapping of a short connection"

testcase "TO-1 P-2.2 reset: it is translated, and session and mapping stay for tcp_rst"
opened h1:4031 s1a:80 E1
opened h1:4032 s1a:80 E2
down s1a:80 "$E1" h1:4031 R
down s1a:80 "$E2" h1:4032 R
tell mark
at "$SOON"
down s1a:80 "$E1" h1:4031 PA len=10
stranger s2b:4000 "$E2" h1:4032
at "$OVER"
stranger_none s2b:4001 "$E2" h1:4032

testcase "P-2.2 a reset out of the window ends nothing"
opened h1:4041 s1a:80 E1
seg_none s1a:80 "$E1" h1:4041 R 90005001 0
sessions r -p tcp --state ESTABLISHED --orig-port-src 4041
eq "$C" 1 "established sessions"
tell mark
at $((T + SOON / 2))
down s1a:80 "$E1" h1:4041 PA len=10
stranger s2b:4000 "$E1" h1:4041

testcase "P-7.1 resets that answer strangers refresh nothing"
seg h1:4051 s1a:80 s1a:80 S 1000 0; E1=$E
tell mark
for ((i = 1; i < 6; i++)); do
	at $((i * T / 6))
	stranger s2b:400$i "$E1" h1:4051
	seg h1:4051 s2b:400$i s2b:400$i RA 0 7001
	[ "$E" = "$E1" ] || stock || fail "the reset came from $E"
done
at "$OVER"
stranger_none s2b:4009 "$E1" h1:4051

testcase "P-2 of two connections of a port one closes: the mapping is established"
opened h1:4061 s1a:80 E1
opened h1:4061 s1b:80 E2
eq "$E1" "$E2" "external endpoints"
opened h1:4062 s1a:80 E3
opened h1:4062 s1b:80 E2
eq "$E3" "$E2" "external endpoints"
down s1a:80 "$E1" h1:4061 R
# of the other, both
down s1a:80 "$E3" h1:4062 R
down s1b:80 "$E3" h1:4062 R
tell mark
at "$OVER"
stranger s2b:4000 "$E1" h1:4061
stranger_none s2b:4000 "$E3" h1:4062
at $((T + OVER))
stranger_none s2b:4001 "$E1" h1:4061

testcase "P-2 a hairpin between two mappings counts for both"
seg h1:4071 s1a:80 s1a:80 S 1000 0; E1=$E
seg h2:4072 s1a:80 s1a:80 S 1000 0; E2=$E
seg h1:4071 "$E2" h2:4072 S 1000 0
eq "$E" "$E1" "source that the callee sees"
seg h2:4072 "$E1" h1:4071 SA 5000 1001
seg h1:4071 "$E2" h2:4072 A 1001 5001
seg h2:4072 "$E1" h1:4071 A 5001 1001
tell mark
at "$OVER"
stranger s2b:4000 "$E1" h1:4071
stranger s2b:4000 "$E2" h2:4072
seg h1:4071 "$E2" h2:4072 R 1001 0
tell mark
at "$OVER"
stranger_none s2b:4001 "$E1" h1:4071
stranger_none s2b:4001 "$E2" h2:4072

testcase "P-2 a stranger's SYN takes no time from a mapping without sessions"
opened h1:4081 s1a:80 E1
ns r conntrack -D -p tcp --orig-port-src 4081 >/dev/null 2>&1
stranger s2b:4000 "$E1" h1:4081
tell mark
at "$OVER"
stranger s2b:4001 "$E1" h1:4081

testcase "TO-3 no setting of conntrack has been touched"
eq "$(settings)" "$SETTINGS" "settings"

finish
