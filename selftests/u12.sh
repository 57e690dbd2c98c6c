#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: inbound
# ICMP errors neither end a mapping nor are lost: RFC 4787 REQ-12.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
engine r

snapshot() {
	maps r '[.mappings[] | [.int_addr, .int_port, .ext_addr, .ext_port, .state]] | sort | tostring'
}

U h1:3000 s1a:3000 E1
snapshot
BEFORE=$M

inject() { # TYPE CODE [FROM]
	ask icmp s1a "${3:-s1a}" "${E1%:*}" "$1" "$2" "$E1" s1a:3000 || fail "$ANSWER"
}

testcase "U-12 no ICMP error changes the mapping: type 3, all codes"
for code in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
	inject 3 $code
	in_ s2b:$((5000 + code)) "$E1" h1:3000
done
snapshot
eq "$M" "$BEFORE" "the table"

testcase "U-12 no ICMP error changes the mapping: types 4, 5, 11, 12"
for type in 4 5 11 12; do
	inject $type 0
	in_ s2b:$((5100 + type)) "$E1" h1:3000
done
snapshot
eq "$M" "$BEFORE" "the table"
U h1:3000 s2a:3000
eq "$E" "$E1" "external endpoint afterwards"

testcase "U-12 an error about the flow reaches the host, also from a router on the way"
U h1:3000 s1a:3000
tell errors h1:3000
inject 3 3
tell error h1:3000 3 3 2000
eq "$ANSWER" 203.0.113.11 "sender of the error"
tell errors h1:3000
inject 11 0 203.0.113.77
tell error h1:3000 11 0 2000
eq "$ANSWER" 203.0.113.77 "sender of the error"

testcase "U-12 an error about a flow that never was reaches nobody"
tell errors h1:3000
tell icmp s1a s1a "${E1%:*}" 3 3 "$E1" 203.0.113.99:1
inject 11 0
tell error h1:3000 11 0 2000
tell errors h1:3000
eq "$ANSWER" 1 "errors at h1"

finish
