#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 200
# as: soak_icmp.sh
FAMILY=6
. "${0%/*}/soak_icmp.sh"
