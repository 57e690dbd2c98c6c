#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: tcp
# Endpoint-independent mapping of TCP, ports never overloaded: RFC 5382 REQ-1, REQ-7.
PROTO=tcp
. "${0%/*}/lib.sh"
. "${0%/*}/connections.sh"
. "${0%/*}/topology.sh"

T1
engine r

testcase "T-1 one external endpoint for three servers, the port being held by another host"
U h2:6100 s1a:80 E2
eq "$E2" "${ADDR[rw]}:6100" "the port is kept while it is free"
U h1:6100 s1b:80 E1
ne "$E1" "$E2" "two hosts share an external endpoint"
for dst in s1a:80 s2a:80 s1a:81; do
	U h1:6100 $dst
	eq "$E" "$E1" "external endpoint towards $dst"
done
n_maps r 1 tcp int "${ADDR[h1]}"

testcase "T-1 the same after the conntrack entries are gone"
ns r conntrack -F
U h1:6100 s2b:80
eq "$E" "$E1" "external endpoint afterwards"
U h2:6100 s2b:80
eq "$E" "$E2" "external endpoint of the other host"

testcase "T-7 hosts on one source port have endpoints of their own, whatever the servers"
U h1:3000 s1a:80 E1
U h2:3000 s2b:80 E2
U h3:3000 s2a:80 E3
eq "$(printf '%s\n' "$E1" "$E2" "$E3" | sort -u | wc -l)" 3 "different external endpoints"
in_ s2a:5000 "$E1" h1:3000
in_ s2a:5000 "$E2" h2:3000
in_ s2a:5000 "$E3" h3:3000

testcase "T-7 eighty endpoints have eighty external endpoints"
declare -A seen=()
for ((p = 7000; p < 7040; p++)); do
	U h1:$p s1a:80
	seen[$E]=1
	U h2:$p s2a:80
	seen[$E]=1
done
eq "${#seen[@]}" 80 "different external endpoints"

testcase "T-1 class and parity of the port are kept"
for p in 700 5000 5001; do
	for h in h1 h2; do
		U $h:$p s1a:80
		got=${E##*:}
		eq $((got % 2)) $((p % 2)) "parity of $h:$p, which left from $got"
		eq $((got < 1024)) $((p < 1024)) "class of $h:$p, which left from $got"
	done
done

finish
