#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: ip6
# as: t_flowtable.sh
FAMILY=6
. "${0%/*}/t_flowtable.sh"
