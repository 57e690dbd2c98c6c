#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: ip6
# as: t_conntrack.sh
FAMILY=6
. "${0%/*}/t_conntrack.sh"
