# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034 # results are global variables
#
# What other work costs while packets are forwarded: the longest time in which none was,
# the longest softirq, and the instructions of kernel threads.

TRACING=/sys/kernel/tracing
# Between two packets of the stream. Sent by a timer in softirq, as a network card would:
# a process in the kernel does not hold them up, only who keeps softirqs off does.
GAP_USEC=1000

# stream_setup VARIANT: from its client on, paced by a timer of the qdisc, which what the
# generator sends goes past
stream_setup() {
	local c=bench-$1-c

	modprobe sch_netem &&
		echo 67108864 > /proc/sys/net/core/wmem_default &&
		ip -n "$c" neigh replace 192.168.1.1 lladdr 02:00:00:00:00:01 dev c0 nud permanent &&
		ip -n "$c" route replace default via 192.168.1.1 &&
		tc -n "$c" qdisc add dev c0 root netem limit 1000000 \
			rate $((100 * 8 * 1000000 / GAP_USEC))
}

# A stream for so many seconds, which goes on when this has returned. Not the generator's:
# it would wait, busily, until the last of its packets is gone.
stream_start() { # VARIANT SECONDS
	in_ns "bench-$1-c" bash -s "$SERVER" $SERVICE $(($2 * 1000000 / GAP_USEC)) <<-'EOS'
		exec 5<> "/dev/udp/$1/$2" || exit 1
		# 100 bytes with all headers
		printf -v data '%058d' 0
		for ((i = 0; i < $3; i++)); do
			printf '%s' "$data" >&5 || exit 1
		done
	EOS
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
	local event

	echo 0 > $TRACING/tracing_on
	echo 16384 > $TRACING/buffer_size_kb
	echo > $TRACING/trace
	echo 'name == "s0"' > $TRACING/events/net/netif_receive_skb/filter
	echo 1 > $TRACING/events/net/netif_receive_skb/enable
	# not those that forward (HRTIMER, NET_TX, NET_RX): the pause tells of them
	for event in softirq_entry softirq_exit; do
		echo 'vec != 8 && vec != 2 && vec != 3' > $TRACING/events/irq/$event/filter
		echo 1 > $TRACING/events/irq/$event/enable
	done
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
