#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: ip6
# as: k13_rule.sh
FAMILY=6
. "${0%/*}/k13_rule.sh"
