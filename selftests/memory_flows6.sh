#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: memory
# timeout: 900
# as: memory_flows.sh
FAMILY=6
. "${0%/*}/memory_flows.sh"
