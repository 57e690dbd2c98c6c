#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: router
# Destinations towards which nothing is translated: RFC 6888 REQ-6.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
route s2 192.168.1.0/24 via 203.0.113.1
if stock; then
	engine r
else
	must ns r fullcone rule add oif wan daddr '!203.0.113.21'
fi

testcase "G-6 a chosen destination sees the internal endpoint, others the external one"
U h1:3000 s1a:3000 E1
eq "$E1" 203.0.113.1:3000 "external endpoint"
counting r mappings_created
U h1:3000 s2a:3000
eq "$E" 192.168.1.1:3000 "what the chosen one sees"
U h2:4000 s2a:3000
eq "$E" 192.168.1.2:4000 "and of a host that has no mapping"
counted r mappings_created 0

testcase "G-6 the mapping of the same endpoint is as before"
in_ s2b:9 "$E1" h1:3000
U h1:3000 s1b:3001
eq "$E" "$E1" "external endpoint"

finish
