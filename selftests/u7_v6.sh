#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: ip6
# as: u7.sh
FAMILY=6
. "${0%/*}/u7.sh"
