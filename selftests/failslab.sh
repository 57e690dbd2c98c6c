# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # shared with lib.sh and the test files
#
# Allocations that fail: failslab, as a kernel of scripts/build-kernel has it. For test
# files; lib.sh comes first.

FAILSLAB=/sys/kernel/debug/failslab
TRACEFS=/sys/kernel/debug/tracing

can_fail() {
	[ -w $FAILSLAB/probability ] || { skip "a kernel without failslab"; return 1; }
	! stock || { skip "nothing to fail"; return 1; }
}

fail_attr() { echo "$2" >$FAILSLAB/"$1" || die "cannot write $FAILSLAB/$1"; }
fail_none() { echo 0 >$FAILSLAB/probability; }
trace_attr() { echo "$2" >$TRACEFS/"$1" || die "cannot write $TRACEFS/$1"; }
marker() { trace_attr trace_marker "$*"; }

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

fail_every() { # N
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
# marker before it says, a bar, and the functions from the allocation on, those of the module
# with a star. The allocator's own tracepoints say it: failslab is silent, as asked, of an
# allocation with __GFP_NOWARN, and so are those of kmemleak, one behind each of the others.
fail_traces() {
	TRACES=$(awk '
		function flush() { if (chain) print key "|" chain; chain = "" }
		/^ => (trace_event_raw_event|__traceiter)_/	{ chain = ""; on = 1; next }
		/^ => /		{
			split($2, f, "+")
			if (on)
				chain = chain " " ($3 == "[nf_nat_fullcone]" ? "*" : "") f[1]
			next
		}
				{ flush(); on = 0 }
		sub(/.* tracing_mark_write[^:]*: /, "")	{ key = $0 }
		END		{ flush() }' $TRACEFS/trace)
	log "$TRACES"
}

fail_end() {
	fail_none
	trace_attr events/kmem/enable 0
}

if [ -w $FAILSLAB/probability ]; then
	fail_none
	# what waits for memory gets it: of interest is what a packet cannot wait for
	fail_attr ignore-gfp-wait Y
	fail_attr task-filter N
	fail_attr cache-filter N
	fail_attr verbose 0
	at_exit fail_end
	trace_attr options/stacktrace 1
	trace_attr options/sym-offset 1	# with it come the names of modules
	for f in kmalloc kmem_cache_alloc; do
		trace_attr events/kmem/$f/filter "ptr == 0"
		trace_attr events/kmem/$f/enable 1
	done
	trace_attr trace ""
fi
