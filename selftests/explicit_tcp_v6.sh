#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: ip6
# Connections over IPv6 through static and explicit mappings: X-D4, C-1 to C-3.
FAMILY=6
PROTO=tcp
. "${0%/*}/lib.sh"
. "${0%/*}/connections.sh"
. "${0%/*}/topology.sh"

T1
engine r
scaled r
WAN=${ADDR[rw]}
add() { # HOST:PORT WORDS...
	ep "$1"
	stock || ns r fullcone add tcp int "$EP" "${@:2}" || fail "add $*"
}

testcase "X-D4 TCP: a stranger connects although the host has sent nothing"
add h1:3000 ext "$WAN:6000"
in_ s2b:5000 "$WAN:6000" h1:3000
conn A s1a:5000 "$WAN:6000" h1:3000
eq "$E" "${ADDR[s1a]}:5000" "source shown"
tell talk A both 20000
udp in_none s2b:5000 "$WAN:6000"

testcase "X-D4 TCP: what the host begins shows it, towards all"
for dst in s1a:80 s1b:80 s2a:81; do
	U h1:3000 $dst
	eq "$E" "$WAN:6000" "external endpoint towards $dst"
done
U h2:6000 s1a:80
ne "$E" "$WAN:6000" "external endpoint of a host that wants the port"

testcase "X-D4 TCP: a hairpin reaches it, and is answered"
conn B h2:3100 "$WAN:6000" h1:3000
eq "${E%:*}" "$WAN" "source shown"
tell talk B both 5000

testcase "C-1 TCP: the parity that was asked for, in and out"
U h3:3003 s1a:80
add h1:3003 oif wan parity even
ep h1:3003
column r ext_port int "$EP"
P1=0
stock || P1=$((ROWS[0]))
eq $((P1 % 2)) 0 "parity of the external port"
in_ s2b:5001 "$WAN:$P1" h1:3003
U h1:3003 s2a:80
eq "$E" "$WAN:$P1" "external endpoint"

testcase "C-3 TCP: only those who were named connect; whom the host calls answers"
add h2:3010 ext "$WAN:6010" lifetime 600 remote "${ADDR[s2a]}" remote "${ADDR[s1a]}:5000"
counting r filtered
in_ s2a:7777 "$WAN:6010" h2:3010
in_ s1a:5000 "$WAN:6010" h2:3010
in_none s1a:5001 "$WAN:6010"
in_none s2b:5000 "$WAN:6010"
stat r filtered
stock || ge $((S - COUNT[r/filtered])) 2 "counter filtered went up"
conn C h2:3010 s2b:90 s2b:90
eq "$E" "$WAN:6010" "external endpoint"
tell talk C both 5000

testcase "C-2 TCP: without connections it is open for its lifetime and no longer"
# shorter than the lifetime, so that it is not this time which ends it
profile r unsafe_timeouts=1 tcp_open=$((UDP / 3))
tell mark
add h3:3020 ext "$WAN:6020" lifetime $UDP
add h3:3021 ext "$WAN:6021" lifetime $UDP
conn D s2a:5002 "$WAN:6021" h3:3021
at $((T * 2 / 3))
is_state r h3:3020 open || fail "is $M, too early"
over() { state r h3:3020; [ "$M" != open ]; }
busywait $((T * 2 / 3 + 2500)) over || fail "is $M"
in_none s2b:5003 "$WAN:6020"

testcase "C-2 TCP: one that has been used goes on as any other"
tell talk D both 5000
flags r h3:3021
has_not "$M" explicit "flags"
in_ s2b:5004 "$WAN:6021" h3:3021

finish
