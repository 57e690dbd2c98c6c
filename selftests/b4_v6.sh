#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: clients
# timeout: 300
# as: b4.sh
FAMILY=6
. "${0%/*}/b4.sh"
