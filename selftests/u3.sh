#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: mapping
# Ports: never overloaded (RFC 4787 REQ-3), class and parity kept (REQ-3a, REQ-4).
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
engine r

testcase "T1 a plain session passes both ways"
U h3:2000 s1a:2000
in_ s1a:2000 "$E" h3:2000

testcase "U-3 two hosts on one source port have two external endpoints, whatever the servers"
U h1:3000 s1a:3000 E1
U h2:3000 s2b:3000 E2
ne "$E1" "$E2" "two hosts share an external endpoint"
in_ s2a:1 "$E1" h1:3000
in_ s2a:1 "$E2" h2:3000

testcase "U-3 2000 endpoints have 2000 external endpoints"
flood h1 "${ADDR[h1]}" 20000 20999 s1a:7000
flood h2 "${ADDR[h2]}" 20000 20999 s2a:7000
stock || eq "$DISTINCT" 1000 "external endpoints of h2"
maps r '[.mappings[] | select(.int_port >= 20000) | "\(.ext_addr) \(.ext_port)"] | unique | length'
stock || eq "$M" 2000 "different external endpoints in the list"

port() { P=${E##*:}; }
low() { port; [ "$P" -ge 1 ] && [ "$P" -le 1023 ] || fail "$1 left from port $P, not below 1024"; }
high() { port; ge "$P" 1024 "port of $1"; }

testcase "U-3a a port below 1024 stays below, one above stays above"
U h1:700 s1a:3000 E1
low h1:700
U h2:700 s1a:3000 E2
low h2:700
ne "$E1" "$E2" "external endpoints of h1:700 and h2:700"
U h1:1024 s1a:3000 E1
high h1:1024
U h2:1024 s1a:3000 E2
high h2:1024
ne "$E1" "$E2" "external endpoints of h1:1024 and h2:1024"

testcase "U-4 an even port stays even, an odd one odd"
for p in 5000 5001; do
	for h in h1 h2 h3; do
		U $h:$p s1a:3000
		port
		eq $((P % 2)) $((p % 2)) "parity of $h:$p, which left from $P"
	done
done

testcase "U-4 the other parity is used when nothing else is left"
# one of the random ports of the flood may be one of these two
stock || ns r fullcone flush all
U h1:3000 s1a:3000
profile r ports=5002-5003
U h1:6000 s1a:3000 E1
U h2:6000 s1a:3000 E2
eq "$(printf '%s\n' "$E1" "$E2" | sort | xargs)" "${ADDR[rw]}:5002 ${ADDR[rw]}:5003" "both ports"

testcase "K-8 a changed profile leaves older mappings as they are"
U h1:3000 s2b:4000
eq "$E" "${ADDR[rw]}:3000" "external endpoint of an older mapping"

finish
