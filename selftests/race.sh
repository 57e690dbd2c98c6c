#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: races
# Two CPUs at once: X-R1.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
engine r
ROUNDS=1000
[ -z "$SLOW" ] || ROUNDS=200

testcase "X-R1 two hosts start from one port at the same instant: one keeps it, none is lost"
tell race $ROUNDS 20000 h1 h2 s1a:7000
has "$ANSWER" "$ROUNDS rounds, 0 lost, 0 equal, 0 not kept" "the race"
n_maps r $((2 * ROUNDS))
maps r '[.mappings[] | "\(.ext_addr) \(.ext_port)"] | unique | length'
stock || eq "$M" $((2 * ROUNDS)) "different external endpoints"

testcase "X-R1 the same where both want to talk to a host on the same bridge"
U h3:6000 s1a:3000 E3
in_ s1a:3000 "$E3" h3:6000
ask race $((ROUNDS / 4)) 30000 h1 h2 "$E3" h3:6000 || fail "$ANSWER"

finish
