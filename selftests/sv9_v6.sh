#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: ip6
# as: sv9.sh
FAMILY=6
. "${0%/*}/sv9.sh"
