#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: ip6
# as: pool.sh
FAMILY=6
. "${0%/*}/pool.sh"
