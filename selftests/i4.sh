#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: icmp
# ICMP errors from both sides: RFC 5508 REQ-3 to REQ-7, REQ-10.
PROTO=udp
. "${0%/*}/lib.sh"
. "${0%/*}/connections.sh"
. "${0%/*}/topology.sh"

T1
engine r

CLOSED="3 3" EXCEEDED="11 0" HOST="3 1"
if [ "$FAMILY" = 6 ]; then
	CLOSED="1 4" EXCEEDED="3 0" HOST="1 3"
fi
WAN=${HOSTS[rw]#*/}

# error_at HOST CLOSED...: an error that was injected is seen there, as $OUTER $TO $INNER $OF
error() { # ICMP-COMMAND'S WORDS
	OUTER=none TO=none INNER=none OF=none
	ask icmp "$@" || { fail "$ANSWER"; return; }
	read -r OUTER TO INNER OF <<<"$ANSWER"
}

error_none() {
	! ask icmp "$@" wait=500 || fail "it came: $ANSWER"
}

testcase "I-4 a closed port outside: the host is told"
U h1:3000 s1a:3000 E1
tell errors h1:3000
tell close s1a:3000
tell none h1:3000 s1a:3000
tell error h1:3000 $CLOSED 3000
eq "$ANSWER" "${HOSTS[s1a]#*/}" "who has sent the error"

testcase "I-4 errors from twenty hops: each comes, and quotes what the host has sent"
ep h1:3000
own=$EP
for ((i = 0; i < 20; i++)); do
	# the probe dies on the way: it need not arrive
	tell none h1:3000 s1a:$((33434 + i)) wait=0
	hop=$NET_WAN$((60 + i))
	ep s1a:$((33434 + i))
	error s1a $hop "$WAN" $EXCEEDED "$E1" $EP at=h1
	eq "$OUTER $TO $INNER $OF" "$hop ${HOSTS[h1]#*/} $own $EP" "error $i"
done
U h1:3000 s2a:3000
eq "$E" "$E1" "external endpoint afterwards"

testcase "I-4 an error about what was never sent reaches nobody"
error_none s1a "${HOSTS[s1a]#*/}" "$WAN" $HOST "$E1" s1b:9 at=h1
error_none s1a "${HOSTS[s1a]#*/}" "$WAN" $HOST "${ADDR[rw]}:3999" s1a:3000 at=h1

testcase "I-3 an error with a wrong checksum reaches nobody"
error_none s1a "${HOSTS[s1a]#*/}" "$WAN" $HOST "$E1" s2a:3000 at=h1 badsum
error s1a "${HOSTS[s1a]#*/}" "$WAN" $HOST "$E1" s2a:3000 at=h1

testcase "I-3b options in the quoted header and extensions behind it are passed over"
[ "$FAMILY" = 6 ] || error s1a "${HOSTS[s1a]#*/}" "$WAN" $HOST "$E1" s2a:3000 at=h1 options
eq "$INNER" "$own" "source of what is quoted, with options"
error s1a "${HOSTS[s1a]#*/}" "$WAN" $EXCEEDED "$E1" s2a:3000 at=h1 extension
eq "$INNER" "$own" "source of what is quoted, with an extension"

testcase "I-4x an error whose session is gone reaches nobody, the mapping is unharmed"
ns r conntrack -F
error_none s1a "${HOSTS[s1a]#*/}" "$WAN" $HOST "$E1" s2a:3000 at=h1
in_ s2b:5000 "$E1" h1:3000

testcase "I-5 a closed port inside: who sent from outside is told, by the external address"
in_ s2b:5000 "$E1" h1:3000
tell close h1:3000
tell errors s2b:5000
tell none s2b:5000 "$E1"
tell error s2b:5000 $CLOSED 3000
eq "$ANSWER" "$WAN" "who has sent the error"
tell open h1:3000

testcase "I-5 the same of an error that a router inside makes"
ep s2b:5000
error h3 "${HOSTS[h3]#*/}" "${EP%:*}" $HOST "$EP" h1:3000 at=s2b
eq "$OUTER $TO $INNER $OF" "$WAN ${HOSTS[s2b]#*/} $EP $E1" "error at s2b"
in_ s2b:5000 "$E1" h1:3000

testcase "I-6 errors about a ping change nothing"
P h1:77 s1a I1
for kind in "$HOST" "$CLOSED" "$EXCEEDED"; do
	error s1b "${HOSTS[s1b]#*/}" "$WAN" $kind "$I1" s1a at=h1 proto=icmp
	eq "$OUTER $INNER" "${HOSTS[s1b]#*/} ${ADDR[h1]}:77" "error at h1"
done
P h1:77 s1b
eq "$E" "$I1" "identifier afterwards"
P h1:77 s1a
eq "$E" "$I1" "identifier afterwards"
n_maps r 1 icmp

testcase "I-7 an error between two hosts inside comes from the external address"
U h2:3100 s1a:3001 E2
got h1:3000 "$E2" h2:3100
tell close h2:3100
tell errors h1:3000
tell none h1:3000 "$E2"
tell error h1:3000 $CLOSED 3000
eq "$ANSWER" "$WAN" "who has sent the error"
# and it quotes what h1 has sent
error h2 "${HOSTS[h2]#*/}" "$WAN" $HOST "$E1" h2:3100 at=h1
eq "$OUTER $TO $INNER $OF" "$WAN ${HOSTS[h1]#*/} $own $E2" "error at h1"

testcase "I-10 source quench passes as it came"
if [ "$FAMILY" = 4 ]; then
	U h1:3000 s1a:3002
	error s1a "${HOSTS[s1a]#*/}" "$WAN" 4 0 "$E1" s1a:3002 at=h1
	eq "$INNER" "$own" "source of what is quoted"
fi
in_ s2b:5001 "$E1" h1:3000

finish
