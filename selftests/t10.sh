#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: tcp
# ICMP errors about TCP: RFC 5382 REQ-9, REQ-10.
PROTO=tcp
. "${0%/*}/lib.sh"
. "${0%/*}/connections.sh"
. "${0%/*}/topology.sh"

T1
engine r

UNREACH=3 EXCEEDED=11
if [ "$FAMILY" = 6 ]; then
	UNREACH=1 EXCEEDED=3
fi
conn a h1:3000 s1a:80 s1a:80
E1=$E
ep s2b:5000
conn b s2b:5000 "$E1" h1:3000

# Quotes what the server has had from h1; FROM may be any hop on the way.
inject() { # TYPE CODE FROM SERVER-EP HOW...
	ask icmp "${4%%:*}" "$3" "${ADDR[rw]}" "$1" "$2" "$E1" "$4" proto=tcp at=h1 "${@:5}" ||
		fail "$ANSWER"
}

testcase "T-9 errors of all kinds reach the host, and quote what it has sent"
kinds=(3/0 3/1 3/2 3/3 3/4 3/5 3/6 3/7 3/8 3/9 3/10 3/11 3/12 3/13 3/14 3/15 4/0 11/0 11/1 12/0)
[ "$FAMILY" = 4 ] || kinds=(1/0 1/1 1/2 1/3 1/4 1/5 1/6 2/0 3/0 3/1 4/0)
ep h1:3000
inner=$EP
ep s1a:80
for kind in "${kinds[@]}"; do
	inject "${kind%/*}" "${kind#*/}" s1b s1a:80
	eq "$ANSWER" "${HOSTS[s1b]#*/} ${HOSTS[h1]#*/} $inner $EP" "error $kind at h1"
done

testcase "T-9 from a hop on the way, and about a connection begun outside"
hop=${HOSTS[s2a]#*/}
inject $EXCEEDED 0 "$hop" s1a:80
eq "${ANSWER%% *}" "$hop" "sender of the error"
ep s2b:5000
inject $UNREACH 1 "$hop" s2b:5000
eq "$ANSWER" "$hop ${HOSTS[h1]#*/} $inner $EP" "error at h1"

testcase "T-9 an error that the host makes leaves with the external endpoint"
ep s2b:5000
tell icmp h1 "${HOSTS[h1]#*/}" "${EP%:*}" $UNREACH 3 "$EP" h1:3000 proto=tcp at=s2b
eq "$ANSWER" "${HOSTS[rw]#*/} ${HOSTS[s2b]#*/} $EP $E1" "error at s2b"

testcase "T-10 no error ends a connection or the mapping"
tell talk a both 100000
tell talk b both 100000
U h1:3000 s2a:80
eq "$E" "$E1" "external endpoint"
in_ s2a:5000 "$E1" h1:3000
n_maps r 1 tcp

testcase "T-9 an error about a connection that never was reaches nobody"
if ask icmp s1a "${HOSTS[s1a]#*/}" "${ADDR[rw]}" $UNREACH 1 "$E1" s1a:8099 proto=tcp at=h1 wait=700; then
	fail "it came: $ANSWER"
fi
tell talk a both 1000

testcase "T-9 a closed port: the host's connection is refused"
refused h1:3000 s2b:81 ECONNREFUSED

finish
