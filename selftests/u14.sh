#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: inbound
# Fragments in and out of order: RFC 4787 REQ-14.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
engine r
U h1:3000 s1a:3000 E1

testcase "U-14 three fragments of a new inbound flow arrive as one datagram, in any order"
port=5000
for order in 123 321 213 132; do
	# each from a source of its own, so that each is a new flow
	port=$((port + 1))
	in_ s2b:$port "$E1" h1:3000 via=s2b size=1200 frag=$order
done

testcase "U-14 the same with two seconds between the fragments"
port=$((port + 1))
in_ s2b:$port "$E1" h1:3000 via=s2b size=1200 frag=321 gap=2000 wait=3000

testcase "U-14 outbound fragments of a new mapping, in any order"
U h2:3000 s1a:3001 E2 via=h2 size=1200 frag=321
for order in 123 213; do
	U h2:3000 s1b:3001 via=h2 size=1200 frag=$order
	eq "$E" "$E2" "external endpoint"
done
in_ s1b:3001 "$E2" h2:3000

testcase "U-14 a datagram that is never completed arrives nowhere and harms nobody"
N=500
[ -z "$SLOW" ] || N=100
for ((i = 0; i < N; i++)); do
	ask none s2a:$((6000 + i)) "$E1" via=s2b size=1200 frag=1 wait=0 || fail "$ANSWER"
done
# conntrack's own queue of IPv6 shows its length nowhere
if [ "$FAMILY" = 4 ]; then
	FRAG=$(ns r cat /proc/net/sockstat | sed -n 's/^FRAG: inuse \([0-9]*\) memory \([0-9]*\)/\1 \2/p')
	log "waiting fragments, bytes: $FRAG"
	ge "${FRAG% *}" 1 "datagrams waiting for their fragments"
	LIMIT=$(ns r cat /proc/sys/net/ipv4/ipfrag_high_thresh)
	le "${FRAG#* }" "$LIMIT" "bytes of waiting fragments"
fi
in_ s2a:5000 "$E1" h1:3000
in_ s2a:5001 "$E1" h1:3000 via=s2b size=1200 frag=321

finish
