#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 9000
# The timers of TCP at their full length, with nothing set: T-5, P-2, P-2.1, P-2.2, TO-1.
# Each is looked at two seconds before it is over and three after, in sessions and in
# mappings. scripts/soak runs it in a guest whose clock skips what is waited for.
#
#	0 s		every connection is made
#	200 s		half closed, between real sockets: data
#	238 s		opening, closing, reset: still there
#	243 s		not any more, and the ports are anybody's
#	7438 s		established: still there
#	7443 s		not any more, but for what conntrack itself keeps for days
#	then, with tcp_hold=120, the end of another one's port at 243, 360 and 370 s
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"
. "${0%/*}/tcp_lib.sh"

T1
engine r
deaf h1 h2 s1
DATA="PA len=10"

# What each port of h1 has gone through when it is left alone. Two of each: what comes to one
# of them before its time is over must not be what ended or prolonged the other.
syn_sent() { seg h1:$1 s1a:80 s1a:80 S 1000 0; E_[$1]=$E; }
syn_recv() { syn_sent $1; seg s1a:80 "$E" h1:$1 SA 5000 1001; }
established() { opened h1:$1 s1a:80 "E_[$1]"; }
unacked() { established $1; up h1:$1 s1a:80 PA len=100; }
fin_wait() {
	established $1
	up h1:$1 s1a:80 FA
	seg s1a:80 "${E_[$1]}" h1:$1 A 5001 1002
}
close_wait() {
	established $1
	down s1a:80 "${E_[$1]}" h1:$1 FA
	seg h1:$1 s1a:80 s1a:80 A 1001 5002
}
last_ack() {
	established $1
	down s1a:80 "${E_[$1]}" h1:$1 FA
	seg h1:$1 s1a:80 s1a:80 FA 1001 5002
}
time_wait() {
	established $1
	up h1:$1 s1a:80 FA
	seg s1a:80 "${E_[$1]}" h1:$1 FA 5001 1002
	seg h1:$1 s1a:80 s1a:80 A 1002 5002
}
reset() { established $1; down s1a:80 "${E_[$1]}" h1:$1 R; }

# What the server says next there. In LAST_ACK it is what ends the connection.
declare -A E_=() NEXT=(
	[syn_sent]="SA 5000 1001" [syn_recv]="SA 5000 1001" [unacked]="A 5001 1101"
	[fin_wait]="PA 5001 1002 len=10" [close_wait]="FA 5001 1001" [last_ack]="A 5002 1002"
	[time_wait]="FA 5001 1002" [reset]="PA 5001 1001 len=10")
SHORT="syn_sent syn_recv fin_wait close_wait last_ack time_wait reset"
declare -A BASE=([syn_sent]=4000 [syn_recv]=4010 [fin_wait]=4020 [close_wait]=4030
	[last_ack]=4040 [time_wait]=4050 [reset]=4060 [established]=4070 [unacked]=4080)

# For each: the session of 1 and the mapping of 2 before, those of 3 and 4 afterwards.
make() { # STATE...
	local state i

	for state; do
		for i in 1 2 3 4; do
			$state $((BASE[$state] + i))
		done
	done
}
there() { # STATE...
	local state at

	for state; do
		at=${BASE[$state]}
		[ $state = established ] ||
			seg s1a:80 "${E_[$((at + 1))]}" h1:$((at + 1)) ${NEXT[$state]}
		stranger s2b:4000 "${E_[$((at + 2))]}" h1:$((at + 2))
	done
}
over() { # STATE...
	local state at

	for state; do
		at=${BASE[$state]}
		[ $state = established ] ||
			seg_none s1a:80 "${E_[$((at + 3))]}" h1:$((at + 3)) ${NEXT[$state]}
		stranger_none s2b:4000 "${E_[$((at + 4))]}" h1:$((at + 4))
	done
}

# seconds SINCE S: so many after the mark, and after all was made, which is later. The
# checks before the end count from the one, those after it from the other.
before() { at $(($1 * 1000 - 2000)); }
after() { at $((MADE + $1 * 1000 + 3000)); }

testcase "T-5 P-2 connections in every state, of which nothing is heard from now on"
tell mark
# those that live longest come last, so that the others are young at the first check
make $SHORT established unacked
ask conn half h3:5000 s2a:80 s2a:80 || fail "$ANSWER"
tell talk half both 10000
tell shut half client
tell at 0
MADE=$ANSWER
le "$MADE" 10000 "ms that it took to make them"

testcase "T-2 half closed and idle for two hundred seconds, then data"
at 200000
tell talk half down 10000
tell shut half server

testcase "TO-1 T-5 P-2.1 P-2.2 opening, closing, reset: session and mapping until four minutes"
before 240
there $SHORT
seg h2:4004 s1a:80 s1a:80 S 1000 0
ne "$E" "${E_[4004]}" "external endpoint of another host, which has the same port"

testcase "T-5 P-2.1 P-2.2 and no longer"
after 240
over $SHORT

# conntrack lets go of what is over when it is looked at
free() {
	sessions r -p tcp
	is_state r h1:"$1" none
}

testcase "P-2 without a hold the port is another host's at once"
for p in 4003 4023 4053 4063; do
	busywait 5000 free $p || fail "h1:$p is $M"
	seg h2:$p s1a:80 s1a:80 S 1000 0
	eq "$E" "${E_[$p]}" "external endpoint of another host"
done

testcase "TO-1 T-5 established, with data that nobody acknowledged: until two hours and four minutes"
before 7440
there established unacked

testcase "T-5 and no longer"
after 7440
over established unacked

testcase "T-5 K-4 an idle session that has nothing to be acknowledged outlives the mapping's timer"
is_state r h1:4074 drain || fail "the mapping is $M"
for i in 1 2 3 4; do
	down s1a:80 "${E_[407$i]}" h1:407$i $DATA
done
up h1:4074 s1a:80 PA len=10
stranger s2b:4001 "${E_[4074]}" h1:4074

testcase "G-8 with a hold of its own TCP's port is kept for so long, and no longer"
profile r tcp_hold=120
tell mark
syn_sent 4091
syn_sent 4092
tell at 0
MADE=$ANSWER
after 240
stranger_none s2b:4000 "${E_[4091]}" h1:4091
held() {
	sessions r -p tcp
	is_state r h1:"$1" held
}
if ! stock; then
	busywait 5000 held 4091 || fail "the mapping is $M"
	busywait 5000 held 4092 || fail "the mapping is $M"
	after 355
	held 4091 || fail "the mapping is $M"
	seg h2:4091 s1a:80 s1a:80 S 1000 0
	ne "$E" "${E_[4091]}" "external endpoint of another host"
	after 367
	is_state r h1:4092 none || fail "the mapping is $M"
	seg h2:4092 s1a:80 s1a:80 S 1000 0
	eq "$E" "${E_[4092]}" "external endpoint of another host"
fi

finish
