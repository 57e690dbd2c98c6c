#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: tcp
# TCP and ICMP through changes of conntrack and of the module, and a stream of UDP: X-C2, X-C5.
PROTO=tcp
. "${0%/*}/lib.sh"
. "${0%/*}/connections.sh"
. "${0%/*}/topology.sh"

T1
engine r

testcase "X-C1 deleting the sessions leaves the mapping"
U h1:3000 s1a:80 E1
must ns r conntrack -D -p tcp
U h1:3000 s2a:80
eq "$E" "$E1" "external endpoint"
in_ s2b:5000 "$E1" h1:3000

testcase "X-C2 established connections outlive a flush, whichever side goes on first"
conn a h1:3000 s1b:80 s1b:80
conn b s2b:5001 "$E1" h1:3000
U h2:3000 s1a:80 E2
conn c h1:3001 "$E2" h2:3000
for ((i = 1; i <= 6; i++)); do
	ns r conntrack -F
	for c in a b c; do
		if [ $((i % 2)) = 0 ]; then
			tell talk $c up 3000
			tell talk $c down 3000
		else
			tell talk $c down 3000
			tell talk $c up 3000
		fi
	done
done
U h1:3000 s1a:81
eq "$E" "$E1" "external endpoint"
in_ s2a:5000 "$E1" h1:3000

testcase "X-C2 a megabyte passes while the table is flushed again and again"
FLUSHES=$(mktemp)
at_exit "rm -f $FLUSHES"
{
	for _ in 1 2 3 4 5; do
		nsenter --net="/run/netns/${NS[r]}" conntrack -F
	done
} >"$FLUSHES" 2>&1 3>&- 8>&- 9<&- &
FLUSHER=$!
tell talk a both 1048576
tell talk b both 1048576
wait "$FLUSHER"
for c in a b c; do
	tell talk $c both 1000
done

# Half a megabyte evenly over the whole time, so that each flush meets a connection that is busy;
# in IPv6 the same for less long.
testcase "X-C2 streams are not interrupted by a flush every second"
SECONDS_OF_IT=$((FAMILY == 4 ? 10 : 4))
PORT=4000
udp U h2:$PORT s2b:7000 E4
counting r mappings_created
: >"$FLUSHES"
SENT=$(mktemp)
at_exit "rm -f $SENT"
{
	echo "host h2 ${NET_LAN}2 ${NS[h2]}"
	echo "host s2a ${NET_WAN}21 ${NS[s2]}"
	ep h2:$PORT
	echo "steady h2 ${EP%:*} $PORT $PORT 50 $SECONDS_OF_IT s2a:7000"
} | "$PROBE" agent 3>&- 8>&- 9<&- >"$SENT" &
SENDER=$!
at_exit "kill $SENDER"
{
	clock
	began=$now
	for ((i = 1; i <= SECONDS_OF_IT; i++)); do
		until [ $((now - began)) -ge $((i * 1000 - 500)) ]; do
			read -r -t 0.1 <> <(:) || :
			clock
		done
		nsenter --net="/run/netns/${NS[r]}" conntrack -F
	done
} >"$FLUSHES" 2>&1 3>&- 8>&- 9<&- &
FLUSHER=$!
at_exit "kill $FLUSHER"
tell talk a up 524288 spread=$((SECONDS_OF_IT * 1000))
ge "$ANSWER" $((SECONDS_OF_IT * 1000)) "milliseconds that the stream lasted"
ge "$(grep -c "has been emptied" "$FLUSHES")" $((SECONDS_OF_IT / 4)) "flushes meanwhile"
wait "$FLUSHER" "$SENDER"
N=$((SECONDS_OF_IT * 50))
has "$(tail -1 "$SENT")" "ok $N $N 1" "datagrams sent, arrived, and their sources"
for c in a b c; do
	tell talk $c both 1000
done
U h1:3000 s1a:82
eq "$E" "$E1" "external endpoint of h1:3000"
udp U h2:$PORT s1a:7001
eq "$E" "$E4" "external endpoint of h2:$PORT"
counted r mappings_created 0

at_exit load

testcase "X-C5 after a reload connections go on, and the endpoints are the same"
P h1:77 s1a I1
P h2:77 s1a I2
ne "$I1" "$I2" "two hosts share an identifier"
deaf h1 s1
seg h1:7000 s1a:7000 s1a S seq=1000
E4=$E
seg s1a:7000 "$E4" h1 SA seq=2000 ack=1001
seg h1:7000 s1a:7000 s1a A seq=1001 ack=2001
seg h1:7000 s1a:7000 s1a RA seq=1001 ack=2001
counting r mappings_created
reload r
maps r '.mappings[0].expires_ms' tcp int "${ADDR[h1]}:3000"
stock || ge "$M" 7000000 "time left of a mapping with an established connection"
for c in a b c; do
	tell talk $c both 1000
done
U h1:3000 s2a:81
eq "$E" "$E1" "external endpoint of h1:3000"
U h2:3000 s2a:81
eq "$E" "$E2" "external endpoint of h2:3000"
in_ s2a:5001 "$E1" h1:3000
in_ s2a:5001 "$E2" h2:3000
P h2:77 s2a
eq "$E" "$I2" "identifier of h2's pings"
P h1:77 s2a
eq "$E" "$I1" "identifier of h1's pings"
flags r h1:3000
stock || has "$M" adopted "flags"

testcase "P-2.2 X-C5 after it, what was reset before may be opened anew by the other side"
# the first one may be lost
ask segment s1a:7000 "$E4" h1 S seq=9000 wait=500
seg s1a:7000 "$E4" h1 S seq=9000
ep s1a:7000
eq "$E" "$EP" "source shown"

testcase "X-C4 without the module they go on, too"
unload
for c in a b c; do
	tell talk $c both 1000
	tell hang $c client
done
U h3:5000 s1a:80
eq "${E%:*}" "${ADDR[rw]}" "source shown"
load

finish
