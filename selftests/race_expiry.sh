#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: races
# timeout: 1800
# Packets that arrive as their mapping expires: X-R4. FULLCONE_SOAK=1: ten thousand.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

MANY=1000	# endpoints at once
WANTED=500	# packets that left when they should have, for each of the two
[ -z "$SLOW" ] || MANY=300 WANTED=100
[ -z "${FULLCONE_SOAK:-}" ] || MANY=2000 WANTED=5000
TRIES=$((WANTED * 12 / MANY + 4))

T1
engine r
quiet s1 h1

# The mapping is open until its timer, a stamp's unit and a jiffy more have passed.
SECONDS_OPEN=5
[ -z "$SLOW${FULLCONE_SOAK:-}" ] || SECONDS_OPEN=10
T_US=$((SECONDS_OPEN * 1000000 + 250000))

# round PORT: every endpoint has a mapping and no session when its time is up
round() {
	local word

	tell expire open $MANY h1:"$1" s1a:7000 2000
	must ns r conntrack -F
	tell expire shoot $T_US 10000 s1a:7000 s2b:9000
	read -ra word <<<"$ANSWER"
	OLD=$((OLD + word[1]))
	NEW=$((NEW + word[3]))
	ONTIME=$((ONTIME + word[5]))
	maps r '[.mappings[] | "\(.int_addr) \(.int_port)"] | (length, (unique | length))'
	stock || eq "${M%$'\n'*}" "${M#*$'\n'}" "mappings and endpoints that have one"
}

# rounds: until enough packets came in time, whatever else the machine does
rounds() {
	local i

	OLD=0 NEW=0 ONTIME=0
	for ((i = 0; i < TRIES && ONTIME < WANTED; i++)); do
		round $((10000 + i % 4 * MANY))
	done
	log "of $((OLD + NEW)) packets, $ONTIME in time: $OLD on the old endpoint, $NEW on a new one"
	ge $ONTIME $WANTED "packets within 10 ms of the moment"
}

testcase "X-R4 at the end of its time, with a hold: the same endpoint again, none is lost"
profile r unsafe_timeouts=1 udp=$SECONDS_OPEN udp_hold=60 alloc=random
rounds
eq $NEW 0 "packets that left from a new endpoint"

testcase "X-R4 the same without a hold: the same endpoint, or from free a new one, never two"
stock || must ns r fullcone flush all
profile r udp_hold=0
rounds
ge $NEW 1 "packets that found their mapping freed"
ge $OLD $((ONTIME / 2)) "packets that found it"

finish
