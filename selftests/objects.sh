# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034 # N is a result
#
# What the module has allocated and not freed: the kernel notes who has allocated an object
# if it was started with slub_debug=U, in debugfs, or up to 5.14 in sysfs.

OBJECTS='\[nf_nat_fullcone\]'	# whose, a pattern

allocated() {
	cat /sys/kernel/debug/slab/*/alloc_traces /sys/kernel/slab/*/alloc_calls 2>/dev/null
}

# How many there are, into $N.
objects() {
	N=$(allocated | awk -v of="$OBJECTS" '$0 ~ of && $1 ~ /^[0-9]+$/ { n += $1 }
					      END { print n + 0 }')
	log "objects of the module: $N"
}

objects_at_most() { objects; [ "$N" -le "$1" ]; }

# Can they be counted? KASAN keeps what was freed for a while, so that kmemleak has to tell.
objects_known() {
	if [ -w /sys/kernel/debug/kmemleak ]; then
		log "kmemleak will tell"
		return 1
	fi
	[ -z "$(allocated | head -1)" ] || return 0
	stock || skip "the kernel was not started with slub_debug=U"
	return 1
}

# no_leak ALLOWED: all that the module has allocated is freed again, but for so much
no_leak() {
	objects_known || return 0
	busywait 20000 objects_at_most "$1" || {
		fail "$N objects of the module are left, more than $1"
		log "$(allocated | grep -E "$OBJECTS" | sort -u)"
	}
}

mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug
