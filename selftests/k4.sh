#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: life
# The states of a mapping: open, drain, held, free (K-4), timers divided.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
engine r
scaled r
# no session ends by itself while a case lasts, however slow the machine is
tell sysctl "${NS[r]}" net/netfilter/nf_conntrack_udp_timeout 300

# wait_state HOST:PORT STATE: it comes within the second a scaled timer may be late
wait_state() { busywait 2500 is_state r "$1" "$2" || fail "$1 is $M, not $2"; }

expires() { # HOST:PORT
	ep "$1"
	column r expires_ms int "$EP"
	M=${ROWS[0]-none}
}

testcase "K-4 open while the timer runs"
U h1:3000 s1a:3000 E1
tell mark
is_state r h1:3000 open || fail "h1:3000 is $M"
expires h1:3000
stock || { ge "$M" 1 "time left"; le "$M" $T "time left"; }
in_ s2b:5000 "$E1" h1:3000
at $((T * 5 / 6))
is_state r h1:3000 open || fail "h1:3000 is $M, too early"

testcase "K-4 drain: the sessions go on, nobody new comes in"
at $((T + 100))
wait_state h1:3000 drain
expires h1:3000
stock || eq "$(xargs <<<"$M")" - "time left"
counting r not_open
in_none s2b:5001 "$E1"
counted r not_open 1
tell errors s2b:5001
eq "$ANSWER" 0 "ICMP errors to who was dropped"
in_ s1a:3000 "$E1" h1:3000
U h2:3000 s1a:3000 E2
ne "$E2" "$E1" "another host on the same port"

testcase "K-4 drain: a new session of the host opens it again, on the same port"
U h1:3000 s2a:3000
eq "$E" "$E1" "external endpoint"
is_state r h1:3000 open || fail "h1:3000 is $M"
in_ s2b:5002 "$E1" h1:3000

testcase "K-4 held: no session is left, the port waits"
tell mark
at $((T + 1300))
ns r conntrack -F
wait_state h1:3000 held
expires h1:3000
stock || le "$M" $((HOLD * 1000)) "time left"
# the hold is counted from when that was noticed, not from the end of the timer
holds_on() { expires h1:3000; [ "$M" -gt $((HOLD * 1000 - 1250)) ]; }
stock || busywait 2000 holds_on || fail "time left: $M"
in_none s2b:5003 "$E1"
tell errors s2b:5003
eq "$ANSWER" 0 "ICMP errors to who was dropped"
U h2:3000 s1b:3000
ne "$E" "$E1" "another host on the same port"
tell open rw:3000
in_ s2b:5004 "$E1" rw:3000
tell close rw:3000

testcase "K-4 held: a new session of the host opens it again, on the same port"
U h1:3000 s2a:3001
eq "$E" "$E1" "external endpoint"
is_state r h1:3000 open || fail "h1:3000 is $M"
in_ s2b:5005 "$E1" h1:3000

testcase "K-4 free: after the hold another host may have the port"
tell mark
at $((T + 1300))
ns r conntrack -F
wait_state h1:3000 held
U h3:3000 s1a:3000
ne "$E" "$E1" "another host while the port is held"
busywait $((HOLD * 1000 + 2500)) is_state r h1:3000 none || fail "h1:3000 is $M"
stock || ns r fullcone flush int 192.168.1.3
U h3:3000 s1a:3001
eq "$E" "$E1" "another host after the hold"

testcase "K-4 a held port is given away only when there is no other"
profile r ports=5100-5101 parity=0
stock || ns r fullcone flush all
ns r conntrack -F
U h1:4000 s1a:3000 E1
tell mark
U h2:4000 s1a:3000 E2
counting r hold_reuse no_port
in_none h3:4000 s1a:3000
counted r no_port 1
at $((T * 5 / 6))
U h2:4000 s1a:3000
at $((T + 1200))
ns r conntrack -F
# h2 has refreshed its mapping, h1 has not
wait_state h1:4000 held
gets_through() { in_try h3:4000 s1a:3000 s1a:3000; }
busywait 2500 gets_through || fail "$ANSWER"
E3=${ANSWER%% *}
eq "$E3" "$E1" "the port that was held"
counted r hold_reuse 1
in_ s2b:5006 "$E2" h2:4000
in_ s2b:5006 "$E3" h3:4000

finish
