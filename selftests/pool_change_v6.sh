#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: ip6
# as: pool_change.sh
FAMILY=6
. "${0%/*}/pool_change.sh"
