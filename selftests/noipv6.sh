#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: noipv6
# A kernel that was started with ipv6.disable=1 has the code of IPv6 but none of its tables:
# the engine must not call that code.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
engine r

without_ipv6() {
	[ "$(</sys/module/ipv6/parameters/disable)" = 1 ] || {
		skip "this kernel was started with IPv6"
		return 1
	}
}

# The command is refused, with a word on IPv6, and changes nothing.
refuses6() {
	local before after

	before=$(ns r fullcone save)
	OUT=$(ns r fullcone "$@" 2>&1) && fail "$* was accepted"
	has "$OUT" "IPv6" "what $* says"
	after=$(ns r fullcone save)
	eq "$after" "$before" "settings after $*"
}

testcase "V-7 TO-2 no profile is for IPv6"
if without_ipv6; then
	refuses6 profile set default ip6=1
	refuses6 profile set other ip6=1 source=2001:db8:a::1
fi

testcase "V-7 no mapping of IPv6 is made by name, and none is found"
if without_ipv6; then
	refuses6 add udp int '[fd00::1]:5000' ext '[2001:db8::1]:6000'
	ns r fullcone get udp int '[fd00::1]:5000' && fail "there is one"
	ns r fullcone get udp ext '[2001:db8::1]:6000' && fail "there is one"
	OUT=$(ns r fullcone list int 'fd00::/8') || fail "list"
	has_not "$OUT" fd00 "the list"
fi

testcase "U-1 SV-4 IPv4 is translated as ever"
if without_ipv6; then
	U h1:3000 s1a:3000 E1
	U h1:3000 s2b:3001
	eq "$E" "$E1" "external endpoint of h1"
	in_ s2a:5000 "$E1" h1:3000
fi

finish
