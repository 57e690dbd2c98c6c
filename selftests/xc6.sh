#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: change
# Changes of the ruleset under traffic: X-C6.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
engine r
FILE=$(mktemp) SENT=$(mktemp)
at_exit "rm -f $FILE $SENT"
{ echo "flush ruleset"; ns r nft -s list ruleset; } >"$FILE"

# Not its own port: another mapping would have another one.
U h2:3000 s1a:3000
U h1:3000 s1a:3000 E1
ne "$E1" 203.0.113.1:3000 "external endpoint of h1"
stock || ns r fullcone flush int 192.168.1.2
in_ s2b:5000 "$E1" h1:3000

testcase "X-C6 the same ruleset again, with flush and under traffic, changes nothing"
{
	echo "host h2 192.168.1.2 ${NS[h2]}"
	echo "host s2a 203.0.113.21 ${NS[s2]}"
	echo "steady h2 192.168.1.2 4000 4007 50 8 s2a:7000"
} | "$PROBE" agent 3>&- 8>&- 9<&- >"$SENT" &
SENDER=$!
at_exit "kill $SENDER"
sent_some() { column r internal int 192.168.1.2; [ ${#ROWS[@]} = 8 ]; }
busywait 8000 sent_some || fail "the other sender does not send"
counting r mappings_created mappings_flushed mappings_expired
for i in 1 2 3 4 5 6 7 8 9 10; do
	must ns r nft -f "$FILE"
	U h1:3000 s1a:$((3000 + i))
	eq "$E" "$E1" "external endpoint of a new session"
	in_ s2b:5000 "$E1" h1:3000
	in_ s2a:$((5000 + i)) "$E1" h1:3000
done
wait "$SENDER"
has "$(tail -1 "$SENT")" "ok 400 400" "what arrived of the other sender"
counted r mappings_created 0
counted r mappings_flushed 0
counted r mappings_expired 0
n_maps r 8 int 192.168.1.2

testcase "X-C6 a transaction that the kernel aborts changes nothing"
RULES=$(ns r nft -s list ruleset)
must_not ns r nft -f - <<'NFT'
flush ruleset
add table ip fullcone
add chain ip fullcone postrouting_label
add rule ip fullcone nowhere accept
NFT
eq "$(ns r nft -s list ruleset)" "$RULES" "the ruleset"
in_ s2b:5000 "$E1" h1:3000
U h1:3000 s2a:3100
eq "$E" "$E1" "external endpoint"
in_ s2b:5100 "$E1" h1:3000

testcase "X-C6 deleting the rule leaves the mappings"
must ns r fullcone rule del oif wan
n_maps r 1 int 192.168.1.1
in_ s1a:3000 "$E1" h1:3000
in_ s2b:5101 "$E1" h1:3000
got h1:3009 s1a:3000 s1a:3000
eq "$E" 192.168.1.1:3009 "source shown without a rule"
ns r conntrack -D -p udp --orig-port-src 3009
engine r
U h1:3000 s2a:3101
eq "$E" "$E1" "external endpoint with the rule again"

testcase "X-C6 rule del --flush ends them"
sessions r -p udp --orig-src 192.168.1.1
ge "$C" 1 "sessions of h1"
must ns r fullcone rule del oif wan --flush
n_maps r 0
sessions r -p udp --orig-src 192.168.1.1
eq "$C" 0 "sessions of h1"
in_none s2b:5102 "$E1"
in_none s2b:5101 "$E1"

finish
