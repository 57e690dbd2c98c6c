#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: ip6
# as: p5.sh
FAMILY=6
. "${0%/*}/p5.sh"
