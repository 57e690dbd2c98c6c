#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: tool
# What the tool shows of TCP, ICMP and IPv6 mappings, and takes as words for them: M-1, M-4.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T6
engine r
U h1:3000 s1a:3000 E1
tcp U h1:3000 s1a:3000 E2
tell ping h1:77 s1a s1a
U h2:3000 s1a:3000 E3

only() { # EXPECTED-COUNT FILTER...
	n_maps r "$@"
}

testcase "M-4 rows of UDP, TCP and ICMPv6 mappings"
maps r '[.mappings[] | select(.int_addr == "fd00:1::1") | "\(.family) \(.proto) \(.int_port) \(.ext_addr) \(.ext_port)"] |
	sort | join("; ")'
eq "$M" "ip6 icmp 77 2001:db8:f::1 77; ip6 tcp 3000 2001:db8:f::1 3000; ip6 udp 3000 2001:db8:f::1 3000" \
	"the rows of h1"

testcase "M-4 an IPv6 endpoint is written in brackets"
OUT=$(ns r fullcone list udp int fd00:1::1 --noheadings -o internal,external)
eq "$(xargs <<<"$OUT")" "[fd00:1::1]:3000 [2001:db8:f::1]:3000" "columns"
eq "$E1" "[2001:db8:f::1]:3000" "what the receiver saw"

testcase "M-4 filters by protocol and by IPv6 addresses"
only 4
only 4 -6
only 0 -4
only 2 udp
only 1 tcp
only 1 icmp
only 1 icmpv6
only 3 int fd00:1::1
only 4 int fd00:1::/64
only 2 int '[fd00:1::1]:3000'
only 1 int '[fd00:1::2]:3000'
only 1 int 'fd00:1::2/127'
only 0 int fd00:2::/64
only 0 int 192.168.1.1
only 4 ext 2001:db8:f::1
only 1 tcp ext "$E2"
only 1 icmp ext '[2001:db8:f::1]:77'

testcase "M-4 words that do not fit the family are refused"
says "address family" list icmpv6 -4
says "address family" list -4 int fd00:1::1
says "address family" list int fd00:1::1 ext 203.0.113.1
says "icmpv6" get icmpv6 int 192.168.1.1:77
says "ADDRESS:PORT" get udp int fd00:1::1
says "prefix length from 0 to 128" list int fd00:1::/129
says "behind the prefix" list int fd00:1::1/64

testcase "M-4 get, by either side"
for words in "udp int [fd00:1::1]:3000" "udp ext $E1" "tcp int [fd00:1::1]:3000" "tcp ext $E2" \
	"icmp int [fd00:1::1]:77" "icmpv6 ext [2001:db8:f::1]:77"; do
	# shellcheck disable=SC2086
	OUT=$(ns r fullcone get $words -j) || fail "get $words"
	eq "$(jq -r '.mappings[0] | "\(.family) \(.proto) \(.int_addr)"' <<<"$OUT")" \
		"ip6 $(sed 's/v6//; s/ .*//' <<<"$words") fd00:1::1" "get $words"
done
must_not ns r fullcone get tcp int '[fd00:1::2]:3000'

testcase "M-4 flush of one protocol leaves the others"
OUT=$(ns r fullcone flush tcp -j) || fail "flush"
eq "$(jq .flushed <<<"$OUT")" 1 "mappings flushed"
only 3
OUT=$(ns r fullcone flush icmpv6 int fd00:1::/64 -j) || fail "flush"
eq "$(jq .flushed <<<"$OUT")" 1 "mappings flushed"
only 2 udp
OUT=$(ns r fullcone flush int fd00:1::1 -j) || fail "flush"
eq "$(jq .flushed <<<"$OUT")" 1 "mappings flushed"
only 1
in_none s2b:3000 "$E1"
in_ s2b:3000 "$E3" h2:3000

testcase "M-1 monitor prints events of TCP, ICMP and IPv6"
SAID=$(mktemp -d)
at_exit "rm -rf $SAID"
"$PROBE" in "${NS[r]}" fullcone monitor -v -6 int fd00:1::3 >"$SAID/out" 2>"$SAID/err" 3>&- 8>&- 9<&- &
MONITOR=$!
busywait 10000 grep -q listening "$SAID/err" || fail "monitor does not listen: $(cat "$SAID/err")"
tcp U h3:3000 s1a:3000
tell ping h3:78 s1a s1a
U h1:3001 s1a:3000
must ns r fullcone flush all
# shellcheck disable=SC2317 # busywait calls it
unbound() { grep -q address-unbind "$SAID/out"; }
busywait 10000 unbound || fail "the last event is missing"
kill "$MONITOR"
wait "$MONITOR" || fail "exit status of monitor"
OUT=$(cut -d' ' -f2- "$SAID/out")
log "$OUT"
has "$OUT" "address-bind fd00:1::3 -> 2001:db8:f::1" "monitor"
has "$OUT" "mapping-create tcp [fd00:1::3]:3000 -> [2001:db8:f::1]:3000 oif wan" "monitor"
has "$OUT" "mapping-create icmp [fd00:1::3]:78 -> [2001:db8:f::1]:78 oif wan" "monitor"
has "$OUT" "mapping-delete tcp [fd00:1::3]:3000 -> [2001:db8:f::1]:3000" "monitor"
has_not "$OUT" fd00:1::1 "monitor: other hosts"
has_not "$OUT" 2001:db8:f::11 "monitor: destinations are not named"

testcase "C-1 C-3 words of add that do not fit are refused"
says "address family" add icmpv6 int 192.168.1.1:77 oif wan
says "family of the internal" add udp int '[fd00:1::1]:4000' ext 203.0.113.1:4000
says "family of the internal" add udp int '[fd00:1::1]:4000' oif wan remote 203.0.113.0/24
says "odd or even" add udp int '[fd00:1::1]:4000' oif wan parity 1
says "not said in ext" add udp int '[fd00:1::1]:4000' ext :4000 oif wan parity even
says "twice" add udp int '[fd00:1::1]:4000' oif wan parity even parity odd
says "1 to 65535" add udp int '[fd00:1::1]:4000' oif wan remote '[2001:db8::1]:0'
says "behind the prefix" add udp int '[fd00:1::1]:4000' oif wan remote '2001:db8::1/32'
# shellcheck disable=SC2046 # words
says "at most 16" add udp int '[fd00:1::1]:4000' oif wan $(printf 'remote 2001:db8::%d ' {1..17})
only 0

testcase "M-4 modes are shown where they are not those of a full cone"
U h1:3100 s1a:3000
OUT=$(ns r fullcone list)
has_not "$OUT" REMOTE "the table"
has_not "$OUT" MODE "the table"
maps r '.mappings[0] | [.map, .filter, .remotes, .remote_addr] | tostring'
eq "$M" '["eim","eif",[],null]' "the row of h1"
profile r map.udp=apdm filter.udp=adf
U h2:3100 s1a:3000
OUT=$(ns r fullcone list)
has "$OUT" "[2001:db8:f::11]:3000" "the table"
has "$OUT" "apdm/adf" "the table"
maps r '.mappings[0] | "\(.map) \(.filter) \(.remote_addr) \(.remote_port)"' int fd00:1::2
eq "$M" "apdm adf 2001:db8:f::11 3000" "the row of h2"
profile r map.udp=adm
U h3:3100 s1a:3000
maps r '.mappings[0] | "\(.map) \(.filter) \(.remote_addr) \(.remote_port)"' int fd00:1::3
eq "$M" "adm adf 2001:db8:f::11 null" "the row of h3"
OUT=$(ns r fullcone list --noheadings -o remote int fd00:1::3)
eq "$OUT" 2001:db8:f::11 "the remote address"

finish
