#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: limits
# Which events mappings cause as they come and go, and what these omit: M-1, G-12, G-14.
. "${0%/*}/lib.sh"
. "${0%/*}/watch.sh"
. "${0%/*}/topology.sh"

T1
scaled r
engine r
tell sysctl "${NS[r]}" net/netfilter/nf_conntrack_udp_timeout 300
TODAY=$(date +%s)
watch r

# told of one host, in order: [event, internal, external, reason] each
of_host() { # ADDR EXPECTED
	events_are "[.[] | select(.int_addr == \"$1\") | [.event, .int_port, .ext_addr, .ext_port, .reason]]" "$2"
}

testcase "M-1 U-1 makes one address-bind and one mapping-create, whatever the servers"
U h2:3000 s1a:3000
for dst in s1a:3001 s1a:3000 s1b:3000 s2a:3001 s2b:65535; do
	U h1:3000 $dst
done
PORT=${E#*:}
in_ s2b:9 "$E" h1:3000
events_settle r
of_host 192.168.1.1 "[[14,null,\"203.0.113.1\",null,null],[8,3000,\"203.0.113.1\",$PORT,null]]"
of_host 192.168.1.2 '[[14,null,"203.0.113.1",null,null],[8,3000,"203.0.113.1",3000,null]]'
events_are '[.[] | select(.int_port == 3000) | [.proto, .family, .profile, .realm, .zone]] | unique' \
	'[["udp","ip","default","masquerade",0]]'
events '[.[] | .time_ms] | (sort == .), (map(. / 1000 | floor) | min, max)'
if ! stock; then
	read -r SORTED MIN MAX < <(xargs <<<"$V")
	eq "$SORTED" true "in order of time"
	ge "$MIN" "$TODAY" "time of the first event"
	le "$MAX" "$(date +%s)" "time of the last event"
fi

testcase "G-12 no event names a server"
has "$(cat "$EVENTS")" 192.168.1.1 "what is told"
for addr in 203.0.113.11 203.0.113.12 203.0.113.21 203.0.113.22; do
	has_not "$(cat "$EVENTS")" "$addr" "what is told"
done

testcase "G-14 sessions and traffic make no events"
COUNT=$(wc -l <"$EVENTS")
for ((i = 0; i < 20; i++)); do
	U h1:3000 s1a:$((4000 + i))
done
events_settle r
eq "$(wc -l <"$EVENTS")" $((COUNT + 1)) "events"

testcase "M-1 mapping-delete and address-unbind at the end, reason expired"
gone() { # ADDR: it has no mapping
	column r int_port int "$1"
	[ ${#ROWS[@]} = 0 ]
}
tell mark
at $((T + 1300))
ns r conntrack -F
stock || busywait $((HOLD * 1000 + 5000)) gone 192.168.1.1 || fail "h1's mapping stays"
of_host 192.168.1.1 "[[14,null,\"203.0.113.1\",null,null],[8,3000,\"203.0.113.1\",$PORT,null],\
[9,3000,\"203.0.113.1\",$PORT,\"expired\"],[15,null,\"203.0.113.1\",null,null]]"

testcase "M-1 a host is bound as long as it has a mapping; reason flushed"
stock || ns r fullcone flush all
: >"$EVENTS"
U h1:3001 s1a:3000
U h1:3002 s1a:3000
must ns r fullcone flush int 192.168.1.1:3001
must ns r fullcone flush int 192.168.1.1:3002
A='"203.0.113.1"'
of_host 192.168.1.1 "[[14,null,$A,null,null],[8,3001,$A,3001,null],[8,3002,$A,3002,null],\
[9,3001,$A,3001,\"flushed\"],[9,3002,$A,3002,\"flushed\"],[15,null,$A,null,null]]"

testcase "M-1 reason deleted, of a static mapping"
: >"$EVENTS"
must ns r fullcone add udp int 192.168.1.1:3004 ext :3004 oif wan
must ns r fullcone del udp int 192.168.1.1:3004
of_host 192.168.1.1 "[[14,null,$A,null,null],[8,3004,$A,3004,null],[9,3004,$A,3004,\"deleted\"],[15,null,$A,null,null]]"

testcase "M-1 log_dst names the destination of the first packet"
: >"$EVENTS"
profile r log_dst=1
U h1:3003 s2b:3777
U h1:3003 s2a:3778
events_settle r
events_are '[.[] | select(.int_port == 3003) | [.event, .remote_addr, .remote_port]]' \
	'[[8,"203.0.113.22",3777]]'

testcase "M-1 log_dst names no port of one that was pinged"
must ns h1 ping -q -c 1 -W 3 203.0.113.22
events_settle r
events_are '[.[] | select(.proto == "icmp" and .event == 8) | [.remote_addr, .remote_port]]' \
	'[["203.0.113.22",null]]'
profile r log_dst=0

testcase "M-1 reason addr-gone, when the external address goes away"
must ns r fullcone flush all
events_settle r
: >"$EVENTS"
profile r udp=300
U h1:3005 s1a:3000
must ns r ip addr del 203.0.113.1/24 dev wan
of_host 192.168.1.1 "[[14,null,$A,null,null],[8,3005,$A,3005,null],[9,3005,$A,3005,\"addr-gone\"],[15,null,$A,null,null]]"
must ns r ip addr add 203.0.113.1/24 dev wan

testcase "M-1 a host that still has a mapping on another address is bound to that with its next one"
must ns r fullcone flush all static
must ns r ip addr add 198.51.100.9/24 dev wan
events_settle r
: >"$EVENTS"
U h1:3006 s1a:3000
must ns r fullcone add udp int 192.168.1.1:3007 ext 198.51.100.9:3007 oif wan
must ns r ip addr del 203.0.113.1/24 dev wan
must ns r fullcone add udp int 192.168.1.1:3008 ext 198.51.100.9:3008 oif wan
B='"198.51.100.9"'
of_host 192.168.1.1 "[[14,null,$A,null,null],[8,3006,$A,3006,null],[8,3007,$B,3007,null],\
[9,3006,$A,3006,\"addr-gone\"],[15,null,$A,null,null],[14,null,$B,null,null],[8,3008,$B,3008,null]]"
must ns r fullcone flush all static
must ns r ip addr del 198.51.100.9/24 dev wan
must ns r ip addr add 203.0.113.1/24 dev wan

testcase "M-1 the end by a signal, nothing lost"
unwatch
stock || eq "$WATCHER_STATUS" 0 "exit status of monitor"
stat r events_lost
eq "$S" 0 "events lost"

finish
