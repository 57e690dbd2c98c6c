#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: modes
# as: sv_modes.sh
# The same with connections.
PROTO=tcp
. "${0%/*}/sv_modes.sh"
