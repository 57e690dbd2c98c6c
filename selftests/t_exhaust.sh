#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: tcp
# No free port or identifier, as a program's connection and a ping are told: X-E1.
PROTO=tcp
. "${0%/*}/lib.sh"
. "${0%/*}/connections.sh"
. "${0%/*}/topology.sh"

T1
engine r
profile r ports=40000-40001
tell sysctl "${NS[r]}" net/ipv4/icmp_ratelimit 0
[ "$FAMILY" = 4 ] || tell sysctl "${NS[r]}" net/ipv6/icmp/ratelimit 0
TOLD=EHOSTUNREACH
[ "$FAMILY" = 4 ] || TOLD=EACCES

U h1:1111 s1a:80 E1
U h1:1112 s1a:80 E2

testcase "X-E1 a connection is refused at once"
counting r no_port
refused h2:1113 s1a:80 $TOLD wait=3000
# In IPv6 an error that comes while connect() still has the socket is told with that of the
# second SYN, a second later.
if [ "$FAMILY" = 4 ]; then
	le "${ANSWER#* }" 1000 "milliseconds"
	counted r no_port 1
	stock || eq "$(ns r fullcone stats -j | jq -r '[.protocols[] | "\(.protocol) \(.mappings) \(.no_port)"] | join(", ")')" \
		"udp 0 0, tcp 2 1, icmp 0 0" "mappings and refusals by protocol (M-3)"
else
	le "${ANSWER#* }" 2500 "milliseconds"
	stat r no_port
	stock || ge $((S - COUNT[r/no_port])) 1 "counter no_port went up"
fi
n_maps r 2 tcp

testcase "X-E1 UDP has ports of its own"
udp U h2:1113 s1a:80 E3
udp in_ s2b:5000 "$E3" h2:1113

testcase "X-E2 existing endpoints keep theirs, and may have new connections"
in_ s2b:5000 "$E1" h1:1111
U h1:1112 s2a:80
eq "$E" "$E2" "external endpoint"

testcase "X-E1 success as soon as a port is free"
stock || ns r fullcone flush int "${ADDR[h1]}:1112"
U h2:1113 s1a:80
stock || eq "$E" "$E2" "the port that was given back"

testcase "X-E1 a ping is told that it was filtered"
# identifiers are sixteen bits, whatever the range of ports: the host's share is used up
profile r host_max=2
P h3:1 s1a
P h3:2 s1a
ping=(ping -c 1 -W 2)
[ "$FAMILY" = 4 ] || ping=(ping -6 -c 1 -W 2)
TEXT=$(ns h3 "${ping[@]}" "${HOSTS[s1a]#*/}" 2>&1)
log "$TEXT"
if [ "$FAMILY" = 4 ]; then
	has "$TEXT" "Packet filtered" "what ping prints"
else
	has "$TEXT" "Administratively prohibited" "what ping prints"
fi
P h3:2 s2a

finish
