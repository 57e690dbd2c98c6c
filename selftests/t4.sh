#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: tcp
# SYNs that nobody has asked for are not answered: RFC 5382 REQ-4.
PROTO=tcp
. "${0%/*}/lib.sh"
. "${0%/*}/connections.sh"
. "${0%/*}/topology.sh"

T1
engine r
testcase "T-4 while there is no TCP mapping, the router answers as ever"
udp U h1:3000 s1a:80
refused s2b:5000 "${ADDR[rw]}:4444" ECONNREFUSED

testcase "T-4 with one, a service of the router's answers"
U h1:3000 s1a:80
tell listen rw:22
U s2b:5002 rw:22
tell deafen rw:22

testcase "T-4 a SYN to a port that is nobody's is not answered either"
counting r syn_silenced
refused s2b:5003 "${ADDR[rw]}:4444" silent
refused s2b:5003 "${ADDR[rw]}:22" silent
stat r syn_silenced
stock || ge $((S - COUNT[r/syn_silenced])) 2 "SYNs silenced"
refused h3:5003 "${ADDR[rw]}:4444" ECONNREFUSED

testcase "T-4 syn_silent=0: the router answers as ever"
profile r syn_silent=0
refused s2b:5004 "${ADDR[rw]}:4444" ECONNREFUSED
profile r syn_silent=1
profile r ports=20000-29999
refused s2b:5005 "${ADDR[rw]}:4444" ECONNREFUSED
refused s2b:5005 "${ADDR[rw]}:20001" silent
profile r ports=default

finish
