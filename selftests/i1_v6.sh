#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: ip6
# as: i1.sh
FAMILY=6
. "${0%/*}/i1.sh"
