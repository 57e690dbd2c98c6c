#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: ip6
# as: t8.sh
FAMILY=6
. "${0%/*}/t8.sh"
