#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: long
# as: n6.sh
FAMILY=6
. "${0%/*}/n6.sh"
