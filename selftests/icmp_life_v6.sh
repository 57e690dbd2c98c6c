#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: ip6
# as: icmp_life.sh
FAMILY=6
. "${0%/*}/icmp_life.sh"
