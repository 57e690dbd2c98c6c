#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: ip6
# as: xm7.sh
FAMILY=6
. "${0%/*}/xm7.sh"
