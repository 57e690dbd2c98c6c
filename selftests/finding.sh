# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034 # shared with the test files
#
# What check finds on r, and whether its lines mend it. For test files; lib.sh comes first.

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

# For tests with traffic, in T1: every flow is a new one of h1.
PORT=3000
next() { PORT=$((PORT + 1)); }

works() {
	next
	U h1:$PORT s1a:3000
	in_ s1a:3000 "$E" h1:$PORT
	in_ s2b:3000 "$E" h1:$PORT
}

# mended TOPIC: the line does, and check has nothing more to say about it
mended() {
	must ns r bash -c "$MEND"
	finding "$1"
	has_not "$M" "warn " "after that line"
	has_not "$M" "fail " "after that line"
	works
}

# mended_all TOPIC: the lines do, and check has nothing more to say about it
mended_all() {
	local line

	while read -r line; do
		must ns r bash -c "$line"
	done <<<"$MEND"
	finding "$1"
	eq "$M" "" "after these lines"
	works
}
