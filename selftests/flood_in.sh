#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: limits
# A flood from outside through one mapping: X-S2, X-S3.
. "${0%/*}/lib.sh"
. "${0%/*}/watch.sh"
. "${0%/*}/topology.sh"

T1
engine r
# no session ends by itself meanwhile
tell sysctl "${NS[r]}" net/netfilter/nf_conntrack_udp_timeout 300
profile r in_max=50
N=${FULLCONE_FLOOD:-20000}
[ -z "$SLOW" ] || N=4000

# strangers ADDR COUNT: so many of them write to h1's mapping; how many arrive into $ARRIVED
strangers() {
	tell spray s2a "$1:5000" "$2" "$E1" h1:3000
	read -r _ ARRIVED _ <<<"$ANSWER"
}

# A kernel that watches its memory keeps what was freed for a while, until a cache is shrunk.
slab() { # into $KB
	local f

	for f in /sys/kernel/slab/*/shrink; do
		echo 1 > "$f"
	done
	KB=$(awk '/^Slab:/ { print $2 }' /proc/meminfo)
	log "slab: $KB kB"
}

testcase "T1 a plain session passes both ways"
U h1:3000 s1a:3000 E1
in_ s1a:3000 "$E1" h1:3000
U h2:3000 s1a:3000 E2
sessions r -p udp
BEFORE=$C

testcase "X-S3 in_max sessions, and no more; the rest is dropped and counted"
dropping r
strangers 10.0.0.1 1000
stock || eq "$ARRIVED" 49 "strangers that arrived, beside the session of h1"
dropped r in_max=951
maps r '.mappings[] | select(.int_addr == "192.168.1.1") | .sessions'
stock || eq "$M" 50 sessions
n_maps r 2

testcase "X-S3 the engine's memory is flat during a flood"
slab
OLD=$KB
dropping r
strangers 10.1.0.1 $N
stock || eq "$ARRIVED" 0 "strangers that arrived"
dropped r in_max=$N
slab
le $((KB - OLD)) 1500 "kB of slab for $N strangers"
n_maps r 2
stat r mappings
stock || eq "$S" 2 mappings
sessions r -p udp
stock || le "$C" $((BEFORE + 49)) "conntrack entries"

testcase "X-S3 replied sessions and the host's own traffic are not concerned"
dropping r
in_ s1a:3000 "$E1" h1:3000
U h1:3000 s2a:3000
eq "$E" "$E1" "external endpoint of h1"
in_ s2a:3000 "$E1" h1:3000
in_ s2b:9 "$E2" h2:3000
dropped r
in_none s2b:9 "$E1"
dropped r in_max=1

testcase "X-S3 everything returns to its start value"
must ns r conntrack -D -p udp --orig-dst 203.0.113.1 >/dev/null
sessions r -p udp
le "$C" $((BEFORE + 1)) "conntrack entries"
maps r '.mappings[] | select(.int_addr == "192.168.1.1") | .sessions'
stock || eq "$M" 2 sessions
in_ s2b:10 "$E1" h1:3000

testcase "X-S3 in_max=0: no limit"
profile r in_max=0
dropping r
strangers 10.3.0.1 500
eq "$ARRIVED" 500 "strangers that arrived"
dropped r

testcase "X-S2 a stream from 1000 strangers does not keep the mapping open"
stock || ns r fullcone flush all
scaled r
U h1:3000 s1a:3000 E1
tell mark
strangers 10.4.0.1 500
eq "$ARRIVED" 500 "strangers that arrived"
at $((T / 2))
strangers 10.4.0.1 1000
eq "$ARRIVED" 1000 "strangers that arrived"
at $((T + 1300))
dropping r
strangers 10.5.0.1 1000
stock || eq "$ARRIVED" 0 "new strangers that arrived after the timer"
dropped r not_open=1000
# K-6: those that came before end with their next packet, and the mapping with them
dropping r
strangers 10.4.0.1 1000
stock || eq "$ARRIVED" 0 "earlier strangers that arrived after the timer"
dropped r unreplied_killed=1000
must ns r conntrack -D -p udp --orig-src 192.168.1.1
state r h1:3000
stock || eq "$M" held "state of the mapping"

finish
