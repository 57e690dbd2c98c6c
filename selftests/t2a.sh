#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: tcp
# Two hosts behind two NATs open one connection at the same time: RFC 5382 REQ-2.
PROTO=tcp
. "${0%/*}/lib.sh"
. "${0%/*}/connections.sh"
. "${0%/*}/topology.sh"

T2
engine r1
engine r2
deaf h1 h2 s1

# Each knows from a server how the other one is seen.
seg h1:7000 s1a:7001 s1a S seq=1
E1=$E
seg h2:7000 s1a:7001 s1a S seq=1
E2=$E

testcase "T-2a the two SYNs cross, and the connection is made"
seg h1:7000 "$E2" h2 S seq=1000
eq "$E" "$E1" "h1 as h2 sees it"
seg h2:7000 "$E1" h1 S seq=2000
eq "$E" "$E2" "h2 as h1 sees it"
seg h1:7000 "$E2" h2 SA seq=1000 ack=2001
seg h2:7000 "$E1" h1 SA seq=2000 ack=1001
seg h1:7000 "$E2" h2 A seq=1001 ack=2001
seg h2:7000 "$E1" h1 A seq=2001 ack=1001
seg h1:7000 "$E2" h2 PA seq=1001 ack=2001 len=100
seg h2:7000 "$E1" h1 PA seq=2001 ack=1101 len=100

testcase "T-2a each router has one session of it, and one mapping"
for i in 1 2; do
	lines=$(ns r$i conntrack -L -f "$(conntrack_family)" -p tcp --state ESTABLISHED 2>/dev/null)
	eq "$(grep -c "${HOSTS[rw$((3 - i))]#*/}" <<<"$lines")" 1 "sessions of r$i with the other one"
	n_maps r$i 1 tcp
done

testcase "T-2 a peer behind another NAT connects to a host that only listens"
U h1:3000 s1a:80 E1
U h2:3000 s1a:80 E2
conn a h2:3000 "$E1" h1:3000
eq "$E" "$E2" "h2 as h1 sees it"
tell talk a both 100000
tell hang a server

finish
