# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What memory is in use.

# KiB of all slabs, larger blocks of kmalloc among them, and of vmalloc and per-CPU memory:
# what free memory tells is off by megabytes, which processors keep for themselves.
used_kib() {
	sleep 5		# so that what RCU and the statistics have put off is done
	awk '/^(SUnreclaim|VmallocUsed|Percpu):/ { n += $2 } END { print n }' /proc/meminfo
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
