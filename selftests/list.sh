#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: tool
# What list, get, flush and stats show: M-3, M-4.
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
eq "$M" '[17]' "the number of names in each row"

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

testcase "M-4 bad filters are refused with what would be accepted"
for words in "int 192.168.1.300" "ext 203.0.113.1:70000" "state asleep" "zone x" "nonsense" "int"; do
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

testcase "M-3 counters"
for kv in active=1 mappings=4 addresses=2 mappings_created=4 flows_out=4 flows_in=1 lookups_in=1 \
	nomem=0 no_port=0 table_full=0 clash_drop=0; do
	stat r "${kv%%=*}"
	eq "$S" "${kv#*=}" "counter ${kv%%=*}"
done
OUT=$(ns r fullcone stats)
has "$OUT" mappings_created "stats as text"
OUT=$(ns r fullcone stats --prometheus)
has "$OUT" "fullcone_mappings_created_total 4" "stats for a collector"

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
only 3
must ns r fullcone flush all
only 0
in_none s2b:3002 "$E3"
U h2:3000 s1a:3000
in_ s2b:3002 "$E" h2:3000

finish
