#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: clients2
# timeout: 300
# The clients of clients.sh on two CPUs: both hosts want the same ports at once.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"
. "${0%/*}/stun.sh"

T1
stun_ready
engine r

testcase "two CPUs, first round: the four see full cone on both hosts, one endpoint each"
four_agree

testcase "two CPUs, second round, ports given away anew: the same"
stock || must ns r fullcone flush all
must ns r conntrack -F
four_agree

testcase "B-6 B-7 two CPUs: hairpin and collision"
hairpins
collides

finish
