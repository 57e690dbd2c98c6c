#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: modes
# as: filter.sh
# The same with connections.
PROTO=tcp
. "${0%/*}/filter.sh"
