#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: mapping
# Traffic as of a proxy that has an external socket for each client; N-3.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
engine r

testcase "SV-9 made by the first datagram, used by all later ones"
counting r mappings_created
U h1:3000 s1a:4000 E1
for dst in s1a:4001 s1b:4000 s2a:4002 s2b:4003; do
	U h1:3000 "$dst"
	eq "$E" "$E1" "external endpoint towards $dst"
done
counted r mappings_created 1
n_maps r 1

testcase "SV-9 an empty datagram and one of 65507 bytes pass both ways unchanged"
for how in size=0 size=1472 size=65507; do
	U h1:3000 s2a:4002 "$how"
	eq "$E" "$E1" "external endpoint, $how"
	in_ s2a:4002 "$E1" h1:3000 "$how"
	in_ s2b:5000 "$E1" h1:3000 "$how"
done

testcase "SV-9 the table has a bound"
stat r mappings_max
stock || ge "$S" 1 mappings_max
stat r mappings
stock || eq "$S" 1 mappings

testcase "N-3 answers never consult the mapping table"
U h2:3000 s1a:6000 E2
counting r lookups_in
for _ in 1 2 3 4 5 6 7 8 9 10; do
	in_ s1a:6000 "$E2" h2:3000
done
counted r lookups_in 0
n_maps r 1 int "${ADDR[h2]}"
in_ s1b:6000 "$E2" h2:3000
counted r lookups_in 1

finish
