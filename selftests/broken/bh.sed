# SPDX-License-Identifier: GPL-2.0
# what: a lock of the packet path is taken elsewhere with softirqs on
# file: kmod/addr.c
# test: u1
# caught: WARNING: inconsistent lock state
s/spin_(un)?lock_bh\(/spin_\1lock(/
