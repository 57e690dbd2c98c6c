#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: tool
# What save prints of static mappings at addresses that their interface alone does not tell.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
engine r
must ns r ip addr add 203.0.113.5/24 dev wan
must ns r ip link add borrower type dummy
must ns r ip link set borrower up

testcase "X-D4 a second address and a borrowed one are saved and restored"
must ns r fullcone add udp int 192.168.1.1:4000 oif wan ext :4000
must ns r fullcone add udp int 192.168.1.2:4001 ext 203.0.113.5:4001
must ns r fullcone add udp int 192.168.1.3:4002 ext 203.0.113.1:4002 oif borrower
SAVED=$(ns r fullcone save) || fail "save"
log "$SAVED"
has "$SAVED" "int 192.168.1.1:4000 ext :4000 oif wan" "save"
must ns r fullcone flush all static
n_maps r 0
must ns r fullcone restore <<<"$SAVED"
n_maps r 3 static
n_maps r 1 ext 203.0.113.5:4001
n_maps r 1 ext 203.0.113.1:4002
eq "$(ns r fullcone save)" "$SAVED" "what save prints then"

testcase "X-D4 what the settings of a profile no longer allow keeps restore from nothing else"
must ns r fullcone flush all static
must ns r fullcone profile set office source=203.0.113.100-203.0.113.103
must ns r fullcone profile set plain
must ns r fullcone add udp int 192.168.1.1:4000 ext 203.0.113.100:4000 profile office
must ns r fullcone add udp int 192.168.1.1:4001 oif wan ext 203.0.113.1:4001 profile plain
must ns r fullcone add tcp int 192.168.1.2:443 oif wan ext 203.0.113.1:443 profile plain
must ns r fullcone add udp int 192.168.1.3:4004 oif wan ext 203.0.113.1:4004
must ns r fullcone profile set office source=203.0.113.102-203.0.113.103
must ns r fullcone profile set plain source=203.0.113.110
must ns r fullcone profile set default reserve=443
SAVED=$(ns r fullcone save 2>&1) || fail "save"
log "$SAVED"
has "$SAVED" "203.0.113.100:4000 is of the profile office, which would not allow it now"
has "$SAVED" "203.0.113.1:4001 is of the profile plain, which would not allow it now; it is saved"
has "$SAVED" "203.0.113.1:443 is of the profile plain, which would not allow it now, and"
SAVED=$(ns r fullcone save 2>/dev/null)
must ns r fullcone flush all static
must ns r fullcone restore <<<"$SAVED"
n_maps r 2 static
n_maps r 1 ext 203.0.113.1:4001
n_maps r 1 ext 203.0.113.1:4004

testcase "U-2 U-9a a host that calls a mapping at a second address shows the first one"
must ns r fullcone flush all static
must ns r fullcone profile set default reserve=none
must ns r fullcone add udp int 192.168.1.2:4100 ext 203.0.113.5:4100
U h1:4100 s1a:3000 E1
got h1:4101 203.0.113.5:4100 h2:4100
eq "$E" 203.0.113.1:4101 "source shown"
U h1:4101 s1a:3000
eq "$E" 203.0.113.1:4101 "external endpoint"
in_from 203.0.113.5:4100 h2:4100 "$E" h1:4101

testcase "X-D4 of several networks of an interface, the one of its default route has the address"
must ns r fullcone flush all static
ns r ip -b - <<-'IP' || fail "ip"
	addr flush dev wan
	addr add 10.99.0.2/24 dev wan
	addr add 203.0.113.1/24 dev wan
	route add default via 203.0.113.11
IP
must ns r fullcone add udp int 192.168.1.1:4200 oif wan ext :4200
must ns r fullcone add udp int 192.168.1.1:4201 oif wan
n_maps r 2 ext 203.0.113.1
has "$(ns r fullcone save)" "int 192.168.1.1:4200 ext :4200 oif wan" "save"
U h1:4202 s1a:3000
eq "$E" 203.0.113.1:4202 "external endpoint of traffic"
got h3:4203 203.0.113.1:4200 h1:4200
eq "$E" 203.0.113.1:4203 "source shown in a hairpin"

finish
