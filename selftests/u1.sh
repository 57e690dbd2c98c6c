#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: mapping
# Endpoint-independent mapping: RFC 4787 REQ-1.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
engine r

testcase "T1 a plain session passes both ways"
U h3:2000 s1a:2000
in_ s1a:2000 "$E" h3:2000

testcase "U-1 one external endpoint for five destinations, the port being held by another host"
U h2:3000 s1a:3000 E2
eq "$E2" "${ADDR[rw]}:3000" "the port is kept while it is free"
# the colliding destination is not the first one: a NAT that only avoids clashes
# would have moved by then and stay there
U h1:3000 s1a:3001 E1
ne "$E1" "$E2" "two hosts share an external endpoint"
for dst in s1a:3000 s1b:3000 s2a:3001 s2b:65535; do
	U h1:3000 "$dst"
	eq "$E" "$E1" "external endpoint towards $dst"
done
n_maps r 1 int "${ADDR[h1]}:3000"

testcase "U-1 the same after the conntrack entries are gone"
ns r conntrack -F
U h1:3000 s2b:9
eq "$E" "$E1" "external endpoint afterwards"

finish
