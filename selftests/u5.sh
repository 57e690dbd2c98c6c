#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: life
# How long a mapping lives, and what refreshes it: RFC 4787 REQ-5 and REQ-6, timers
# divided. long.sh has the full length.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
engine r
scaled r
# the sessions are gone long before the mappings
tell sysctl "${NS[r]}" net/netfilter/nf_conntrack_udp_timeout 2

testcase "U-5 the mapping outlives its sessions, for its own timer"
U h1:3000 s1a:3000 E1
U h1:3001 s1a:3000 E2
tell mark
at 3000
sessions r -p udp --orig-src 192.168.1.1
eq "$C" 0 "conntrack entries of h1"
at $((T * 5 / 6))
in_ s2b:5000 "$E1" h1:3000
in_ s1a:3000 "$E1" h1:3000

testcase "U-5 and no longer, whoever asks"
at $((T + 1300))
in_none s2b:5001 "$E2"
in_none s1a:3000 "$E2"
U h1:3001 s1a:3000 E2
in_ s2b:5001 "$E2" h1:3001

testcase "U-6 outbound packets of any session refresh the whole mapping"
U h1:3100 s1a:3000 E1
# in parallel: what U-6a asks of inbound packets, and X-S2 of a crowd of strangers
U h2:3200 s1a:3000 E2
U h3:3300 s1a:3000 E3
tell mark
tell flood s1a 198.18.0.1 1000 1999 "$E3" h3:3300
eq "${ANSWER%% *}" 1000 "datagrams sent by strangers"
has "$ANSWER" "1000 1000 1000" "datagrams of strangers: sent, arrived, sources"
STEP=$((T * 2 / 3))
at $((STEP / 2))
in_ s2b:6000 "$E2" h2:3200
at "$STEP"
U h1:3100 s2a:3000
eq "$E" "$E1" "external endpoint"
in_ s2b:6000 "$E2" h2:3200
at $((T + 1300))
ask none s2b:6000 "$E2"
U6A=$ANSWER
state r h2:3200
U6A_STATE=$M
ask none s2b:6001 "$E2"
U6A_NEW=$ANSWER
ask none s1b:6000 "$E3"
XS2=$ANSWER
for i in 2 3 4 5; do
	at $((STEP * i))
	U h1:3100 s2a:3000
	eq "$E" "$E1" "external endpoint"
done
at $((STEP * 5 + 200))
in_ s1b:7000 "$E1" h1:3100

testcase "U-6a inbound packets do not refresh it"
eq "$U6A" - "an unanswered session after the timer"
eq "$U6A_NEW" - "a new session after the timer"
stock || ne "$U6A_STATE" open "state of the mapping"
U h2:3200 s1b:3000
eq "$E" "$E2" "external endpoint of the same host afterwards"
in_ s2b:6001 "$E2" h2:3200

testcase "X-S2 a thousand strangers neither prolong it nor keep its port"
eq "$XS2" - "a new session after the timer"
# listing the conntrack entries also frees those that have expired
gone() {
	sessions r -p udp
	is_state r h3:3300 none
}
busywait 30000 gone || fail "the mapping of h3 is still $M"
U h2:3300 s1b:3000
eq "$E" "$E3" "the port is free for another host"
in_ s2b:6001 "$E" h2:3300

finish
