#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: conntrack
# Beside the conntrack tools, and through unloading the module: X-C1 to X-C4.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
engine r

testcase "X-C1 deleting sessions leaves the mapping"
U h1:3000 s1a:3000 E1
in_ s2a:3000 "$E1" h1:3000
counting r mappings_created
must ns r conntrack -D -p udp --orig-src 192.168.1.1
in_ s2b:3000 "$E1" h1:3000
U h1:3000 s2a:3001
eq "$E" "$E1" "external endpoint"
must ns r conntrack -D -p udp --orig-src 203.0.113.22
in_ s2b:3000 "$E1" h1:3000
n_maps r 1
counted r mappings_created 0

testcase "X-C2 flushing the conntrack table under traffic moves nothing"
U h2:3000 s1a:3000 E2
for ((i = 1; i <= 20; i++)); do
	must ns r conntrack -F
	if [ $((i % 2)) = 0 ]; then
		in_ s1a:3000 "$E1" h1:3000
		U h1:3000 s1a:3000
		eq "$E" "$E1" "external endpoint, outside first"
	else
		U h1:3000 s1a:3000
		eq "$E" "$E1" "external endpoint, inside first"
		in_ s1a:3000 "$E1" h1:3000
	fi
	got h1:3000 "$E2" h2:3000
	eq "$E" "$E1" "external endpoint in a hairpin"
done
n_maps r 2

# --- the module comes and goes ---------------------------------------------------

at_exit load

EVENTS=$(mktemp)
at_exit "rm -f $EVENTS"
listen() {
	nsenter --net="/run/netns/${NS[r]}" conntrack -E -p udp -o id >"$EVENTS" 2>/dev/null 3>&- 8>&- 9<&- &
	LISTENER=$!
	at_exit "kill $LISTENER"
	# it listens once it shows one of these
	busywait 5000 hears_next
}

TRY=100
hears_next() {
	TRY=$((TRY + 1))
	hears $TRY
}

hears() { # SOURCE-PORT: a new flow from that port is reported
	ask pass h3:"$1" s1a:2 s1a:2 || fail "$ANSWER"
	busywait "${2:-500}" grep -q "NEW.*sport=$1 " "$EVENTS"
}

reported() { # SOURCE-PORT: its beginning and its end
	hears "$1" 5000 || fail "no NEW event of port $1"
	must ns r conntrack -D -p udp --orig-port-src "$1"
	busywait 5000 grep -q "DESTROY.*sport=$1 " "$EVENTS" || fail "no DESTROY event of port $1"
}

testcase "X-C3 events are reported: before the module, with it, with a rule, without"
unload
stock || ns r fullcone rule del oif wan
masquerade r
listen || fail "conntrack -E shows nothing"
reported 4001
load
reported 4002
engine r
reported 4003
stock || ns r fullcone rule del oif wan
reported 4004
unload
reported 4005

testcase "X-C3 events are reported to one who began to listen after the rule"
kill "$LISTENER"
load
ns r nft flush ruleset
engine r
: >"$EVENTS"
listen || fail "conntrack -E shows nothing"
reported 4006
U h3:4007 s1a:3000 E3
in_ s2b:4007 "$E3" h3:4007
busywait 5000 grep -q "NEW.*sport=4007 dport=${E3##*:} " "$EVENTS" || fail "no event of an inbound flow"

testcase "X-C4 live flows outlive the module"
# flows of an earlier load are not known to this one
ns r conntrack -F
U h1:3000 s1a:3000 E1
in_ s1a:3000 "$E1" h1:3000
in_ s2b:3000 "$E1" h1:3000
U h2:3000 s1a:3000 E2
got h1:3000 "$E2" h2:3000
U h3:3000 s1a:3000 E3	# is answered only when the module is gone
unload
in_ s1a:3000 "$E3" h3:3000
for _ in 1 2 3; do
	U h1:3000 s1a:3000
	eq "$E" "$E1" "external endpoint"
	in_ s1a:3000 "$E1" h1:3000
	in_ s2b:3000 "$E1" h1:3000
	in_from "$E1" h1:3000 "$E2" h2:3000
	in_from "$E2" h2:3000 "$E1" h1:3000
done

testcase "X-C4 one that is answered only then becomes a stream, as any other"
assured() {
	U h3:3000 s1a:3000
	in_ s1a:3000 "$E3" h3:3000
	ns r conntrack -L -p udp --orig-src 192.168.1.3 --orig-port-src 3000 | grep -q ASSURED
}
busywait 10000 assured || fail "it may be ended at any time if conntrack's table is full"

testcase "X-C4 without the module the same ruleset masquerades"
U h3:5000 s1a:3000
eq "${E%:*}" 203.0.113.1 "source shown"
in_ s1a:3000 "$E" h3:5000
in_none s2b:3001 "$E"
load

testcase "X-C4 unloading in the middle of traffic, again and again"
kill "$LISTENER"
SENT=$(mktemp)
at_exit "rm -f $SENT"
[ -z "$SLOW" ] || ROUNDS=5
ROUNDS=${ROUNDS:-20}	# soak_unload.sh has more
stock && ROUNDS=0
for ((i = 1; i <= ROUNDS; i++)); do
	# Else the flows of the rounds before are adopted: those of 30 s, on a machine that does
	# a round in less than 2 s more than a host may have mappings.
	ns r conntrack -D -p udp -s 192.168.1.2 >/dev/null 2>&1 || :
	load
	ns r fullcone profile set default parity=1 || fail "the engine does not start"
	# a second agent sends meanwhile: new mappings, and answers to them
	{
		echo "host h2 192.168.1.2 ${NS[h2]}"
		echo "host s2a 203.0.113.21 ${NS[s2]}"
		echo "flood h2 192.168.1.2 $((10000 + i % 50 * 1000)) $((10999 + i % 50 * 1000)) s2a:$((7000 + i))"
	} | "$PROBE" agent 3>&- 8>&- 9<&- >"$SENT" &
	SENDER=$!
	U h1:3000 s1a:3000
	unload
	U h1:3000 s1a:3000
	in_ s1a:3000 "$E" h1:3000
	wait "$SENDER"
	has "$(tail -1 "$SENT")" "ok 1000 1000" "what arrived of the other sender, round $i"
done
load

finish
