#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: ip6
# as: u9.sh
FAMILY=6
. "${0%/*}/u9.sh"
