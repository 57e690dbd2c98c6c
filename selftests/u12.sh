#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: inbound
# ICMP errors neither end a mapping nor are lost: RFC 4787 REQ-12.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
engine r

UNREACH=3 CODES=15 CLOSED=3 EXCEEDED=11
OTHERS=(4 5 11 12)
if [ "$FAMILY" = 6 ]; then
	UNREACH=1 CODES=6 CLOSED=4 EXCEEDED=3
	OTHERS=(2 3 4)
fi

snapshot() {
	maps r '[.mappings[] | [.int_addr, .int_port, .ext_addr, .ext_port, .state]] | sort | tostring'
}

U h1:3000 s1a:3000 E1
snapshot
BEFORE=$M

inject() { # TYPE CODE [FROM]
	ask icmp s1a "${3:-s1a}" "${E1%:*}" "$1" "$2" "$E1" s1a:3000 || fail "$ANSWER"
}

testcase "U-12 no ICMP error changes the mapping: destination unreachable, all codes"
for ((code = 0; code <= CODES; code++)); do
	inject $UNREACH $code
	in_ s2b:$((5000 + code)) "$E1" h1:3000
done
snapshot
eq "$M" "$BEFORE" "the table"

testcase "U-12 no ICMP error changes the mapping: the other types"
for type in "${OTHERS[@]}"; do
	inject "$type" 0
	in_ s2b:$((5100 + type)) "$E1" h1:3000
done
snapshot
eq "$M" "$BEFORE" "the table"
U h1:3000 s2a:3000
eq "$E" "$E1" "external endpoint afterwards"

testcase "U-12 an error about the flow reaches the host, also from a router on the way"
U h1:3000 s1a:3000
tell errors h1:3000
inject $UNREACH $CLOSED
tell error h1:3000 $UNREACH $CLOSED 2000
eq "$ANSWER" "${HOSTS[s1a]#*/}" "sender of the error"
tell errors h1:3000
inject $EXCEEDED 0 "${NET_WAN}77"
tell error h1:3000 $EXCEEDED 0 2000
eq "$ANSWER" "${NET_WAN}77" "sender of the error"

testcase "U-12 an error about a flow that never was reaches nobody"
tell errors h1:3000
tell icmp s1a s1a "${E1%:*}" $UNREACH $CLOSED "$E1" s2b:1
inject $EXCEEDED 0
tell error h1:3000 $EXCEEDED 0 2000
tell errors h1:3000
eq "$ANSWER" 1 "errors at h1"

finish
