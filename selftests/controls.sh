#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: controls
# Tests of the tests: against plain masquerade, without the module, they must fail where
# the specification says that masquerade fails (its section 17), and a plain session
# must pass there. A test that passed against masquerade would prove nothing.
. "${0%/*}/lib.sh"

if ! stock; then
	run rmmod nf_nat_fullcone
	at_exit run modprobe nf_nat_fullcone
fi
LOG=$(mktemp)
at_exit "rm -f $LOG"

# fails FILE ROW: FILE has cases of that row, and against masquerade its first one fails
fails() {
	local line

	FC_UNTIL=$2 "$here/run" --stock "$1" >"$LOG" 2>&1
	line=$(grep -E "^(not )?ok [0-9]+ $1: $2 " "$LOG" | head -1)
	log "$line"
	[ -n "$line" ] || { fail "$1.sh has no case $2"; cat "$LOG"; return; }
	[[ $line == "not ok "* ]] || fail "passes against masquerade: $line"
	[[ $line != *"did not run"* ]] || { fail "$line"; cat "$LOG"; }
	grep -q "did not arrive\|is '\|both are\|share\|, not " "$LOG" || fail "no assertion of $1.sh failed"
}

# passes ROW: in the same run, so that the topology and the probe are known to be sound
passes() { grep -qE "^ok [0-9]+ [^ ]+: $1" "$LOG" || fail "fails against masquerade: $1"; }

testcase "control: U-1 fails against plain masquerade"
fails u1 U-1
passes "T1 a plain session"

testcase "control: U-3 fails against plain masquerade"
fails u3 U-3
passes "T1 a plain session"

testcase "control: U-5 fails against plain masquerade"
fails u5 U-5

testcase "control: U-9 fails against plain masquerade"
fails u9 U-9

testcase "control: X-L1 fails against plain masquerade"
fails xl X-L1

testcase "control: X-S4 fails against plain masquerade"
fails strangers X-S4

testcase "control: X-E1 fails against plain masquerade, with as few ports"
fails exhaust X-E1
passes "T1 a plain session"

testcase "control: TO-1 of TCP fails against plain masquerade"
fails tcp_life TO-1

testcase "control: I-2 fails against plain masquerade"
fails icmp_life I-2

finish
