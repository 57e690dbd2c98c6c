#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: ip6
# as: t2a.sh
FAMILY=6
. "${0%/*}/t2a.sh"
