#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: ip6
# as: n1.sh
FAMILY=6
. "${0%/*}/n1.sh"
