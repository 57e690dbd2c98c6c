#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: modes
# The tables of mapping and filtering 40 s later, when conntrack has forgotten the flows: those
# of UDP have expired, connections are deleted. Both at once.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

TS
engine r
profile r alloc=sequential ports=4500-4599

# All at once: a mapping keeps the modes that it was made with (K-8).
declare -A FIRST=()
send() { # MAP HOST:PORT DESTINATION...
	local src=$2 dst proto

	profile r "map=$1"
	for dst in "${@:3}"; do
		for proto in udp tcp; do
			$proto U "$src" "$dst"
			FIRST[$proto/$src/$dst]=$E
		done
	done
}

again() { # MAP HOST:PORT DESTINATION...
	local src=$2 dst proto

	profile r "map=$1"
	for dst in "${@:3}"; do
		for proto in udp tcp; do
			$proto U "$src" "$dst"
			eq "$E" "${FIRST[$proto/$src/$dst]}" "$proto: external endpoint of $src towards $dst"
		done
	done
}

testcase "SV-1 SV-2 SV-3 K-8 mappings of three modes side by side, made in turn"
send eim h1:3000 s1:3000 s1:3001 s3:3002 s4:3004
send adm h1:3001 s1:3000 s1:3001 s2:3000 s3:3003
send apdm h1:3002 s1:3000 s1:3001 s2:3000 s3:3003
profile r map=eim
for proto in udp tcp; do
	n=$(for key in "${!FIRST[@]}"; do
		[[ $key != $proto/* ]] || echo "${FIRST[$key]}"
	done | sort -u | wc -l)
	eq "$n" 8 "external endpoints of $proto"
	n_maps r 8 $proto
done

testcase "SV-4 SV-5 SV-6 mappings of three filters side by side"
for mode in "eif 3003" "adf 3004" "apdf 3005"; do
	profile r "filter=${mode% *}"
	for proto in udp tcp; do
		$proto U "h1:${mode#* }" s1:3000
		FIRST[$proto/${mode% *}]=$E
	done
done
profile r filter=eif
n_maps r 11 udp
n_maps r 11 tcp

testcase "SV-1 to SV-6 40 s later conntrack has forgotten"
tell mark
at 40000
sessions r -p udp
eq "$C" 0 "conntrack entries of UDP"
ns r conntrack -D -p tcp

testcase "SV-1 SV-2 SV-3 40 s later the external endpoints are the same"
again eim h1:3000 s4:3004 s3:3002 s1:3001 s1:3000
again adm h1:3001 s3:3003 s2:3000 s1:3001 s1:3000
again apdm h1:3002 s3:3003 s2:3000 s1:3001 s1:3000
n_maps r 11 udp
n_maps r 11 tcp

testcase "SV-4 SV-5 SV-6 40 s later the filters let in the same"
for proto in udp tcp; do
	for src in s1:3000 s1:3001 s2:3000 s3:3002; do
		$proto in_ $src "${FIRST[$proto/eif]}" h1:3003
	done
	E=${FIRST[$proto/adf]}
	$proto in_ s1:3000 "$E" h1:3004
	$proto in_ s1:3001 "$E" h1:3004
	$proto in_none s2:3000 "$E"
	$proto in_none s3:3002 "$E"
	E=${FIRST[$proto/apdf]}
	$proto in_ s1:3000 "$E" h1:3005
	$proto in_none s1:3001 "$E"
	$proto in_none s2:3000 "$E"
	$proto in_none s3:3002 "$E"
done

finish
