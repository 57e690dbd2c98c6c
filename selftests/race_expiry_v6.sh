#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: races
# timeout: 1800
# as: race_expiry.sh
FAMILY=6
. "${0%/*}/race_expiry.sh"
