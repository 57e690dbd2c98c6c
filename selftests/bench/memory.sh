# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What memory is in use.

# KiB, all that is in use but caches; what is free in slabs takes several turns to go.
used_kib() {
	local i now last=0

	for ((i = 0; i < 40; i++)); do
		echo 3 > /proc/sys/vm/drop_caches
		echo 1 > /proc/sys/vm/compact_memory
		sleep 1
		now=$(awk '/^MemTotal/ { t = $2 } /^(MemFree|Buffers|Cached)/ { t -= $2 }
			   END { print t }' /proc/meminfo)
		[ $((now > last ? now - last : last - now)) -gt 64 ] || break
		last=$now
	done
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
