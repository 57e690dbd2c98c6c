#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: ip6
# as: modes_punch.sh
FAMILY=6
NAT=firewall
. "${0%/*}/modes_punch.sh"
