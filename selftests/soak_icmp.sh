#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 200
# How long ICMP queries live, at full length, with nothing set: I-2. scripts/soak runs it.
. "${0%/*}/lib.sh"
. "${0%/*}/connections.sh"
. "${0%/*}/topology.sh"

T1
engine r
no_echo s1

query() { # H:ID VAR: E, with the identifier that is seen
	E=none
	ask ping "$1" s1a s1a oneway || { fail "$ANSWER"; return; }
	E=${ANSWER%% *}
	printf -v "$2" %s "$E"
}
answer() { # FROM E H:ID
	ask ping "$1:${2##*:}" "${2%:*}" "${3%:*}" type=$ECHO_REPLY oneway
}

testcase "I-2 TO-1 an echo's answer is translated 58 s after it"
tell mark
query h1:77 E1
query h1:78 E2
tell at 0
MADE=$ANSWER
at 58000
answer s1a "$E1" h1:77 || fail "$ANSWER"
ep s1a:77
eq "${ANSWER%% *}" "$EP" "the answer, as it is seen"

testcase "I-2 its mapping is there for as long: another server sees the same identifier"
P h2:78 s2a
ne "$E" "$E2" "identifiers of two hosts"

testcase "I-2 not 63 s after it"
at $((MADE + 63000))
! answer s1a "$E2" h1:78 || fail "an answer arrived"

testcase "I-2 and the identifier is another host's at once: there is no hold"
free() {
	sessions r
	is_state r h1:78 none
}
busywait 3000 free || fail "the mapping is $M"
P h3:78 s2b
eq "$E" "$E2" "identifier of another host"

finish
