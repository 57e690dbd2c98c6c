#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: change
# Explicit mappings and their lifetimes (C-2), timers divided.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"
. "${0%/*}/tcp_lib.sh"

T1
engine r
scaled r
WAN=203.0.113.1
add() { ns r fullcone add "$@"; }
wait_state() { busywait 2500 is_state r "$1" "$2" || fail "$1 is $M, not $2"; }

# Longer than the timer of traffic, so that it is not this one which ends it.
LIFE=$((UDP * 5 / 3))

testcase "C-2 it is open without any traffic until its lifetime is over, and not after"
must add udp int 192.168.1.1:3000 ext $WAN:6000 lifetime $LIFE
tell mark
flags r h1:3000
has "$M" explicit "flags"
column r expires_ms int 192.168.1.1:3000
le "${ROWS[0]}" $((LIFE * 1000)) "time left"
ge "${ROWS[0]}" $(((LIFE - 4) * 1000)) "time left"
at $((LIFE * 1000 - 1500))
is_state r h1:3000 open || fail "is $M, too early"
# nobody answers, so nothing but the lifetime can have kept it open
in_ s2b:5000 "$WAN:6000" h1:3000
at $((LIFE * 1000 + 1300))
counting r unreplied_killed
in_none s2b:5001 $WAN:6000
in_none s2b:5000 $WAN:6000
counted r unreplied_killed 1

testcase "C-2 M-4 the time left of the hold that follows does not go up"
for p in 1 2 3 4 5 6 7 8; do
	must add udp int 192.168.1.3:310$p ext $WAN:610$p lifetime 1
done
SEEN=
none_left() {
	maps r '.mappings[] | "\(.state) \(.int_port) \(.expires_ms)"' int 192.168.1.3
	SEEN+=$M$'\n'
	[ -z "$M" ]
}
busywait $((HOLD * 1000 + 15000)) none_left || fail "there are mappings: $M"
UP=$(awk '$1 == "held" { if (seen[$2]++ && $3 > left[$2]) print $2, $3; left[$2] = $3 }
	END { for (p in seen) n++; if (n < 8) print "held, of 8 mappings:", n }' <<<"$SEEN")
eq "$UP" "" "times left that went up"

testcase "C-2 a link that goes down and comes up again spares it"
must add udp int 192.168.1.1:3005 ext $WAN:6005 lifetime 600
ns r ip link set wan down
ns r ip link set wan up
tell ready "${NS[r]}"
in_ s2b:5000 "$WAN:6005" h1:3005

testcase "C-2 a flush spares it, and del ends it"
must add udp int 192.168.1.1:3001 ext $WAN:6001 lifetime 600
must ns r fullcone flush all
in_ s2b:5002 $WAN:6001 h1:3001
ns r conntrack -F
must ns r fullcone del udp int 192.168.1.1:3001
n_maps r 0 int 192.168.1.1:3001
in_none s2b:5003 $WAN:6001

deaf h1
testcase "C-1 K-6 del ends it though strangers have tried it, and its port is another host's at once"
for proto in udp tcp; do
	must add $proto int 192.168.1.1:3007 ext $WAN:6007 lifetime 600
	if [ $proto = udp ]; then
		in_ s2b:5007 $WAN:6007 h1:3007
	else
		stranger s2b:5007 $WAN:6007 h1:3007
	fi
	must ns r fullcone del $proto int 192.168.1.1:3007
	n_maps r 0 $proto int 192.168.1.1:3007
	must add $proto int 192.168.1.2:3007 ext $WAN:6007 lifetime 600
	must ns r fullcone del $proto int 192.168.1.2:3007
done

testcase "C-1 K-6 U-9 so it is if another host inside has tried it"
must add udp int 192.168.1.1:3009 ext $WAN:6009 lifetime 600
for p in 3009 3010 3011; do
	got h2:$p $WAN:6009 h1:3009
done
must ns r fullcone del udp int 192.168.1.1:3009
n_maps r 0 int 192.168.1.1:3009
must add udp int 192.168.1.3:3009 ext $WAN:6009 lifetime 600
must ns r fullcone del udp int 192.168.1.3:3009

testcase "C-1 del leaves what the host has answered"
must add udp int 192.168.1.1:3008 ext $WAN:6008 lifetime 600
in_ s2b:5008 $WAN:6008 h1:3008
U h1:3008 s2b:5008
in_ s2b:5009 $WAN:6008 h1:3008
tell mark
at $((T + 1300))
is_state r h1:3008 open || fail "is $M"
must ns r fullcone del udp int 192.168.1.1:3008
state r h1:3008
eq "$M" drain "state"
in_ s2b:5008 $WAN:6008 h1:3008
sessions r -p udp --orig-port-dst 6008
eq "$C" 1 "sessions, without that of the other stranger"

testcase "C-2 the same words again begin the lifetime anew"
must add udp int 192.168.1.1:3002 ext $WAN:6002 lifetime 3
must add udp int 192.168.1.1:3002 ext $WAN:6002 lifetime 600
tell mark
column r expires_ms int 192.168.1.1:3002
ge "${ROWS[0]}" 500000 "time left"
at 4500
in_ s2b:5004 $WAN:6002 h1:3002
must ns r fullcone del udp int 192.168.1.1:3002

testcase "C-2 when it is over while a session lives, the mapping drains"
tell sysctl "${NS[r]}" net/netfilter/nf_conntrack_udp_timeout 120
must add udp int 192.168.1.1:3003 ext $WAN:6003 lifetime 2
in_ s2b:5005 $WAN:6003 h1:3003
U h1:3003 s1a:3000
tell mark
at 3500
is_state r h1:3003 open || fail "is $M: the host has sent"
at $((T + 1300))
wait_state h1:3003 drain
in_none s2b:5006 $WAN:6003
in_ s1a:3000 $WAN:6003 h1:3003
U h1:3003 s2a:9
eq "$E" $WAN:6003 "external endpoint"

testcase "C-2 lifetimes outside of 1-86400 are refused"
for life in 0 86401; do
	must_not add udp int 192.168.1.1:3004 ext $WAN:6004 lifetime $life
done
n_maps r 0 int 192.168.1.1:3004

finish
