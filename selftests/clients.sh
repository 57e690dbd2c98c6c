#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: clients
# timeout: 300
# What STUN clients that others wrote make of the NAT: RFC 5780 and RFC 3489.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"
. "${0%/*}/stun.sh"

T1
stun_ready

testcase "control: behind stock masquerade all four see address- and port-dependent filtering"
masquerade r
ask_four
sees coturn "address and port dependent"
sees pion "address and port dependent"
sees stun "address and port dependent"
# unasked packets of the server take the place of the client's next ones
sees go-stun symmetric
no_masquerade r

engine r
ask_four

testcase "B-7 coturn's discovery: endpoint-independent mapping and filtering on two hosts with one source port"
sees_full_cone coturn

testcase "B-1 B-2 stun-nat-behaviour of pion: endpoint-independent mapping and filtering on both"
sees_full_cone pion

testcase "RFC 3489 stun: independent mapping, independent filter on both"
sees_full_cone stun

testcase "RFC 3489 go-stun: full cone on both"
sees_full_cone go-stun

testcase "U-1 U-3 all saw one external endpoint a source port, and another one on the other host"
one_endpoint_each

testcase "B-6 hairpin: coturn's client reaches itself by its own external endpoint"
hairpins

testcase "B-7 collision: two addresses on one source port get two external endpoints"
collides

finish
