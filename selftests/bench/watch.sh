# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034 # results are global variables
#
# What other work costs while packets are forwarded: the longest time in which none was,
# the longest softirq, and the instructions of kernel threads.

TRACING=/sys/kernel/tracing
# Between two packets of the stream. Sent by a timer in softirq, as a network card would:
# a process in the kernel does not hold them up, only who keeps softirqs off does.
GAP_USEC=200
STREAM_PORT=2

# stream_setup VARIANT: from its client on, paced by a timer of the qdisc
stream_setup() {
	modprobe sch_netem &&
		tc -n "bench-$1-c" qdisc add dev c0 root netem limit 1000000 \
			rate $((100 * 8 * 1000000 / GAP_USEC))
}

# A stream for so many seconds, which goes on when this has returned. All else that the
# generator sends goes past the qdisc.
stream_start() { # VARIANT SECONDS
	stream_past "$1" queue_xmit &&
		out "$1" $(($2 * 1000000 / GAP_USEC)) $STREAM_PORT 1 $SERVICE 1 &&
		stream_past "$1" start_xmit
}

stream_past() { # VARIANT MODE
	in_ns "bench-$1-c" bash -c "echo xmit_mode $2 > /proc/net/pktgen/c0"
}

stream_wait() { # VARIANT
	local i queued

	for ((i = 0; i < 600; i++)); do
		queued=$(tc -n "bench-$1-c" -s qdisc show dev c0)
		[[ ! $queued =~ backlog\ 0b\ 0p ]] || return 0
		sleep 0.1
	done
	die "the stream does not end: $queued"
}

watch_start() {
	echo 0 > $TRACING/tracing_on
	echo 16384 > $TRACING/buffer_size_kb
	echo > $TRACING/trace
	echo 'name == "s0"' > $TRACING/events/net/netif_receive_skb/filter
	echo 1 > $TRACING/events/net/netif_receive_skb/enable
	echo 1 > $TRACING/events/irq/softirq_entry/enable
	echo 1 > $TRACING/events/irq/softirq_exit/enable
	threads_before=$(threads_nsec)
	echo 1 > $TRACING/tracing_on
}

# Leaves microseconds in $pause and $softirq, how many packets in $seen, and in $threads
# the thousands of instructions of the kernel's workers.
watch_stop() {
	echo 0 > $TRACING/tracing_on
	threads=$((($(threads_nsec) - threads_before) / 1000))
	read -r pause softirq seen lost < <(awk -f watch.awk $TRACING/trace)
	[ "$lost" -eq 0 ] || die "the trace is not whole: $lost events lost"
}

# What the workers have run for so far
threads_nsec() {
	local f sum=0 run comm

	for f in /proc/[0-9]*/comm; do
		read -r comm < "$f" 2> /dev/null || continue
		[[ $comm == kworker/* ]] || continue
		read -r run _ < "${f%comm}schedstat" && sum=$((sum + run))
	done
	echo "$sum"
}
