#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: tool
# What list, get, add, del, flush, monitor and stats do with a user's words: M-1, M-3, M-4.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T3
engine r wan wan1
profile r udp=200
U h1:3000 s1a:3000 E1
U h1:3001 s1a:3000 E2
U h2:3000 s1a:3000 E3
U h2:3000 s2c:3000 E4
in_ s2b:3000 "$E1" h1:3000

only() { # EXPECTED-COUNT FILTER...
	n_maps r "$@"
}

testcase "M-4 a row says everything the table knows"
maps r '.mappings[0] | [.family, .proto, .int_addr, .int_port, .ext_addr, .ext_port,
	.remote_addr, .remote_port, .realm, .profile, .state, .sessions, .zone, .flags] |
	tostring' int 192.168.1.1:3000
eq "$M" '["ip","udp","192.168.1.1",3000,"203.0.113.1",3000,null,null,"masquerade","default","open",2,0,[]]' \
	"the row of h1:3000"
maps r '.mappings[0].expires_ms' int 192.168.1.1:3000
ge "$M" 150000 "expires_ms"
le "$M" 200000 "expires_ms"
maps r '.mappings[0].age_ms' int 192.168.1.1:3000
ge "$M" 0 "age_ms"
le "$M" 60000 "age_ms"
maps r '.mappings[0].ifindex' int 192.168.1.1:3000
eq "$M" "$(ns r ip -j link show wan | jq '.[0].ifindex')" "ifindex"
maps r '[.mappings[] | keys_unsorted | length] | unique | tostring'
eq "$M" '[20]' "the number of names in each row"

testcase "M-4 filters"
only 4
only 4 udp
only 0 tcp
only 2 int 192.168.1.1
only 2 int 192.168.1.2/32
only 4 int 192.168.1.0/24
only 0 int 192.168.2.0/24
only 1 int 192.168.1.1:3001
only 3 ext 203.0.113.1
only 1 ext 198.51.100.1
only 1 ext "$E2"
only 0 ext 203.0.113.1:9
only 4 state open
only 0 state held
only 4 zone 0
only 0 zone 1
only 4 profile default
only 3 oif wan
only 1 oif wan1
only 1 int 192.168.1.2 oif wan1
only 4 -4
only 0 -6
only 0 static
only 0 adopted
only 0 explicit udp

testcase "M-4 bad filters are refused with what would be accepted"
for words in "int 192.168.1.300" "ext 203.0.113.1:70000" "state asleep" "zone x" "nonsense" "int" "all"; do
	# shellcheck disable=SC2086
	OUT=$(ns r fullcone list $words 2>&1) && fail "accepted: list $words"
	ge "${#OUT}" 20 "length of the message for: list $words"
	log "$OUT"
done

testcase "M-4 text for people: a heading, a line a mapping, chosen columns"
OUT=$(ns r fullcone list)
eq "$(wc -l <<<"$OUT")" 5 "lines of fullcone list"
eq "$(ns r fullcone -o internal,external)" "$(ns r fullcone list -o internal,external)" "fullcone alone"
OUT=$(ns r fullcone list --noheadings -o int_addr,ext_port ext "$E3")
eq "$(xargs <<<"$OUT")" "192.168.1.2 ${E3##*:}" "two columns"

testcase "M-4 get, by either side"
for words in "int 192.168.1.1:3000" "ext $E1"; do
	# shellcheck disable=SC2086
	OUT=$(ns r fullcone get udp $words -j) || fail "get udp $words"
	eq "$(jq -r '.mappings[0] | "\(.int_addr):\(.int_port) \(.ext_addr):\(.ext_port)"' <<<"$OUT")" \
		"192.168.1.1:3000 $E1" "get udp $words"
done
OUT=$(ns r fullcone get udp int 192.168.1.2:3000 oif wan1 -j)
eq "$(jq -r '.mappings[0].ext_addr' <<<"$OUT")" 198.51.100.1 "get with an interface"
OUT=$(ns r fullcone get udp ext 203.0.113.1:9 2>&1) && fail "there is no such mapping"
has "$OUT" "203.0.113.1:9" "the message"
must_not ns r fullcone get tcp int 192.168.1.1:3000
# what has failed must not read as an answer
eq "$(ns r fullcone get tcp int 192.168.1.1:3000 -j 2>/dev/null)" "" "JSON of what is not there"

testcase "M-3 counters"
# h2 is two hosts: it has an address on each uplink
for kv in active=1 mappings=4 addresses=2 hosts=3 hosts_created=3 mappings_created=4 flows_out=4 flows_in=1 \
	lookups_in=1 nomem=0 no_port=0 no_address=0 table_full=0 clash_drop=0 host_limit=0 host_rate=0 in_max=0 \
	in_pressure=0 adopted=0 events_lost=0 filtered=0 filter_evicted=0 syn_silenced=0 left_out=0; do
	stat r "${kv%%=*}"
	eq "$S" "${kv#*=}" "counter ${kv%%=*}"
done
eq "$(ns r fullcone stats -j | jq -r '[.protocols[] | "\(.protocol) \(.mappings) \(.mappings_created)"] | join(", ")')" \
	"udp 4 4, tcp 0 0, icmp 0 0" "by protocol"
OUT=$(ns r fullcone stats)
has "$OUT" mappings_created "stats as text"
has "$OUT" "protocol tcp" "stats as text"
OUT=$(ns r fullcone stats --prometheus)
has "$OUT" "fullcone_mappings_created_total 4" "stats for a collector"
has "$OUT" 'fullcone_protocol_mappings_created_total{protocol="udp"} 4' "stats for a collector"
has "$OUT" "# TYPE fullcone_mappings_created_total counter" "stats for a collector"
has "$OUT" "# TYPE fullcone_mappings gauge" "stats for a collector"

testcase "M-4 flush by filter ends the mappings and their sessions, at once"
OUT=$(ns r fullcone flush int 192.168.1.1 -j) || fail "flush"
eq "$(jq .flushed <<<"$OUT")" 2 "mappings flushed"
only 0 int 192.168.1.1
only 2
in_none s2b:3001 "$E1"
sessions r -p udp --orig-src 192.168.1.1
eq "$C" 0 "sessions of h1"
in_ s2b:3001 "$E3" h2:3000
U h3:3000 s1a:3000
eq "$E" "$E1" "the port, for another host"
stat r mappings_flushed
eq "$S" 2 "counter mappings_flushed"

testcase "M-4 flush wants to know which"
must_not ns r fullcone flush
must_not ns r fullcone flush static
must_not ns r fullcone flush all udp
only 3
must ns r fullcone flush all
only 0
in_none s2b:3002 "$E3"
U h2:3000 s1a:3000
in_ s2b:3002 "$E" h2:3000
must ns r fullcone flush all

# shown EXPRESSION VALUE: of the mapping in $OUT
shown() { eq "$(jq -r ".mappings[0] | $1 | tostring" <<<"$OUT")" "$2" "$1"; }

testcase "X-D4 add makes a static mapping and shows it"
OUT=$(ns r fullcone add udp int 192.168.1.3:4000 ext 203.0.113.1:4444 -j) || fail "add"
shown .ext_addr 203.0.113.1
shown .ext_port 4444
shown .int_port 4000
shown .expires_ms null
shown .state open
shown .profile default
shown '.flags' '["static"]'
OUT=$(ns r fullcone add udp int 192.168.1.3:4001 oif wan) || fail "add"
eq "$(wc -l <<<"$OUT")" 2 "lines of add"
has "$OUT" 203.0.113.1:4001 "what add shows"
OUT=$(ns r fullcone add udp int 192.168.1.3:4002 ext :5002 oif wan1 -j) || fail "add"
shown '"\(.ext_addr):\(.ext_port)"' 198.51.100.1:5002
OUT=$(ns r fullcone get udp ext 203.0.113.1:4444 -j) || fail "get"
shown .int_port 4000
in_ s2b:3002 203.0.113.1:4444 h3:4000

testcase "C-2 with a lifetime it is explicit, and asking again begins it anew"
OUT=$(ns r fullcone add udp int 192.168.1.2:4100 oif wan lifetime 1000 -j) || fail "add"
shown .flags '["explicit"]'
ge "$(jq '.mappings[0].expires_ms' <<<"$OUT")" 900000 expires_ms
le "$(jq '.mappings[0].expires_ms' <<<"$OUT")" 1000000 expires_ms
OUT=$(ns r fullcone add udp int 192.168.1.2:4100 oif wan lifetime 5000 -j) || fail "add"
ge "$(jq '.mappings[0].expires_ms' <<<"$OUT")" 4000000 expires_ms
# the other way round: what was for ever ends
OUT=$(ns r fullcone add udp int 192.168.1.2:4100 oif wan -j) || fail "add"
shown '[.flags, .expires_ms]' '[["static"],null]'
OUT=$(ns r fullcone add udp int 192.168.1.2:4100 oif wan lifetime 5000 -j) || fail "add"
shown .flags '["explicit"]'
# a started second counts
for t in 50:50s 90:1m30s 7500:2h05m 86400:1d00h 5000:1h23m; do
	OUT=$(ns r fullcone add udp int 192.168.1.2:4100 oif wan lifetime ${t%:*} -o expires --noheadings)
	eq "$(xargs <<<"$OUT")" "${t#*:}" "time that is left of ${t%:*} seconds"
done

testcase "X-D4 a port that is said is meant, but with prefer it is a wish"
says taken add udp int 192.168.1.2:4101 ext 203.0.113.1:4444
only 0 int 192.168.1.2:4101
says "another external endpoint" add udp int 192.168.1.3:4000 ext 203.0.113.1:4445
OUT=$(ns r fullcone add udp int 192.168.1.2:4101 ext 203.0.113.1:4444 prefer -j) || fail "add"
ne "$(jq '.mappings[0].ext_port' <<<"$OUT")" 4444 "external port"
shown .ext_addr 203.0.113.1

testcase "X-D4 add wants to know whose address"
says "oif DEV" add udp int 192.168.1.2:4102
must ns r fullcone rule del oif wan1
OUT=$(ns r fullcone add udp int 192.168.1.2:4102 -j) || fail "add with one rule"
shown .ext_addr 203.0.113.1
must ns r fullcone rule add oif wan1
says "not an address" add udp int 192.168.1.2:4103 ext 203.0.113.77:5000
says "no such interface" add udp int 192.168.1.2:4103 oif nowhere
says "no such profile" add udp int 192.168.1.2:4103 oif wan profile nobody
only 0 int 192.168.1.2:4103

testcase "X-D4 words that add and del do not take"
says "ADDRESS:PORT" add udp int 192.168.1.2
says "int" add udp ext 203.0.113.1:4444
says "1 to 86400" add udp int 192.168.1.2:4103 oif wan lifetime 0
says "twice" add udp int 192.168.1.2:4103 oif wan oif wan
says "prefer" add udp int 192.168.1.2:4103 oif wan prefer
says "ADDRESS:PORT" del udp int 192.168.1.2
says "no such mapping" del udp int 192.168.1.2:4103
only 0 int 192.168.1.2:4103

testcase "M-4 filters by flag"
U h1:3000 s1a:3000
only 7
only 5 static
only 1 explicit
only 2 static int 192.168.1.3 oif wan
only 0 static explicit

testcase "X-D4 del takes back what add did, by either side, and nothing else"
must ns r fullcone del udp int 192.168.1.3:4001
must ns r fullcone del udp ext 198.51.100.1:5002
only 0 int 192.168.1.3:4001
only 0 ext 198.51.100.1:5002
in_none s2c:3002 198.51.100.1:5002
says "neither static nor explicit" del udp int 192.168.1.1:3000
only 1 int 192.168.1.1:3000

testcase "X-D4 del of an endpoint that has one on each of two uplinks wants to know which"
for dev in wan wan1; do
	must ns r fullcone add udp int 192.168.1.3:4010 ext :4010 oif $dev
done
says "several" del udp int 192.168.1.3:4010
n_maps r 2 int 192.168.1.3:4010 static
must ns r fullcone del udp int 192.168.1.3:4010 oif wan1
n_maps r 1 int 192.168.1.3:4010 static oif wan
must ns r fullcone del udp int 192.168.1.3:4010
n_maps r 0 int 192.168.1.3:4010

testcase "X-D4 flush leaves static and explicit mappings, unless they are said"
must ns r fullcone flush all
only 0 int 192.168.1.1
only 4
must ns r fullcone flush static int 192.168.1.2:4100
only 3
OUT=$(ns r fullcone flush all static -j) || fail "flush all static"
eq "$(jq .flushed <<<"$OUT")" 3 "mappings flushed"
only 0

# listen FILTER...: a monitor that listens, its lines in $SAID
SAID=$(mktemp -d)
at_exit "rm -rf $SAID"
listen() {
	"$PROBE" in "${NS[r]}" fullcone monitor -v "$@" >"$SAID/out" 2>"$SAID/err" 3>&- 8>&- 9<&- &
	MONITOR=$!
	busywait 10000 grep -q listening "$SAID/err" || fail "monitor does not listen: $(cat "$SAID/err")"
}

# shellcheck disable=SC2317 # busywait calls it
lines() { [ "$(wc -l <"$SAID/out")" -ge "$1" ]; }

# heard N: it has said N lines, and ends as it should
heard() {
	local status=0

	busywait 10000 lines "$1" || :
	kill "$MONITOR"
	wait "$MONITOR" || status=$?
	log "$(cat "$SAID/out" "$SAID/err")"
	eq "$status" 0 "exit status of monitor"
	eq "$(wc -l <"$SAID/out")" "$1" "lines of monitor"
}

testcase "M-1 monitor prints a line an event"
listen
U h1:3000 s1a:3000
must ns r fullcone flush all
heard 4
OUT=$(cut -d' ' -f2- "$SAID/out")
has "$OUT" "mapping-create udp 192.168.1.1:3000 -> 203.0.113.1:3000 oif wan realm masquerade profile default" \
	"monitor"
has "$OUT" "mapping-delete udp 192.168.1.1:3000 -> 203.0.113.1:3000" "monitor"
has "$OUT" "reason flushed" "monitor"
has "$OUT" "address-bind 192.168.1.1 -> 203.0.113.1" "monitor"
has "$OUT" "address-unbind 192.168.1.1 -> 203.0.113.1" "monitor"
has_not "$OUT" 203.0.113.11 "monitor: destinations are not named"
[[ $(head -1 "$SAID/out") =~ ^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{3}\  ]] ||
	fail "no time: $(head -1 "$SAID/out")"

testcase "M-1 monitor names the interface of each mapping"
listen udp int 192.168.1.1
U h1:3000 s1a:3000
U h1:3000 s2c:3000
U h1:3001 s1a:3000
must ns r fullcone flush all
heard 6
eq "$(sed -n 's/.* mapping-create .* oif \([a-z0-9]*\) .*/\1/p' "$SAID/out" | xargs)" "wan wan1 wan" \
	"interfaces"

testcase "M-1 monitor as JSON, filtered"
listen -j udp int 192.168.1.2
U h1:3000 s1a:3000
U h2:3000 s1a:3000
must ns r fullcone flush all
heard 2
eq "$(jq -r '"\(.event) \(.name) \(.reason) \(.proto) \(.int_addr):\(.int_port) \(.ext_addr) \(.realm) \(.profile)"' "$SAID/out")" \
	"8 mapping-create null udp 192.168.1.2:3000 203.0.113.1 masquerade default
9 mapping-delete flushed udp 192.168.1.2:3000 203.0.113.1 masquerade default" "events"
eq "$(jq -s -r '[.[] | keys_unsorted | length] | unique | tostring' "$SAID/out")" '[16]' \
	"the number of names in each line"
NOW=$(date +%s)
ge "$(jq -s '.[0].time_ms' "$SAID/out")" $((NOW * 1000 - 120000)) time_ms
le "$(jq -s '.[0].time_ms' "$SAID/out")" $((NOW * 1000 + 2000)) time_ms

testcase "M-2 a monitor that is too slow says that events were lost, and goes on"
listen
kill -STOP "$MONITOR"
tell flood h1 192.168.1.1 20000 23999 s1a:3000
must ns r fullcone flush all
kill -CONT "$MONITOR"
busywait 20000 grep -q "events were lost" "$SAID/err" || fail "it says nothing"
# only when it has read what was waiting is there room for more
PORT=3000
# shellcheck disable=SC2317 # busywait calls it
goes_on() {
	PORT=$((PORT + 1))
	ask pass "h2:$PORT" s1a:3000 s1a:3000
	grep -q "mapping-create udp 192.168.1.2:" "$SAID/out"
}
busywait 30000 goes_on || fail "it does not go on"
kill "$MONITOR"
wait "$MONITOR" || fail "exit status of monitor"
stat r events_lost
ge "$S" 1 "counter events_lost"

testcase "M-1 monitor takes no filter by state or flag"
says "no filter" monitor state open
says "no filter" monitor static

testcase "M-1 monitor ends with the module, even if that was among the events that it lost"
listen
kill -STOP "$MONITOR"
tell flood h1 192.168.1.1 20000 23999 s1a:3000
unload
kill -CONT "$MONITOR"
ended() { ! kill -0 "$MONITOR" 2>/dev/null; }
busywait 20000 ended || { fail "monitor waits for events that cannot come"; kill "$MONITOR"; }
wait "$MONITOR" && fail "exit status 0"
has "$(cat "$SAID/err")" "events were lost" "what monitor says"
has "$(cat "$SAID/err")" "unloaded" "what monitor says"
load

testcase "M-1 monitor ends with the module, and says so"
listen
unload
busywait 10000 ended || { fail "monitor waits for events that cannot come"; kill "$MONITOR"; }
wait "$MONITOR" && fail "exit status 0"
has "$(cat "$SAID/err")" "unloaded" "what monitor says"
load

finish
