#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: ip6
# as: xz2.sh
FAMILY=6
. "${0%/*}/xz2.sh"
