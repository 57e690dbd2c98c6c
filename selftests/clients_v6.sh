#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: clients
# timeout: 300
# What coturn's client makes of the NAT in IPv6; the others of clients.sh speak IPv4 only.
# b3_v6.sh shows that it finds other kinds of NAT, too.
FAMILY=6
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"
. "${0%/*}/stun.sh"

T1
stun_server
engine r

testcase "B-7 IPv6: coturn's discovery: endpoint-independent mapping and filtering on two hosts with one source port"
coturn h1
coturn h2
sees_full_cone coturn
maps r '[.mappings[] | select(.int_port == 3000) | .ext_port] | unique | length'
stock || eq "$M" 2 "external ports of the two hosts' port"

testcase "B-6 IPv6 hairpin: coturn's client reaches itself by its own external endpoint"
coturn_hairpins

testcase "B-7 IPv6 collision: two addresses on one source port get two external endpoints"
collides

finish
