#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: limits
# An ordinary network is never refused, however many names it asks for. Timers, ports and
# limits are a tenth of the defaults; soak_dns.sh has them at full length. The engine's
# own pace cannot be divided, so the rate is a little less than there.
. "${0%/*}/lib.sh"
. "${0%/*}/watch.sh"
. "${0%/*}/topology.sh"

T1
engine r
profile r unsafe_timeouts=1 udp=30 udp_hold=12 udp_short=53:3,123:3 ports=1024-7475 \
	host_max=1638 max_mappings=26214
tell sysctl "${NS[r]}" net/netfilter/nf_conntrack_udp_timeout 3
SECS=${FULLCONE_DNS_SECONDS:-30}
RATE=80

# 2823 ports in turn, a tenth of those that Linux has for it
questions() {
	ASK_TIMEOUT=$((SECS * 3 + 60)) tell steady h1 192.168.1.1 32768 35590 $RATE "$SECS" s1a:53
	read -r SENT ARRIVED _ <<<"$ANSWER"
	log "$ARRIVED of $SENT questions arrived"
}

testcase "U-5a 80 DNS questions a second of one host, and none is refused"
dropping r
questions
eq "$ARRIVED" $((SECS * RATE)) "questions that arrived"
dropped r
stat r mappings
stock || le "$S" 1613 "mappings"
U h2:3000 s1a:3000 E2
in_ s2b:9 "$E2" h2:3000

testcase "U-5a without the short timer that host would be refused"
if ! stock; then
	ns r fullcone flush all
	profile r udp_short=none
	dropping r
	questions
	dropped r host_limit=$((SENT - ARRIVED))
	ge $((SENT - ARRIVED)) 1 "questions refused"
fi

finish
