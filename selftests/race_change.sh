#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: races
# timeout: 600
# Traffic in both directions on two CPUs, and everything changes: X-R5, half a minute.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"
. "${0%/*}/turmoil.sh"
. "${0%/*}/objects.sh"

T2
engine r1
engine r2

testcase "X-R5 flushes, rules, profiles, addresses, namespaces and the module come and go"
turmoil 30

testcase "X-R5 afterwards both routers work as ever"
calm

testcase "X-R5 nothing of the mappings made meanwhile is left"
no_leak 100

finish
