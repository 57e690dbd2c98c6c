#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: change
# A reload of the module with live flows: adoption (X-C5).
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
engine r

# That an endpoint keeps an external port proves something only if it is not its own port,
# which it would get anyway: another host has that one first.
testcase "X-C5 after a reload an endpoint keeps its external endpoint, which others do not get"
U h2:3000 s1a:3000
U h1:3000 s1a:3000 E1
ne "${E1#*:}" 3000 "external port of h1"
stock || ns r fullcone flush int 192.168.1.2
n_maps r 1
reload r
n_maps r 1
U h1:3000 s2b:3001
eq "$E" "$E1" "external endpoint of h1 towards another peer"
in_ s1a:3000 "$E1" h1:3000
# no flow to s2a has this reply tuple: only the mapping keeps the port
U h2:"${E1#*:}" s2a:9
ne "$E" "$E1" "external endpoint of h2"

testcase "X-C5 adopted mappings are flagged, others are not"
flags r h1:3000
has "$M" adopted "flags of h1"
flags r h2:"${E1#*:}"
has_not "$M" adopted "flags of h2"
n_maps r 1 adopted
stat r adopted
eq "$S" 1 "mappings adopted"

testcase "X-C5 strangers reach an adopted mapping before its host has sent anything"
stock || ns r fullcone flush all
ns r conntrack -F
U h1:3001 s1a:3000 E1
reload r
in_ s2b:5000 "$E1" h1:3001
in_ s2a:5000 "$E1" h1:3001
got h1:3001 s2b:5000 s2b:5000
eq "$E" "$E1" "external endpoint in the answer"

testcase "X-C5 flows of the earlier load count as sessions of the adopted mapping"
stock || ns r fullcone flush all
ns r conntrack -F
for i in 1 2 3; do
	U h1:3002 s1a:400$i E1
done
in_ s2b:5001 "$E1" h1:3002
sessions_of r h1:3002
eq "$M" 4 "sessions before"
reload r
sessions_of r h1:3002
eq "$M" 4 "sessions afterwards"
U h1:3002 s2b:4005
sessions_of r h1:3002
eq "$M" 5 "sessions with a new one"
ns r conntrack -D -p udp --orig-port-dst 4001
sessions_of r h1:3002
eq "$M" 4 "sessions when an old flow has ended"
in_ s1a:4002 "$E1" h1:3002

testcase "X-C5 sessions that strangers began are adopted as well"
stock || ns r fullcone flush all
ns r conntrack -F
U h2:3003 s1a:3000
U h1:3003 s1a:3000 E1
stock || ns r fullcone flush int 192.168.1.2
in_ s2b:5002 "$E1" h1:3003
# only the stranger's is left
must ns r conntrack -D -p udp --orig-src 192.168.1.1
reload r
n_maps r 1 int 192.168.1.1:3003
U h1:3003 s2a:3001
eq "$E" "$E1" "external endpoint of h1"
in_ s2b:5002 "$E1" h1:3003

testcase "X-C5 the two mappings of a hairpin session are adopted"
stock || ns r fullcone flush all
ns r conntrack -F
U h3:3004 s1a:3000
U h1:3004 s1a:3000 E1
U h2:3004 s1a:3000 E2
ne "$E1" "$E2" "external endpoints"
stock || ns r fullcone flush int 192.168.1.3
in_from "$E1" h1:3004 "$E2" h2:3004
must ns r conntrack -D -p udp --dst 203.0.113.11
reload r
n_maps r 2 adopted
in_from "$E1" h1:3004 "$E2" h2:3004
in_from "$E2" h2:3004 "$E1" h1:3004
U h1:3004 s2a:3000
eq "$E" "$E1" "external endpoint of the caller"
U h2:3004 s2a:3000
eq "$E" "$E2" "external endpoint of the called"
sessions_of r h2:3004
ge "$M" 1 "sessions"

testcase "X-C5 a new hairpin session to an adopted mapping shows the external endpoint"
stock || ns r fullcone flush all
ns r conntrack -F
U h2:3005 s1a:3000 E2
reload r
got h3:3005 "$E2" h2:3005
eq "${E%:*}" 203.0.113.1 "source shown"
in_from "$E2" h2:3005 "$E" h3:3005

testcase "X-C5 two reloads in a row"
stock || ns r fullcone flush all
ns r conntrack -F
U h2:3006 s1a:3000
U h1:3006 s1a:3000 E1
stock || ns r fullcone flush int 192.168.1.2
reload r
U h1:3006 s1a:3001
eq "$E" "$E1" "external endpoint after the first"
reload r
U h1:3006 s1a:3002
eq "$E" "$E1" "external endpoint after the second"
for p in 3000 3001 3002; do
	in_ s1a:$p "$E1" h1:3006
done
in_ s2b:3009 "$E1" h1:3006
n_maps r 1

testcase "X-C5 flows of other masters are left alone, unlabelled ones too"
stock || ns r fullcone flush all
ns r conntrack -F
stock || ns r fullcone rule del oif wan
masquerade r
U h1:3007 s1a:3000 E1
ns r nft delete table ip plain
reload r
n_maps r 0
in_ s1a:3000 "$E1" h1:3007

finish
