# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What memory is in use.

# KiB of all slabs, larger blocks of kmalloc among them, and of vmalloc and per-CPU memory:
# what free memory tells is off by megabytes, which processors keep for themselves.
memory_now() {
	awk '/^(SUnreclaim|VmallocUsed|Percpu):/ { n += $2 } END { print n }' /proc/meminfo
}

# When what RCU and the statistics have put off is done: it is the same for two seconds.
used_kib() {
	local i same=0 now last=0

	for ((i = 0; i < 60 && same < 4; i++)); do
		now=$(memory_now)
		same=$((now - last <= 16 && last - now <= 16 ? same + 1 : 0))
		last=$now
		sleep 0.5
	done
	[ $same -ge 4 ] || echo "bench: memory in use does not settle" >&2
	echo "$now"
}

# KiB of conntracks and their extensions, which with masquerade are of 128 bytes as well.
conntrack_kib() {
	awk '$1 == "nf_conntrack" { n = $3 * ($4 + 128) } END { print int(n / 1024) }' \
		/proc/slabinfo
}

# Caches that have grown by 100 KiB or more, for who wants to know where it went.
slabs_grown() { # FILE
	awk 'FNR == NR { old[$1] = $3; next }
	     $4 > 0 && ($3 - old[$1]) * $4 >= 102400 {
		printf "# %s: %d objects of %d more\n", $1, $3 - old[$1], $4
	     }' "$1" /proc/slabinfo
}
