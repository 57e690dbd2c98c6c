#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: races
# timeout: 600
# as: race.sh
FAMILY=6
. "${0%/*}/race.sh"
