#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: conntrack
# The keys of the mapping table, IPv6 and zones included, as the module checks them at
# load when it is asked to; a failure refuses the load.
. "${0%/*}/lib.sh"

load() { run modprobe nf_nat_fullcone "$@"; }
at_exit load

testcase "K-1 K-2 X-Z1 keys tell families, zones, protocols, ports, realms and remotes apart"
if stock; then
	fail "plain masquerade has no mapping table"
else
	run rmmod nf_nat_fullcone || fail "rmmod"
	BEFORE=$(dmesg | grep -c 'nf_nat_fullcone: selftest: ok')
	load selftest=1 || fail "the module refuses to load: $(dmesg | grep selftest | tail -n 3)"
	eq "$(dmesg | grep -c 'nf_nat_fullcone: selftest: ok')" $((BEFORE + 1)) "selftests that passed"
	eq "$(fullcone stats -j | jq .stats.mappings)" 0 "mappings left behind"
fi

finish
