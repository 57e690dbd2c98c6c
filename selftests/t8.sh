#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: tcp
# Hairpinning of TCP: RFC 5382 REQ-8.
PROTO=tcp
. "${0%/*}/lib.sh"
. "${0%/*}/connections.sh"
. "${0%/*}/topology.sh"

T1L
engine r

testcase "T-8 a host on the same bridge is reached at its external endpoint, and sees the caller's"
U h2:3100 s1a:80 E2
counting r flows_hairpin mappings_created
conn a h1:3000 "$E2" h2:3100
E1=$E
eq "${E1%:*}" "${ADDR[rw]}" "the source h2 is shown"
tell talk a both 200000
counted r flows_hairpin 1
counted r mappings_created 1
U h1:3000 s2a:80
eq "$E" "$E1" "external endpoint of h1:3000 elsewhere"

testcase "T-8 between two LAN bridges, in both directions"
U h4:3400 s1a:80 E4
in_from "$E2" h2:3100 "$E4" h4:3400
conn b h4:3401 "$E2" h2:3100
eq "${E%:*}" "${ADDR[rw]}" "the source h2 is shown"
tell talk b both 10000
conn c h3:3300 "$E4" h4:3400
eq "${E%:*}" "${ADDR[rw]}" "the source h4 is shown"
tell talk c both 10000

testcase "T-8 a host reaches itself"
conn d h1:3005 "$E1" h1:3000
eq "${E%:*}" "${ADDR[rw]}" "the source shown"
ne "$E" "$E1" "external endpoint of h1:3005"
tell talk d both 10000

testcase "T-8 the connections go on, and end by a reset from either side"
for c in a b c d; do
	tell talk $c both 1000
done
tell hang a client
tell hang b server
tell hang c client
tell hang d server
in_ s2b:9 "$E1" h1:3000
in_ s2b:9 "$E2" h2:3100

finish
