#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: limits
# Every packet that is dropped is counted, once and under one name: M-3; those of limits
# are in the files of the limits. X-O2.
. "${0%/*}/lib.sh"
. "${0%/*}/watch.sh"
. "${0%/*}/topology.sh"

T3
engine r wan wan1
tell sysctl "${NS[r]}" net/netfilter/nf_conntrack_udp_timeout 300

testcase "M-3 ordinary traffic moves none of these counters"
dropping r
U h1:3000 s1a:3000 E1
in_ s1a:3000 "$E1" h1:3000
in_ s2b:9 "$E1" h1:3000
U h2:3000 s1a:3000 E2
got h2:3000 "$E1" h1:3000
in_none s2b:9 203.0.113.1:9999
dropped r

testcase "X-O2 M-3 clash_drop: the peer of one uplink at the other one's mapping"
U h1:3000 s2c:3000 E3
U h1:3000 s2a:4000
dropping r
# the answer would have to go from h1:3000 to s2a:4000, and that is a session of E1's
in_none 203.0.113.21:4000 "$E3" via=s2c
dropped r clash_drop=1
in_ s2a:4000 "$E1" h1:3000
in_ s2d:9 "$E3" h1:3000

testcase "M-3 clash_killed: a stranger who was there first"
dropping r
in_none s1b:3001 203.0.113.1:4000
U h1:4000 s1b:3001
dropped r clash_killed=1

testcase "M-3 local_service: a service of the router's that came later"
dropping r
tell open rw:3000
in_ s2b:10 203.0.113.1:3000 rw:3000
tell close rw:3000
dropped r local_service=1
in_ s2b:11 "$E1" h1:3000

testcase "M-3 not_open, and nothing else, after the timer"
scaled r
U h3:5000 s1a:3000 E5
tell mark
at $((T + 1300))
dropping r
in_none s2b:12 "$E5"
dropped r not_open=1

testcase "M-3 no_address: the router has none left to translate to"
ns r ip addr flush dev wan
ns r ip addr flush dev wan1
ns r ip addr flush dev br-lan
must ns r ip route add 192.168.1.0/24 dev br-lan
must ns r ip route add 203.0.113.0/24 dev wan
dropping r
in_none h1:6000 s1a:3000
dropped r no_address=1
n_maps r 0

finish
