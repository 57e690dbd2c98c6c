#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: router
# Flows in a software flowtable are translated the same way: X-F1.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
engine r
flowtable r "meta l4proto udp"

offloaded() { # CONNTRACK-OPTION...
	ns r conntrack -L -p udp "$@" 2>/dev/null | grep -q OFFLOAD
}

both_ways() { # A SHOWN-A B SHOWN-B: A reaches B at SHOWN-B, and B A
	in_from "$2" "$1" "$4" "$3"
	in_from "$4" "$3" "$2" "$1"
}

testcase "X-F1 a session begun inside"
U h1:3000 s1a:3000 E1
for _ in 1 2 3; do
	both_ways h1:3000 "$E1" s1a:3000 203.0.113.11:3000
done
must offloaded --orig-src 192.168.1.1
for _ in 1 2 3; do
	both_ways h1:3000 "$E1" s1a:3000 203.0.113.11:3000
done

testcase "X-F1 a session begun outside"
in_ s2b:5000 "$E1" h1:3000
for _ in 1 2 3; do
	both_ways h1:3000 "$E1" s2b:5000 203.0.113.22:5000
done
must offloaded --orig-src 203.0.113.22
for _ in 1 2 3; do
	both_ways h1:3000 "$E1" s2b:5000 203.0.113.22:5000
done

testcase "X-F1 a hairpin session"
U h2:3100 s1a:3000 E2
for _ in 1 2 3; do
	both_ways h1:3000 "$E1" h2:3100 "$E2"
done
must offloaded --orig-src 192.168.1.1 --orig-dst "${E2%:*}"
for _ in 1 2 3; do
	both_ways h1:3000 "$E1" h2:3100 "$E2"
done

testcase "X-F1 one mapping each, and the list says what is offloaded"
n_maps r 2
maps r '.mappings[] | select(.int_port == 3000) | .flags | tostring'
stock || has "$M" offloaded "flags"
in_ s1b:5000 "$E1" h1:3000

finish
