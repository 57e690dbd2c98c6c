#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: limits
# Strangers cannot fill the conntrack table through a mapping: X-S8.
. "${0%/*}/lib.sh"
. "${0%/*}/watch.sh"
. "${0%/*}/topology.sh"

T1
engine r
tell sysctl "${NS[r]}" net/netfilter/nf_conntrack_udp_timeout 300
profile r in_max=0
MAX=4000
OLD=$(cat /proc/sys/net/netfilter/nf_conntrack_max)
at_exit "echo $OLD >/proc/sys/net/netfilter/nf_conntrack_max"
SMALL=
! { echo $MAX >/proc/sys/net/netfilter/nf_conntrack_max; } 2>/dev/null || SMALL=1

testcase "X-S8 new sessions from outside end at three quarters of the table"
[ -n "$SMALL" ] || skip "nf_conntrack_max cannot be set here"
if [ -n "$SMALL" ]; then
	U h1:3000 s1a:3000 E1
	U h2:3000 s1a:3000 E2
	dropping r
	tell spray s2a 10.0.0.1:5000 "${FULLCONE_FLOOD:-10000}" "$E1" h1:3000
	read -r SENT ARRIVED _ <<<"$ANSWER"
	dropped r in_pressure=$((SENT - ARRIVED))
	sessions r
	le "$C" $((MAX * 3 / 4 + 2)) "conntrack entries"
	ge "$ARRIVED" $((MAX * 3 / 4 - 10)) "strangers that arrived"
fi

testcase "X-S8 outbound flows of all hosts go on, up to the end of the table"
[ -n "$SMALL" ] || skip "nf_conntrack_max cannot be set here"
if [ -n "$SMALL" ]; then
	dropping r
	U h1:3000 s2a:3000
	eq "$E" "$E1" "external endpoint of h1"
	in_ s2a:3000 "$E1" h1:3000
	flood h2 192.168.1.2 5000 5499 s1a:7000
	in_ s1a:3000 "$E2" h2:3000
	in_from "$E1" h1:3000 "$E2" h2:3000
	dropped r
	in_none s2b:9 "$E2"
	dropped r in_pressure=1
fi

testcase "X-S8 and new ones from outside when there is room again"
[ -n "$SMALL" ] || skip "nf_conntrack_max cannot be set here"
if [ -n "$SMALL" ]; then
	ns r conntrack -F
	in_ s2b:9 "$E2" h2:3000
	in_ s2b:9 "$E1" h1:3000
fi

finish
