#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: ip6
# as: filter.sh
FAMILY=6
. "${0%/*}/filter.sh"
