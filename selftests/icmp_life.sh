#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: tcp
# How long ICMP queries live: I-2, I-6, timers divided. conntrack's own timer is even shorter.
. "${0%/*}/lib.sh"
. "${0%/*}/connections.sh"
. "${0%/*}/topology.sh"
. "${0%/*}/tcp_lib.sh"

T1
engine r
tcp_scaled r
no_echo s1
EXCEEDED="11 0"
[ "$FAMILY" = 4 ] || EXCEEDED="3 0"

query() { # H:ID VAR: E, with the identifier that is seen
	E=none
	ask ping "$1" s1a s1a oneway || { fail "$ANSWER"; return; }
	E=${ANSWER%% *}
	printf -v "$2" %s "$E"
}
answer() { # E H:ID
	ask ping "s1a:${1##*:}" "${1%:*}" "${2%:*}" "type=$ECHO_REPLY" oneway ||
		{ fail "$ANSWER"; return; }
	ep "s1a:${2##*:}"
	eq "${ANSWER%% *}" "$EP" "the answer, as it is seen"
}
answer_none() {
	! ask ping "s1a:${1##*:}" "${1%:*}" "${2%:*}" "type=$ECHO_REPLY" oneway wait=400 ||
		fail "an answer arrived at $2"
}
error() { # E H:ID
	ask icmp s1a s1a "${1%:*}" $EXCEEDED "$1" s1a:0 proto=icmp "at=${2%:*}" || fail "$ANSWER"
}

testcase "I-2 TO-1 an echo's session and mapping live for the icmp timer"
query h1:77 E1
query h1:78 E2
tell mark
at "$SOON"
answer "$E1" h1:77
at "$OVER"
answer_none "$E2" h1:78
is_state r h1:78 none || fail "the mapping is $M: there is no hold"

testcase "I-6 errors about a query neither end it nor refresh it"
query h1:79 E1
query h1:80 E2
tell mark
for ((i = 1; i < 5; i++)); do
	at $((i * T / 6))
	error "$E1" h1:79
	error "$E2" h1:80
done
at "$SOON"
answer "$E1" h1:79
at "$OVER"
answer_none "$E2" h1:80
is_state r h1:80 none || fail "the mapping is $M"

finish
