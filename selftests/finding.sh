# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034 # shared with the test files
#
# What check finds on r. For test files; lib.sh comes first.

# finding TOPIC: "LEVEL TEXT" into $M, and the lines that mend it into $MEND
finding() {
	local found

	found=$(ns r fullcone check -j | jq -r --arg t "$1" '[.findings[] | select(.topic == $t)] |
		(.[] | "\(.level) \(.text)"), "@mend", (.[] | .mend)')
	M=${found%%@mend*}
	M=${M%$'\n'}
	MEND=${found#*@mend}
	MEND=${MEND#$'\n'}
	log "$1: $M: $MEND"
}
