#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 3000
# as: xz4.sh
# X-Z5 with two hundred rounds. scripts/soak runs it.
ROUNDS=200
. "${0%/*}/xz4.sh"
