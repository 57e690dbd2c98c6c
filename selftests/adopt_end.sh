#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: change
# How long adopted mappings last (X-C5) if the engine does not see their flows: offloaded
# flows, and deleted ones.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
engine r
scaled r
flowtable r "udp sport { 3000, 3001 }"

testcase "X-C5 X-F2 flows that are in a flowtable all the time keep their mappings open"
U h1:3000 s1a:3000 E1
in_ s1a:3000 "$E1" h1:3000
U h1:3000 s1a:3000
# not answered, and so not in the flowtable before the engine is there again
U h2:3001 s1a:3000 E4
unload
U h2:3000 s1a:3000 E2
in_ s1a:3000 "$E2" h2:3000
U h2:3000 s1a:3000
# what nobody answers is in the flowtable from its second packet on
U h3:3000 s1a:3000 E3
U h3:3000 s1a:3000
load
scaled r
n_maps r 4 adopted
tell mark
for ((t = 1000; t <= 3 * T; t += 1000)); do
	at $t
	U h1:3000 s1a:3000
	in_ s1a:3000 "$E1" h1:3000
	U h2:3000 s1a:3000
	in_ s1a:3000 "$E2" h2:3000
	U h2:3001 s1a:3000
	in_ s1a:3000 "$E4" h2:3001
	U h3:3000 s1a:3000
	eq "$E" "$E3" "external endpoint of the flow that nobody answers"
done
is_state r h1:3000 open || fail "h1, of an earlier load, is $M"
is_state r h2:3000 open || fail "h2, of masquerade, is $M"
is_state r h2:3001 open || fail "h2, of an earlier load and answered late, is $M"
in_ s2b:5000 "$E1" h1:3000
in_ s2b:5000 "$E2" h2:3000

testcase "X-C5 K-4 K-5 one that nobody answers does not keep it open, but its port"
is_state r h3:3000 drain || fail "h3, of masquerade and unanswered, is $M"
U h1:"${E3##*:}" s2a:9
ne "$E" "$E3" "external endpoint of another host"

testcase "X-C5 flows of masquerade that are deleted before their time hold no mapping"
ns r fullcone flush all
ns r conntrack -F
tell sysctl "${NS[r]}" net/netfilter/nf_conntrack_udp_timeout 86400
unload
U h1:4000 s1a:3000 E1
U h2:4001 s1a:3000 E2
load
scaled r
n_maps r 2 adopted
ns r conntrack -D -p udp --orig-src 192.168.1.2
tell mark
# GC asks conntrack when their time is over, and no more often than every half a minute. While it
# walks, nobody may take the mapping of h1 for unused.
asked_meanwhile() {
	must ns r fullcone add udp int 192.168.1.1:4000 ext "$E1"
	must ns r fullcone del udp int 192.168.1.1:4000
	is_state r h2:4001 none
}
at $((T - 1000))
busywait 45000 asked_meanwhile || fail "h2, whose flow is gone, is $M"
is_state r h1:4000 drain || fail "h1, whose flow lives, is $M"
flags r h1:4000
has "$M" adopted "flags of h1"
U h3:4000 s2a:9
ne "$E" "$E1" "external endpoint of another host"

finish
