#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: mapping
# The tables of mapping and filtering behaviour, with a profile that fixes the ports.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

TS
engine r
profile r alloc=sequential ports=4500-4599
EXT=${ADDR[rw]}

fresh() {
	stock || ns r fullcone flush all
	ns r conntrack -F
}

table() { # DESTINATION...: all of them see the first external port
	for dst; do
		U h1:3000 "$dst"
		eq "$E" "$EXT":4500 "external endpoint towards $dst"
	done
}

testcase "SV-1 SV-7 one external endpoint for every destination, in order"
table s1:3000 s1:3001 s3:3002 s4:3004
n_maps r 1

testcase "SV-1 the same after the conntrack entries are gone"
ns r conntrack -F
table s1:3000 s1:3001 s3:3002 s4:3004
n_maps r 1

testcase "SV-1 in reverse order, from nothing"
fresh
table s4:3004 s3:3002 s1:3001 s1:3000

testcase "SV-1 in another order, from nothing"
fresh
table s3:3002 s1:3000 s4:3004 s1:3001

testcase "U-11 the same with nine ports in ten taken, and many packets at once"
fresh
flood h1 "${ADDR[h1]}" 20000 20089 s2:9
for order in "s1:3000 s1:3001 s3:3002 s4:3004" "s4:3004 s3:3002 s1:3001 s1:3000"; do
	ns r conntrack -F
	# shellcheck disable=SC2086 # a list
	for dst in $order; do
		flood h1 "${ADDR[h1]}" 20000 20089 "$dst"
		U h1:3000 "$dst"
		eq "$E" "${FIRST:=$E}" "external endpoint towards $dst"
	done
done
n_maps r 91
n_maps r 1 int "${ADDR[h1]}:3000"

profile r ports=4500-4500

testcase "SV-4 SV-7 anyone outside reaches the one port of the mapping"
fresh
U h1:3000 s1:3000
eq "$E" "$EXT":4500 "external endpoint"
for src in s1:3000 s1:3001 s2:3000 s3:3002; do
	in_ "$src" "$E" h1:3000
done

testcase "SV-4 the mapping decides it, not the conntrack entries"
ns r conntrack -F
for src in s1:3000 s1:3001 s2:3000 s3:3002; do
	in_ "$src" "$EXT":4500 h1:3000
done
n_maps r 1

testcase "SV-4 nobody reaches a port that is no mapping's"
in_none s2:3000 "$EXT":4501
in_ s2:3000 "$EXT":4500 h1:3000

finish
