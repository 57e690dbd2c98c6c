#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: limits
# The table is full: max_mappings, of a namespace and of a profile (X-E4), under a LAN
# that spoofs its sources (X-S6).
. "${0%/*}/lib.sh"
. "${0%/*}/watch.sh"
. "${0%/*}/topology.sh"

T1
engine r
profile r max_mappings=100
tell sysctl "${NS[r]}" net/ipv4/icmp_ratelimit 0
watch r

testcase "X-E4 the 101st mapping is refused, and the host is told"
U h2:3000 s1a:3000 E2
dropping r
tell flood h1 192.168.1.1 5000 5148 s1a:7000
read -r _ ARRIVED _ <<<"$ANSWER"
stock || eq "$ARRIVED" 99 "datagrams that arrived"
dropped r table_full=50
stat r mappings
stock || eq "$S" 100 "mappings"
stat r mappings_max
stock || eq "$S" 100 "mappings_max"
tell refusal h3:3000 s1a:3000 13 3000
eq "$ANSWER" 192.168.1.254 "who has sent the ICMP error"
dropped r table_full=51

testcase "X-E4 event 13 says which limit, and 18 came before it, once"
events_are '[.[] | select(.event == 13)] | .[0] | [.reason, .int_addr, .profile]' \
	'["max-mappings","192.168.1.1","default"]'
events_are '[.[] | select(.event == 18)] | length' 1
events '[.[] | select(.event == 13 or .event == 18) | .event] | .[0]'
stock || eq "$V" 18 "the first of both"
stock || busywait 3000 logged "the mapping table is full (max_mappings)" || fail "not in the kernel log"

testcase "X-E4 what there is goes on"
dropping r
in_ s2b:9 "$E2" h2:3000
U h2:3000 s2a:3001
eq "$E" "$E2" "external endpoint of h2"
dropped r

testcase "C-2 X-E4 who asks for a mapping is told that it is not his own limit"
if ! stock; then
	WAN=$(ns r ip -j link show dev wan | jq '.[0].ifindex')
	eq "$(ns r python3 "$here/asked.py" 192.168.1.1 9000 "$WAN")" ENOSPC "the error"
fi

testcase "X-E4 and when one has ended another one may begin"
stock || ns r fullcone flush int 192.168.1.1:5000
dropping r
U h3:3000 s1a:3000
in_ s2b:9 "$E" h3:3000
in_none h3:3001 s1a:3000
dropped r table_full=1

testcase "X-E4 event 18 comes again once a fifth of the table has been free"
refilled() {
	ns r fullcone flush int 192.168.1.1
	# a turn of the garbage collector
	tell mark
	at 1000
	tell flood h1 192.168.1.1 5000 5096 s1a:7000
	events '[.[] | select(.event == 18)] | length'
	[ "$V" = 2 ]
}
stock || busywait 10000 refilled || fail "events: $V"

testcase "X-E4 a profile's own limit, beside that of all"
stock || ns r fullcone flush int 192.168.1.1
must ns r fullcone profile set few max_mappings=5
must ns r fullcone rule add oif wan saddr 192.168.1.1 profile few
dropping r
tell flood h1 192.168.1.1 6000 6009 s1a:7000
read -r _ ARRIVED _ <<<"$ANSWER"
stock || eq "$ARRIVED" 5 "datagrams of the profile that arrived"
dropped r table_full=5
U h2:3001 s1a:3000
dropped r table_full=5
if ! stock; then
	JSON=$(ns r fullcone stats -j)
	eq "$(jq -c '[.profiles[] | [.profile, .mappings, .table_full]] | sort' <<<"$JSON")" \
		'[["default",3,52],["few",5,5]]' "the counters of each"
fi

testcase "X-S6 spoofed sources fill the table and nothing else"
stock || ns r fullcone flush all
profile r max_mappings=2000
U h2:3000 s1a:3000 E2
MANY=${FULLCONE_SPOOF:-10000}
dropping r
for ((i = 0; i < MANY; i += 10000)); do
	tell spray h3 10.$((i / 10000)).0.1:4000 10000 s1a:7000
done
dropped r table_full=$((i - 1999))
stat r mappings
stock || eq "$S" 2000 "mappings"
stat r hosts
stock || eq "$S" 2000 "hosts"
in_ s2b:9 "$E2" h2:3000
U h2:3000 s2a:3001
eq "$E" "$E2" "external endpoint of h2"
rationed 13 3
stock || ns r fullcone flush int 10.0.0.0/8
U h3:3000 s1a:3000
in_ s2b:9 "$E" h3:3000
stat r hosts
stock || eq "$S" 2 "hosts afterwards"

testcase "X-S6 G-13 of a large pool, hosts share what addresses the memory has room for"
unwatch	# more at once than anybody reads
stock || ns r fullcone flush all
profile r max_mappings=262144 source=10.64.0.0-10.64.255.255
# of 2 GiB, ten thousand addresses: each has the bits of its ports
MANY=16000
[ -z "$SLOW" ] || MANY=2000
quiet s1
dropping r
tell spray h3 10.1.0.1:4000 $MANY s1a:7000
read -r _ ARRIVED _ <<<"$ANSWER"
eq "$ARRIVED" $MANY "datagrams that arrived"
dropped r
stat r mappings
stock || eq "$S" $MANY "mappings"

finish
