#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: limits
# A reader of events that stops reading harms nobody but itself: M-2.
. "${0%/*}/lib.sh"
. "${0%/*}/watch.sh"
. "${0%/*}/topology.sh"

T1
engine r
profile r host_max=0
N=${FULLCONE_EVENTS:-5000}

# heard TYPE N: so many events of that type, within a while
heard() {
	stock || busywait 20000 heard_now "$@" || fail "$H events $1, not $2"
}

heard_now() {
	H=$(grep -c "^{\"event\":$1," "$EVENTS")
	[ "$H" = "$2" ]
}

# begun HOST LO: N new mappings of it, all arrive; milliseconds into $MS
begun() {
	tell flood "$1" "${ADDR[$1]}" "$2" $(($2 + N - 1)) s1a:7000
	read -r _ ARRIVED _ MS _ <<<"$ANSWER"
	eq "$ARRIVED" $N "datagrams that arrived"
}

testcase "M-2 nothing is built and nothing lost while nobody listens"
dropping r
begun h1 20000
FREE=$MS
dropped r
log "$N mappings in $FREE ms"

testcase "M-2 a reader that keeps up gets all of them"
stock || ns r fullcone flush all
watch r
# in parts, that it can follow
for ((p = 20000; p < 20000 + N; p += N / 10)); do
	tell flood h1 192.168.1.1 $p $((p + N / 10 - 1)) s1a:7000
	heard 8 $((p + N / 10 - 20000))
done
stat r events_lost
eq "$S" 0 "events lost"

testcase "M-2 one that has stopped: all packets pass as quickly, all mappings are made"
stock || kill -STOP "$WATCHER"
begun h1 30000
FIRST=$MS
begun h2 30000
[ -n "$SLOW" ] || le "$MS" $((FREE * 3 + 1000)) "milliseconds for $N mappings ($FIRST before)"
stat r mappings
stock || eq "$S" $((3 * N)) mappings
dropping r
U h1:30000 s2a:7000
in_ s2b:9 "$E" h1:30000
dropped r
stat r events_lost
stock || ge "$S" 1 "events lost"

testcase "M-2 it learns of its loss when it reads on, and then hears everything again"
stock || kill -CONT "$WATCHER"
stock || busywait 20000 grep -q "events were lost" "$EVENTS.err" || fail "not told: $(cat "$EVENTS.err")"
# once it has read what is in its buffer
PORT=3000
hears_again() {
	PORT=$((PORT + 1))
	ask pass h3:$PORT s1a:7000 s1a:7000 || fail "$ANSWER"
	busywait 1500 grep -q "^{\"event\":8,.*\"int_port\":$PORT," "$EVENTS"
}
stock || busywait 30000 hears_again || fail "hears nothing of new mappings"
stock || le "$(grep -c '"event":8,' "$EVENTS")" $((3 * N - 1)) "mapping-create events that were read"
unwatch
stock || eq "$WATCHER_STATUS" 0 "exit status of monitor"

finish
