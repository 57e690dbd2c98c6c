# SPDX-License-Identifier: GPL-2.0
# what: a namespace that goes leaves its mappings behind
# file: kmod/table.c
# test: u1
# caught: unreferenced object
/^static void table_abandon/,/^}/s/^\tfullcone_mapping_put\(.*$//
