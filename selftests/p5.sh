#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: tcp
# UDP and TCP are apart: RFC 7857, sections 5 and 6.
PROTO=tcp
. "${0%/*}/lib.sh"
. "${0%/*}/connections.sh"
. "${0%/*}/topology.sh"

T1
engine r

testcase "P-5 a TCP mapping is none for UDP"
U h1:6000 s1a:80 E1
eq "$E1" "${ADDR[rw]}:6000" "external endpoint"
udp in_none s2b:5000 "$E1"
n_maps r 1

testcase "P-5 another host may have the same number in UDP"
udp U h2:6000 s1a:80 E2
eq "$E2" "$E1" "external endpoint of h2:6000 in UDP"
in_ s2b:5000 "$E1" h1:6000
udp in_ s2b:5010 "$E1" h2:6000

testcase "P-6 what TCP lets in is nothing to UDP, and the other way round"
udp U h1:6000 s1a:80 E3
ne "$E3" "$E1" "external endpoint of h1:6000 in UDP"
udp in_ s2b:5001 "$E3" h1:6000
refused s2b:5001 "$E3" silent
U h2:6000 s1a:80 E4
ne "$E4" "$E1" "external endpoint of h2:6000 in TCP"
in_ s2b:5002 "$E4" h2:6000
U h1:6000 s2a:80
eq "$E" "$E1" "external endpoint of h1:6000 in TCP"
n_maps r 2 tcp
n_maps r 2 udp

testcase "P-5 a ping with that number is a third thing"
P h3:6000 s1a E5
eq "$E5" "${ADDR[rw]}:6000" "identifier outside"
in_ s2b:5003 "$E1" h1:6000
udp in_ s2b:5003 "$E1" h2:6000

finish
