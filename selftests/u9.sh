#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: inbound
# Hairpinning: RFC 4787 REQ-9.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1L
engine r
rules h1 <<'NFT'
table inet watch {
	counter redirects {}
	counter datagrams {}
	chain input {
		type filter hook input priority filter; policy accept;
		icmp type redirect counter name redirects
		icmpv6 type nd-redirect counter name redirects
		meta l4proto udp counter name datagrams
	}
}
NFT

packets() { # COUNTER, into $N
	N=$(ns h1 nft -j list counter inet watch "$1" |
		jq '.nftables[] | select(.counter) | .counter.packets')
}

testcase "U-9 U-9a a host on the same bridge is reached at its external endpoint"
U h2:3100 s1a:3000 E2
counting r flows_hairpin mappings_created
got h1:3000 "$E2" h2:3100
E1=$E
eq "${E1%:*}" "${ADDR[rw]}" "the source h2 is shown"
in_from "$E2" h2:3100 "$E1" h1:3000
in_from "$E1" h1:3000 "$E2" h2:3100
counted r flows_hairpin 1
counted r mappings_created 1

testcase "U-9a the source shown is the sender's own external endpoint"
U h1:3000 s2a:3000
eq "$E" "$E1" "external endpoint of h1:3000 elsewhere"
maps r '.mappings[].sessions' int "${ADDR[h2]}"
stock || eq "$M" 2 "sessions of h2:3100"

testcase "U-9 no redirect is sent to the host"
packets redirects
# Those of IPv6 are beyond conntrack, which drops the others: the kernel tells h1 that h2 itself,
# not its external address, is on the link, and that is so.
[ "$FAMILY" = 6 ] || eq "$N" 0 "ICMP redirects at h1"
packets datagrams
ge "$N" 1 "datagrams at h1"

testcase "U-9 from anyone inside, also where a mapping was there before"
U h3:3300 s1a:3000 E3
in_from "$E3" h3:3300 "$E2" h2:3100
in_from "$E2" h2:3100 "$E3" h3:3300
in_from "$E2" h2:3100 "$E1" h1:3000

testcase "U-9 across two LAN bridges, in both directions"
U h4:3400 s1a:3000 E4
in_from "$E4" h4:3400 "$E2" h2:3100
in_from "$E2" h2:3100 "$E4" h4:3400
in_from "$E1" h1:3000 "$E4" h4:3400
in_from "$E4" h4:3400 "$E1" h1:3000

testcase "U-9 both ends still answer the outside"
in_ s2b:9 "$E1" h1:3000
in_ s2b:9 "$E2" h2:3100
in_ s2b:9 "$E4" h4:3400

testcase "U-9b a host reaches itself, from the same socket and from another"
in_from "$E1" h1:3000 "$E1" h1:3000
got h1:3005 "$E1" h1:3000
eq "${E%:*}" "${ADDR[rw]}" "the source shown"
ne "$E" "$E1" "external endpoint of h1:3005"
in_from "$E1" h1:3000 "$E" h1:3005

testcase "U-9b M-4 such a flow is one session"
got h1:3006 s1a:3000 s1a:3000
in_from "$E" h1:3006 "$E" h1:3006
sessions_of r h1:3006
stock || eq "$M" 2 "sessions"

testcase "U-9 after the conntrack entries are gone"
ns r conntrack -F
in_from "$E1" h1:3000 "$E2" h2:3100
in_from "$E4" h4:3400 "$E2" h2:3100

testcase "U-9 without an entry of conntrack neither side has a session"
# idle NAME ENDPOINT...: none of them has any; pairs are looked at now and then
idle() {
	local ep

	for ep in "${@:2}"; do
		sessions_of "$1" "$ep"
		[ "$M" = 0 ] || return 1
	done
}
ns r conntrack -F
stock || busywait 5000 idle r h1:3000 h2:3100 h4:3400 || fail "a session is left: $M"

testcase "U-9 U-5a who calls a host inside is no mere client of DNS any more"
U h1:3007 s1a:53
flags r h1:3007
stock || eq "$M" short "flags while it has only asked a DNS server"
got h1:3007 "$E2" h2:3100
flags r h1:3007
stock || eq "$M" - "flags after it has called h2"

testcase "U-9 M-4 a flush of either side's mapping ends the session between the two"
# flushed HOST: the mappings of HOST alone
flushed() { stock || must ns r fullcone flush int "${ADDR[$1]}"; }
both() { # the session of h3 and h2, and nothing else of the two
	ns r conntrack -F
	got h3:3300 "$E2" h2:3100
	sessions r -p udp
	eq "$C" 1 "sessions of h3 and h2"
}
both
flushed h3
sessions r -p udp
stock || eq "$C" 0 "sessions after the caller's flush"
both
flushed h2
sessions r -p udp
stock || eq "$C" 0 "sessions after the callee's flush"

finish
