# SPDX-License-Identifier: GPL-2.0
# what: a flow joins a mapping without taking a reference on it
# file: kmod/mapping.c
# test: u1
# caught: BUG: KASAN: .*use-after-free
s/!fullcone_compat_ct_inc_not_zero\(&m->anchor\)/!fullcone_compat_ct_refs(\&m->anchor)/
