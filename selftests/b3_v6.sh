#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: clients
# timeout: 1800
# as: b3.sh
FAMILY=6
. "${0%/*}/b3.sh"
