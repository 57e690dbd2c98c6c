#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: modes
# The tables of mapping and filtering 40 s later, when conntrack has forgotten by itself.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

TS
engine r
profile r alloc=sequential ports=4500-4599

# All at once: a mapping keeps the modes that it was made with (K-8).
declare -A FIRST=()
send() { # MAP HOST:PORT DESTINATION...
	local src=$2 dst

	profile r "map=$1"
	for dst in "${@:3}"; do
		U "$src" "$dst"
		FIRST[$src/$dst]=$E
	done
}

again() { # MAP HOST:PORT DESTINATION...
	local src=$2 dst

	profile r "map=$1"
	for dst in "${@:3}"; do
		U "$src" "$dst"
		eq "$E" "${FIRST[$src/$dst]}" "external endpoint of $src towards $dst"
	done
}

testcase "SV-1 SV-2 SV-3 K-8 mappings of three modes side by side, made in turn"
send eim h1:3000 s1:3000 s1:3001 s3:3002 s4:3004
send adm h1:3001 s1:3000 s1:3001 s2:3000 s3:3003
send apdm h1:3002 s1:3000 s1:3001 s2:3000 s3:3003
profile r map=eim
eq "$(printf '%s\n' "${FIRST[@]}" | sort -u | wc -l)" 8 "external endpoints"
n_maps r 8

testcase "SV-4 SV-5 SV-6 mappings of three filters side by side"
for mode in "eif 3003" "adf 3004" "apdf 3005"; do
	profile r "filter=${mode% *}"
	U "h1:${mode#* }" s1:3000 E
	FIRST[${mode% *}]=$E
done
profile r filter=eif
n_maps r 11

testcase "SV-1 to SV-6 40 s later conntrack has forgotten"
tell mark
at 40000
sessions r -p udp
eq "$C" 0 "conntrack entries of UDP"

testcase "SV-1 SV-2 SV-3 40 s later the external endpoints are the same"
again eim h1:3000 s4:3004 s3:3002 s1:3001 s1:3000
again adm h1:3001 s3:3003 s2:3000 s1:3001 s1:3000
again apdm h1:3002 s3:3003 s2:3000 s1:3001 s1:3000
n_maps r 11

testcase "SV-4 SV-5 SV-6 40 s later the filters let in the same"
for src in s1:3000 s1:3001 s2:3000 s3:3002; do
	in_ $src "${FIRST[eif]}" h1:3003
done
in_ s1:3000 "${FIRST[adf]}" h1:3004
in_ s1:3001 "${FIRST[adf]}" h1:3004
in_none s2:3000 "${FIRST[adf]}"
in_none s3:3002 "${FIRST[adf]}"
in_ s1:3000 "${FIRST[apdf]}" h1:3005
in_none s1:3001 "${FIRST[apdf]}"
in_none s2:3000 "${FIRST[apdf]}"
in_none s3:3002 "${FIRST[apdf]}"

finish
