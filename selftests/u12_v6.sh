#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: ip6
# as: u12.sh
FAMILY=6
. "${0%/*}/u12.sh"
