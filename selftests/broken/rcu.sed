# SPDX-License-Identifier: GPL-2.0
# what: a table is walked outside of RCU's protection
# file: kmod/table.c
# test: u1
# caught: WARNING: suspicious RCU usage
s/^\trcu_read_(un)?lock\(\);$//
