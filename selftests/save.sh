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

finish
