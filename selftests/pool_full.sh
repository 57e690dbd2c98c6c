#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: limits
# A host whose address of the pool is out of ports: P-4, strict and soft; event 3.
. "${0%/*}/lib.sh"
. "${0%/*}/watch.sh"
. "${0%/*}/topology.sh"

TP
profile r source=203.0.113.100-203.0.113.103 ports=2000-2003
engine r
tell sysctl "${NS[r]}" net/ipv4/icmp_ratelimit 0

testcase "G-3 an address of which no port can be had is not kept"
profile r reserve=1-65535
dropping r
tell refusal h1:5000 s1a:3000 13 3000
dropped r no_port=1
unused() { stat r addresses; [ "$S" = 0 ]; }
busywait 15000 unused || fail "$S addresses without a mapping"
profile r reserve=none

watch r

testcase "P-4 strict: a host has the ports of its address and no others"
declare -A P=()
for p in 5000 5001 5002 5003; do
	U h1:$p s1a:3000 "P[$p]"
	eq "${P[$p]%:*}" "${P[5000]%:*}" "external address of h1:$p"
done
dropping r
tell refusal h1:5004 s1a:3000 13 3000
eq "$ANSWER" 192.168.1.254 "who has sent the ICMP error"
dropped r no_port=1
n_maps r 4
events_are '[.[] | select(.event == 12)] | map([.int_addr, .int_port, .profile])' \
	'[["192.168.1.1",5004,"default"]]'

testcase "P-4 strict: other hosts, and what that host has, go on"
tell spray h1 192.168.1.10:5000 12 s1a:3000
eq "${ANSWER% *}" "12 12" "datagrams of 12 other hosts"
for p in 5000 5003; do
	U h1:$p s2a:3000
	eq "$E" "${P[$p]}" "external endpoint of h1:$p"
	in_ s2b:9 "${P[$p]}" h1:$p
done

testcase "P-4 no address of the pool has a free port"
dropping r
tell refusal h2:5000 s1a:3000 13 3000
dropped r no_port=1
events_are '[.[] | select(.event == 3)] | map([.int_addr, .int_port, .profile])' \
	'[["192.168.1.2",5000,"default"]]'
must ns r fullcone flush int 192.168.1.10
U h2:5000 s1a:3000
in_ s2b:9 "$E" h2:5000

testcase "P-4 soft: the next address, and what the host has stays where it is"
must ns r fullcone flush int 192.168.1.8/29
profile r paired=soft
U h1:5004 s1a:3000
ne "${E%:*}" "${P[5000]%:*}" "the address that is full"
[[ $E == 203.0.113.10[0-3]:200[0-3] ]] || fail "$E is not of the pool"
in_ s2b:9 "$E" h1:5004
U h1:5000 s2b:3001
eq "$E" "${P[5000]}" "external endpoint of h1:5000"

testcase "G-8 K-4 a held port is not given away while another address has a free one"
must ns r fullcone flush all
scaled r
profile r udp_hold=60
flood h1 192.168.1.1 5000 5003 s1a:3000
tell mark
at $((T + 1300))
ns r conntrack -F
held() { column r state state held; [ ${#ROWS[@]} = 4 ]; }
stock || busywait 3000 held || fail "the ports of h1 are not held"
# which ports are held is known when mappings are next gone through, every two seconds
tell mark
at 2500
dropping r
# for each port that is free; a quarter of these hosts would have h1's address
tell spray h1 192.168.1.10:5000 12 s1a:3000
eq "${ANSWER% *}" "12 12" "datagrams of 12 other hosts"
n_maps r 4 state held
dropped r
stat r hold_reuse
REUSED=$S
begins() { in_try h2:5000 s1a:3000 s1a:3000; }
stock || busywait 3000 begins || fail "$ANSWER"
n_maps r 3 state held
stat r hold_reuse
stock || eq $((S - REUSED)) 1 "held ports given away"

testcase "G-13 K-8 ports given before the range was changed do not make an address look full"
must ns r fullcone flush all
profile r source=203.0.113.100 ports=default paired=strict
flood h1 192.168.1.1 6000 6007 s1a:3000
n_maps r 8
profile r ports=2000-2003
U h2:5000 s1a:3000
[[ $E == 203.0.113.100:200[0-3] ]] || fail "$E is not in the range"
in_ s2b:9 "$E" h2:5000

finish
