# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # shared with lib.sh and the test files
#
# Allocations that fail: failslab, as a kernel of scripts/build-kernel has it. For test
# files; lib.sh comes first.

FAILSLAB=/sys/kernel/debug/failslab
PRINTK=/proc/sys/kernel/printk

can_fail() {
	[ -w $FAILSLAB/probability ] || { skip "a kernel without failslab"; return 1; }
	! stock || { skip "nothing to fail"; return 1; }
}

fail_attr() { echo "$2" >$FAILSLAB/"$1" || die "cannot write $FAILSLAB/$1"; }
fail_none() { echo 0 >$FAILSLAB/probability; }
marker() { echo "selftests: $*" >/dev/kmsg; }

# fail_thread NAME DEV NAME DEV: what comes in through the first DEV, one end of a veth, is from
# now on received by a thread, $THREAD: the kernel can be told which allocation of a thread's
# fails, but not which of a softirq's. The second DEV is the other end.
fail_thread() {
	local dev=$2 f comm

	# a veth has NAPI, and so a thread, for what its peer leaves to GRO
	must ns "$1" ethtool -K "$dev" gro on
	must ns "$3" ethtool -K "$4" tso off
	must ip netns exec "${NS[$1]}" sh -c "echo 1 >/sys/class/net/$dev/threaded"
	THREAD=
	for f in /proc/[0-9]*/comm; do
		comm=
		! read -r comm <"$f" || [[ $comm != "napi/$dev-"* ]] || THREAD=${f%/comm}
	done 2>/dev/null
	[ -n "$THREAD" ] || die "no thread for $dev"
}

# The first port of the one bridge in the namespace NAME, into $PORT.
first_port() {
	PORT=$(ns "$1" bridge link show | awk -F '[:@ ]+' '{ print $2; exit }')
}

# The N-th allocation of the thread from now on that cannot wait fails; 0: none.
fail_nth() { # THREAD N
	echo "$2" >"$1"/fail-nth || die "cannot write $1/fail-nth"
}

was_hit() { [ "$(<"$1"/fail-nth)" = 0 ]; } # THREAD

# Without traces: there would be too many.
fail_every() { # N
	fail_attr verbose 0
	fail_attr interval "$1"
	fail_attr space 0
	fail_attr times -1
	fail_attr probability 100
}

fail_share() { # PERCENT
	fail_every 1
	fail_attr probability "$1"
}

# Where allocations failed since the file began, a line each, into $TRACES: what the last
# marker before it says behind PREFIX, a bar, and the functions from the allocation on,
# those of the module with a star.
fail_traces() { # PREFIX
	TRACES=$(dmesg | awk -v p="selftests: $1" '
		i = index($0, p)		{ key = substr($0, i + length(p)) }
		/FAULT_INJECTION: forcing/	{ on = key != ""; chain = "" }
		!on || / \? /			{ next }
		/<\/(IRQ|TASK)>/		{ print key "|" chain; on = 0 }
		match($0, /[A-Za-z0-9_.]+\+0x[0-9a-f]+\//) {
			f = substr($0, RSTART, RLENGTH)
			sub(/\+.*/, "", f)
			chain = chain " " (/\[nf_nat_fullcone\]/ ? "*" : "") f
		}')
	log "$TRACES"
}

fail_end() {
	fail_none
	[ -z "${QUIET:-}" ] || echo "$QUIET" >$PRINTK
}

if [ -w $FAILSLAB/probability ]; then
	fail_none
	# what waits for memory gets it: of interest is what a packet cannot wait for
	fail_attr ignore-gfp-wait Y
	fail_attr task-filter N
	fail_attr cache-filter N
	# every trace is wanted, but not on a slow console
	fail_attr verbose 2
	fail_attr verbose_ratelimit_interval_ms 0
	QUIET=$(<$PRINTK)
	at_exit fail_end
	echo 4 >$PRINTK
fi
