#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: ip6
# IPv6 flows that conntrack has already are adopted, once IPv6 is asked for: X-C5.
. "${0%/*}/lib.sh"
FAMILY=6
. "${0%/*}/topology.sh"

T1
engine r
profile r alloc=random

testcase "X-C5 random external endpoints, so that none is found again by chance"
U h1:3000 s1a:3000 E1
ne "$E1" "${ADDR[rw]}:3000" "a random external endpoint"
U h2:3000 s1a:3000 E2
in_ s2b:5000 "$E1" h1:3000

testcase "X-C5 mappings of IPv6 are there again after a reload, and which way is in"
# active, though not for IPv6
unload
load
profile r
n_maps r 0
engine r
n_maps r 2
got h2:3000 "$E1" h1:3000
eq "$E" "$E2" "the source a hairpin shows"
in_ s1b:9 "$E1" h1:3000
in_ s1b:9 "$E2" h2:3000
U h1:3000 s2a:3000
eq "$E" "$E1" "external endpoint towards another server"

testcase "X-C5 sessions from before go on"
in_ s1a:3000 "$E1" h1:3000
in_ s2b:5000 "$E1" h1:3000
U h2:3000 s1a:3000
eq "$E" "$E2" "external endpoint of h2:3000"

finish
