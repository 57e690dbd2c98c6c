#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: icmp
# ICMP queries: RFC 5508 REQ-1, RFC 7857 section 12.
PROTO=udp
. "${0%/*}/lib.sh"
. "${0%/*}/connections.sh"
. "${0%/*}/topology.sh"

T1
engine r

testcase "I-1 pings and time stamps are answered"
P h1:5 s1a
eq "${E%:*}" "${ADDR[rw]}" "the source shown"
if [ "$FAMILY" = 4 ]; then
	P h1:6 s1a type=13
	eq "${E%:*}" "${ADDR[rw]}" "the source shown"
fi
must ns h2 ping -q -c 2 -i 0.2 -W 3 "${HOSTS[s2b]#*/}"

testcase "I-1a one identifier for all servers, another one for another host"
P h1:77 s1a E1
eq "$E1" "${ADDR[rw]}:77" "the identifier is kept while it is free"
# the colliding server is not the first one
P h2:77 s1b E2
ne "$E2" "$E1" "two hosts share an identifier"
for dst in s1a s2a; do
	P h2:77 $dst
	eq "$E" "$E2" "identifier of h2 towards $dst"
done
P h1:77 s1b
eq "$E" "$E1" "identifier of h1 towards s1b"
n_maps r 1 icmp int "${ADDR[h1]}:77"
n_maps r 1 icmp int "${ADDR[h2]}:77"

testcase "I-1a the same after the conntrack entries are gone"
ns r conntrack -F
P h2:77 s2b
eq "$E" "$E2" "identifier of h2"
P h1:77 s2b
eq "$E" "$E1" "identifier of h1"

testcase "I-1a identifiers 0 and 65535, and eighty that differ"
P h1:0 s1a
P h1:65535 s1a E1
P h2:65535 s1a E2
ne "$E1" "$E2" "two hosts share an identifier"
declare -A seen=()
for ((i = 100; i < 140; i++)); do
	P h1:$i s1a
	seen[$E]=1
	P h2:$i s2a
	seen[$E]=1
done
eq "${#seen[@]}" 80 "different identifiers"

testcase "I-11 a message that is no query leaves as it is, and makes no mapping"
if [ "$FAMILY" = 4 ]; then
	P h1:500 s1a type=10 oneway
	eq "$E" "${ADDR[h1]}:500" "source of a router solicitation"
	n_maps r 0 icmp int "${ADDR[h1]}:500"
fi

testcase "P-12 a ping of an external address is answered by the router"
P h3:77 s1a E3
counting r flows_in flows_hairpin
tell ping h1:78 "${E3%:*}" -
eq "$ANSWER" "- ${HOSTS[rw]#*/}" "who has answered h1"
tell ping s2b:"${E3##*:}" "${E3%:*}" -
eq "$ANSWER" "- ${HOSTS[rw]#*/}" "who has answered s2b"
if ask ping s2b:"${E3##*:}" "${E3%:*}" h3 oneway wait=500; then
	fail "a ping from outside came to h3"
fi
counted r flows_in 0
counted r flows_hairpin 0

testcase "I-1 an answer that nobody has asked for reaches nobody"
ECHO=0
[ "$FAMILY" = 4 ] || ECHO=129
for id in "${E3##*:}" 4321; do
	if ask ping s2b:"$id" "${E3%:*}" h3 type=$ECHO oneway wait=500; then
		fail "an echo reply came to h3: $ANSWER"
	fi
done

finish
