#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: long
# A relay outside that both hosts keep a session with, whatever the NATs between: N-6.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T2
engine r1
engine r2

# Of each kind a port, in one direction and in the other.
KINDS=("map=eim filter=eif" "map=eim filter=apdf" "map=apdm filter=apdf")
declare -A AT=()	# HOST:PORT -> where the relay knows it

# over PORT: there by way of the relay, and back
over() {
	in_ s1a:3478 "${AT[h2:$1]}" "h2:$1"
	in_ s1a:3478 "${AT[h1:$1]}" "h1:$1"
}

testcase "N-6 two hosts reach each other by a relay that both have called, behind NATs of any kind"
port=4000
for kind in "${KINDS[@]}"; do
	for r in r1 r2; do
		# shellcheck disable=SC2086 # a list
		profile $r $kind
	done
	for h in h1 h2; do
		U $h:$port s1a:3478
		AT[$h:$port]=$E
	done
	over $port
	port=$((port + 1))
done
tell mark

testcase "N-6 the same when nothing has been sent for 25 seconds"
at 25000
for ((p = 4000; p < port; p++)); do
	U h1:$p s1a:3478
	eq "$E" "${AT[h1:$p]}" "where the relay hears h1 from"
	in_ s1a:3478 "${AT[h2:$p]}" h2:$p
	U h2:$p s1a:3478
	eq "$E" "${AT[h2:$p]}" "where the relay hears h2 from"
	in_ s1a:3478 "${AT[h1:$p]}" h1:$p
done

finish
