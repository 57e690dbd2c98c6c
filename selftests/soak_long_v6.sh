#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 480
# as: long.sh
FAMILY=6
. "${0%/*}/long.sh"
