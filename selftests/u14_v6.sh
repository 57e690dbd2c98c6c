#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: ip6
# as: u14.sh
FAMILY=6
. "${0%/*}/u14.sh"
