# SPDX-License-Identifier: GPL-2.0
# what: a mapping whose time is up is not freed
# file: kmod/mapping.c
# test: k4
# caught: unreferenced object
/^bool fullcone_mapping_reclaim/,/^}/s/^\t\tcall_rcu\(.*$//
