#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 1500
# X-R5 for ten minutes (FULLCONE_SOAK_SECONDS=N: for N seconds). scripts/soak runs it.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"
. "${0%/*}/turmoil.sh"
. "${0%/*}/objects.sh"

T2
engine r1
engine r2

testcase "X-R5 ten minutes of changes on two CPUs"
turmoil "${FULLCONE_SOAK_SECONDS:-600}"

testcase "X-R5 afterwards both routers work as ever"
calm

testcase "X-R5 nothing of the mappings made meanwhile is left"
no_leak 100

finish
