#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: inbound
# as: modes_punch.sh
NAT=firewall
. "${0%/*}/modes_punch.sh"
