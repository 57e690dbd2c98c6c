#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: ip6
# as: xz3.sh
FAMILY=6
. "${0%/*}/xz3.sh"
