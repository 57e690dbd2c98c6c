# SPDX-License-Identifier: GPL-2.0
#
# From a trace of received packets and softirqs: the longest time between two packets, the
# longest softirq (both in microseconds), how many packets, how many events were lost.

function usec(field)
{
	sub(/:$/, "", field)
	return field * 1000000
}

/entries-in-buffer/ {
	split($3, n, "/")
	lost = n[2] - n[1]
	next
}
/^#/ { next }
/ netif_receive_skb: / {
	now = usec($4)
	if (seen++ && now - last > pause)
		pause = now - last
	last = now
}
/ softirq_entry: / {
	entered = usec($4)
}
/ softirq_exit: / {
	now = usec($4)
	if (entered && now - entered > softirq)
		softirq = now - entered
	entered = 0
}

END {
	printf "%.0f %.0f %d %d\n", pause, softirq, seen, lost
}
