#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 9000
# as: soak_tcp.sh
FAMILY=6
. "${0%/*}/soak_tcp.sh"
