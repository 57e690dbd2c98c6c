#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: tcp
# TCP in a software flowtable: X-F1, X-F2.
PROTO=tcp
. "${0%/*}/lib.sh"
. "${0%/*}/connections.sh"
. "${0%/*}/topology.sh"

T1
engine r
flowtable r "meta l4proto tcp ct state established"

offloaded() { # CONNTRACK-OPTION...
	ns r conntrack -L -f "$(conntrack_family)" -p tcp "$@" 2>/dev/null | grep -q OFFLOAD
}

testcase "X-F1 connections begun inside, outside and as a hairpin are translated the same"
conn a h1:3000 s1a:80 s1a:80
E1=$E
ep s2b:5000
conn b s2b:5000 "$E1" h1:3000
eq "$E" "$EP" "the source shown inside"
U h2:3100 s1a:80 E2
conn c h1:3000 "$E2" h2:3100
eq "$E" "$E1" "the source shown to h2"
for c in a b c; do
	tell talk $c both 20000
done
must offloaded --orig-src "${HOSTS[h1]#*/}" --orig-dst "${HOSTS[s1a]#*/}"
must offloaded --orig-src "${HOSTS[s2b]#*/}"
must offloaded --orig-src "${HOSTS[h1]#*/}" --orig-dst "${HOSTS[rw]#*/}"
for c in a b c; do
	tell talk $c both 500000
done

testcase "X-F1 one mapping each, and new connections are let in"
n_maps r 2 tcp
in_ s1b:5000 "$E1" h1:3000
U h1:3000 s2a:80
eq "$E" "$E1" "external endpoint"

testcase "X-F1 they end as others do"
tell shut a client
tell talk a down 20000
tell shut a server
tell end a
tell hang b server
tell hang c client
conn a h1:3000 s1b:80 s1b:80
eq "$E" "$E1" "external endpoint afterwards"
tell talk a both 20000

testcase "X-F2 the mapping is open while an offloaded connection goes on"
profile r unsafe_timeouts=1 tcp_open=4 tcp_est=4 tcp_close=4
conn d h3:3000 s1a:80 s1a:80
E3=$E
tell talk d both 20000
must offloaded --orig-src "${HOSTS[h3]#*/}"
tell mark
for i in 1 2 3 4 5 6; do
	tell at $((i * 2000))
	tell talk d both 2000
done
in_ s2b:5001 "$E3" h3:3000
U h3:3000 s2a:80
eq "$E" "$E3" "external endpoint"

finish
