#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: change
# An address that is renewed (X-M3), and one of several that goes (X-M5).
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
engine r
# Not its own port: what comes again would be another one.
U h2:3000 s1a:3000
U h1:3000 s1a:3000 E1
stock || ns r fullcone flush int 192.168.1.2
in_ s2b:5000 "$E1" h1:3000

gone() { column r external ext "$1"; [ ${#ROWS[@]} = 0 ]; }
sessions_gone() { sessions r -p udp --reply-dst "$1"; [ "$C" = 0 ]; }

testcase "X-M3 renewing the lease of an address keeps mappings and sessions"
counting r mappings_created mappings_addr_gone
sessions r -p udp
BEFORE=$C
for how in "valid_lft 3600 preferred_lft 3600" "valid_lft 7200 preferred_lft 7000" \
	"valid_lft forever preferred_lft forever"; do
	# shellcheck disable=SC2086 # words
	must ns r ip addr change 203.0.113.1/24 dev wan $how
	# shellcheck disable=SC2086
	must ns r ip addr replace 203.0.113.1/24 dev wan $how
	sessions r -p udp
	eq "$C" "$BEFORE" "sessions"
	in_ s1a:3000 "$E1" h1:3000
	in_ s2b:5000 "$E1" h1:3000
done
U h1:3000 s2a:3001
eq "$E" "$E1" "external endpoint"
in_ s2b:5001 "$E1" h1:3000
counted r mappings_created 0
counted r mappings_addr_gone 0

testcase "X-M3 an address that only gets another prefix length keeps its mappings"
must ns r fullcone add udp int 192.168.1.3:6900 ext :6900 oif wan
counting r mappings_created mappings_addr_gone
must ns r ip addr add 203.0.113.1/25 dev wan
must ns r ip addr del 203.0.113.1/24 dev wan
U h1:3000 s2a:3003
eq "$E" "$E1" "external endpoint"
in_ s2b:5010 "$E1" h1:3000
in_ s2b:5011 203.0.113.1:6900 h3:6900
must ns r ip addr add 203.0.113.1/24 dev wan
must ns r ip addr del 203.0.113.1/25 dev wan
in_ s2b:5012 "$E1" h1:3000
counted r mappings_created 0
counted r mappings_addr_gone 0

testcase "X-M5 the same address of another VRF's interface takes nothing along"
counting r mappings_addr_gone
must ns r ip link add name blue type vrf table 77
must ns r ip link add name other type dummy
must ns r ip link set dev other master blue up
must ns r ip addr add 203.0.113.1/24 dev other
must ns r ip addr del 203.0.113.1/24 dev other
in_ s2b:5013 "$E1" h1:3000
in_ s2b:5014 203.0.113.1:6900 h3:6900
counted r mappings_addr_gone 0
must ns r ip link del dev other
must ns r ip link del dev blue
must ns r fullcone flush int 192.168.1.3 static

# A static mapping brings a mapping onto the second address, which masquerade never takes.
second() { # ADDR PORT
	must ns r fullcone add udp int 192.168.1.3:"$2" ext "$1:$2"
	in_ s2b:5002 "$1:$2" h3:"$2"
	U h3:"$2" s1a:3000
	eq "$E" "$1:$2" "external endpoint on the second address"
}

testcase "X-M5 a secondary address that goes takes only its own along"
ns r ip addr add 203.0.113.5/24 dev wan
has "$(ns r ip -o addr show dev wan)" secondary "addresses of wan"
second 203.0.113.5 7000
ns r ip addr del 203.0.113.5/24 dev wan
busywait 1500 gone 203.0.113.5 || fail "mappings: ${ROWS[*]}"
busywait 1500 sessions_gone 203.0.113.5 || fail "$C sessions"
n_maps r 1 int 192.168.1.1
in_ s1a:3000 "$E1" h1:3000
U h1:3000 s2a:3002
eq "$E" "$E1" "external endpoint"
in_none s2b:5003 203.0.113.5:7000

testcase "X-M5 the primary one goes, and the secondary is promoted: its mappings stay"
tell sysctl "${NS[r]}" net/ipv4/conf/wan/promote_secondaries 1
ns r ip addr add 203.0.113.5/24 dev wan
second 203.0.113.5 7001
ns r ip addr del 203.0.113.1/24 dev wan
busywait 1500 gone 203.0.113.1 || fail "mappings: ${ROWS[*]}"
busywait 1500 sessions_gone 203.0.113.1 || fail "$C sessions"
n_maps r 1 ext 203.0.113.5:7001
in_ s2b:5002 203.0.113.5:7001 h3:7001
in_ s2a:5004 203.0.113.5:7001 h3:7001
U h1:3000 s1a:3003
eq "${E%:*}" 203.0.113.5 "external address of a new mapping"

testcase "X-M5 the primary one goes, and takes its secondaries along: nothing is left"
tell sysctl "${NS[r]}" net/ipv4/conf/wan/promote_secondaries 0
tell sysctl "${NS[r]}" net/ipv4/conf/all/promote_secondaries 0
ns r ip addr add 203.0.113.6/24 dev wan
second 203.0.113.6 7002
# now .5 is the primary one
ns r ip addr del 203.0.113.5/24 dev wan
eq "$(ns r ip -o -4 addr show dev wan)" "" "addresses of wan"
busywait 1500 gone 203.0.113.5 || fail "mappings: ${ROWS[*]}"
busywait 1500 gone 203.0.113.6 || fail "mappings: ${ROWS[*]}"
n_maps r 0
sessions r -p udp
eq "$C" 0 "sessions"
ns r ip addr add 203.0.113.1/24 dev wan
U h1:3000 s1a:3004
eq "${E%:*}" 203.0.113.1 "external address when there is one again"
in_ s2b:5005 "$E" h1:3000

testcase "X-M1 an uplink whose address changes does not go on with the same one of another"
must ns r ip link add name twin type dummy
must ns r ip link set dev twin up
must ns r ip addr add 203.0.113.1/32 dev twin
ns r ip addr del 203.0.113.1/24 dev wan
ns r ip addr add 203.0.113.9/24 dev wan
busywait 1500 gone 203.0.113.1 || fail "mappings: ${ROWS[*]}"
U h1:3000 s1a:3004
eq "${E%:*}" 203.0.113.9 "external address then"
in_ s2b:5006 "$E" h1:3000

finish
