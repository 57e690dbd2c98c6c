#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 1500
# An ordinary network is never refused: one host asks 200 DNS questions a second for ten
# minutes, with the defaults. In no group, since it takes as long.
. "${0%/*}/lib.sh"
. "${0%/*}/watch.sh"
. "${0%/*}/topology.sh"

T1
engine r
SECS=${FULLCONE_DNS_SECONDS:-600}

testcase "U-5a 200 DNS questions a second of one host, ten minutes, and none is refused"
dropping r
U h2:3000 s1a:3000 E2
ASK_TIMEOUT=$((SECS * 2 + 120)) tell steady h1 192.168.1.1 32768 60999 200 "$SECS" s1a:53
eq "${ANSWER% *}" "$((SECS * 200)) $((SECS * 200))" "questions and arrivals"
dropped r
stat r mappings
stock || le "$S" 16384 "mappings"
U h2:3000 s2a:3000
in_ s2b:9 "$E" h2:3000

finish
