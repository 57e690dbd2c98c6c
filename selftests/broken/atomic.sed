# SPDX-License-Identifier: GPL-2.0
# what: the path of a packet allocates as if it could sleep
# file: kmod/anchor.c
# test: u1
# caught: BUG: sleeping function called from invalid context
s/GFP_ATOMIC/GFP_KERNEL/
