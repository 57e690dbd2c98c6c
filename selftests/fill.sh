#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: tool
# timeout: 400
# A full table: made, listed, looked up, flushed. FULLCONE_FILL=60000 for a whole address.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
engine r
profile r host_max=0
FILL=${FULLCONE_FILL:-20000}
tell sysctl "${NS[r]}" net/netfilter/nf_conntrack_udp_timeout 300
# each mapping has a session here
[ "$(ns r cat /proc/sys/net/netfilter/nf_conntrack_max)" -gt "$FILL" ] ||
	run sysctl -w net.netfilter.nf_conntrack_max=$((FILL * 2)) || :

testcase "U-3 filling the table: every endpoint has an external endpoint of its own"
BEFORE=$SECONDS
# in parts, and from two hosts, so that half of them find their port taken
PART=$((FILL / 4))
for ((i = 0; i < 2; i++)); do
	flood h1 192.168.1.1 $((2000 + i * PART)) $((1999 + (i + 1) * PART)) s1a:7000
	eq "$DISTINCT" $PART "external endpoints of h1, part $i"
	flood h2 192.168.1.2 $((2000 + i * PART)) $((1999 + (i + 1) * PART)) s1a:7000
	eq "$DISTINCT" $PART "external endpoints of h2, part $i"
done
FILL=$((PART * 4))
log "$FILL mappings in $((SECONDS - BEFORE)) s"

testcase "M-4 listing a full table: complete, no row twice, valid JSON"
BEFORE=$SECONDS
JSON=$(mktemp)
at_exit "rm -f $JSON"
ns r fullcone list -j >"$JSON" || fail "fullcone list -j"
log "listed in $((SECONDS - BEFORE)) s"
COUNTS=$(jq -r '[(.mappings | length),
	([.mappings[] | .ext_addr + " " + (.ext_port | tostring)] | unique | length),
	([.mappings[] | .int_addr + " " + (.int_port | tostring)] | unique | length)] | tostring' \
	"$JSON") || fail "the JSON does not parse"
eq "$COUNTS" "[$FILL,$FILL,$FILL]" "rows, external endpoints, internal endpoints"
stat r mappings
eq "$S" $FILL "mappings in the counters"
n_maps r $((FILL / 2)) int 192.168.1.2
n_maps r 1 int 192.168.1.2:2000

testcase "M-4 an external endpoint is looked up, not searched for, also one that has no mapping"
if ! stock; then
	TIMES=$(ns r python3 "$here/looked_up.py" 203.0.113.1 192.168.1.1) || fail "looked_up.py"
	log "an internal one takes $TIMES times as long"
	ge "$TIMES" 4 "times as long as that the search for an internal one takes"
fi

testcase "M-4 a listing beside new mappings has every old row once"
{
	echo "host h3 192.168.1.3 ${NS[h3]}"
	echo "host s2a 203.0.113.21 ${NS[s2]}"
	echo "flood h3 192.168.1.3 50000 51999 s2a:7000"
} | "$PROBE" agent 3>&- 8>&- 9<&- >/dev/null &
SENDER=$!
ns r fullcone list -j int 192.168.1.0/30 >"$JSON" || fail "fullcone list -j"
wait "$SENDER"
COUNTS=$(jq -r '[.mappings[] | select(.int_addr != "192.168.1.3")] |
	[length, ([.[] | .ext_port] | unique | length)] | tostring' "$JSON")
eq "$COUNTS" "[$FILL,$FILL]" "old rows, and external ports among them"

testcase "G-13 a new endpoint of a full table finds a port, and is reached"
U h3:2000 s1a:3000 E3
in_ s2b:3000 "$E3" h3:2000

testcase "M-4 flushing a full table"
BEFORE=$SECONDS
OUT=$(ns r fullcone flush all -j) || fail "flush all"
log "flushed in $((SECONDS - BEFORE)) s: $OUT"
ge "$(jq .flushed <<<"$OUT")" $FILL "mappings flushed"
n_maps r 0
in_none s2b:3001 "$E3"
U h3:2000 s1a:3000
in_ s2b:3001 "$E" h3:2000

finish
