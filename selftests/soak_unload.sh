#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 3000
# as: xc.sh
# X-C4 with a hundred rounds. scripts/soak runs it.
ROUNDS=100
. "${0%/*}/xc.sh"
