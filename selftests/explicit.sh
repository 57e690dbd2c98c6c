#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: modes
# Explicit mappings, as a PCP daemon requests them: C-1 to C-3.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"
. "${0%/*}/watch.sh"

T1
engine r

WAN=203.0.113.1
add() { ns r fullcone add "$@"; }
del() { ns r fullcone del "$@"; }

of() { # HOST:PORT JQ: of its one mapping, into $M
	ep "$1"
	maps r ".mappings[0] | $2" int "$EP"
}

testcase "C-1 parity of the external port, where no port is said"
must add udp int 192.168.1.1:3000 oif wan parity odd
of h1:3000 '.ext_port % 2'
eq "$M" 1 "parity of the external port"
must add udp int 192.168.1.1:3001 oif wan parity odd
of h1:3001 .ext_port
eq "$M" 3001 "external port"
must add udp int 192.168.1.1:3002 oif wan parity even
of h1:3002 .ext_port
eq "$M" 3002 "external port"
must_not add udp int 192.168.1.1:3003 ext $WAN:6000 parity even
n_maps r 3

testcase "C-1 only the protocol that was asked for"
must add tcp int 192.168.1.1:3004 ext $WAN:6004
n_maps r 1 int 192.168.1.1:3004
tcp in_ s2b:5000 $WAN:6004 h1:3004
udp in_none s2b:5000 $WAN:6004

testcase "C-1 the ports of PCP itself are refused"
for p in 5350 5351; do
	must_not add udp int 192.168.1.1:$p ext $WAN:6005
	n_maps r 0 int 192.168.1.1:$p
done
must add tcp int 192.168.1.1:5351 ext $WAN:6005

testcase "C-1 an endpoint that has a mapping keeps it, and it goes on without the explicit part"
U h2:3006 s1a:3000
U h1:3006 s1a:3000 E1
ne "$E1" $WAN:3006 "external endpoint"
must add udp int 192.168.1.1:3006 oif wan lifetime 600
of h1:3006 '"\(.ext_addr):\(.ext_port) \(.flags)"'
eq "$M" "$E1 [\"explicit\"]" "the mapping"
must del udp int 192.168.1.1:3006
of h1:3006 '"\(.ext_addr):\(.ext_port) \(.flags)"'
eq "$M" "$E1 []" "the mapping"
in_ s2b:5001 "$E1" h1:3006

testcase "C-1 del finds what was asked for among the other mappings of the endpoint"
profile r map=apdm
for p in 1 2 3 4 5 6 7 8; do
	U h3:3008 s1a:$p
done
must add udp int 192.168.1.3:3008 oif wan lifetime 600
n_maps r 9 int 192.168.1.3:3008
must del udp int 192.168.1.3:3008
n_maps r 8 int 192.168.1.3:3008
n_maps r 0 explicit int 192.168.1.3
must_not del udp int 192.168.1.3:3008
profile r map=eim
# their ports are random
stock || ns r fullcone flush int 192.168.1.3

testcase "C-3 only those who were named come in"
must add udp int 192.168.1.1:3010 ext $WAN:6010 remote 203.0.113.21 remote 203.0.113.11:5000
counting r filtered
in_ s2a:7 $WAN:6010 h1:3010
in_ s1a:5000 $WAN:6010 h1:3010
in_none s1a:5001 $WAN:6010
in_none s2b:5000 $WAN:6010
counted r filtered 2
column r remotes int 192.168.1.1:3010
eq "${ROWS[0]}" "203.0.113.21,203.0.113.11:5000" "who is listed"
column r mode int 192.168.1.1:3010
eq "${ROWS[0]}" "eim/remotes" "mode"

testcase "C-3 whom the host calls answers, and does not begin"
U h1:3010 s2b:5000
in_ s2b:5000 $WAN:6010 h1:3010
ns r conntrack -F
in_none s2b:5000 $WAN:6010

testcase "C-3 a prefix, and the same with connections"
must add tcp int 192.168.1.1:3011 ext $WAN:6011 remote 203.0.113.20/30
tcp in_ s2a:5000 $WAN:6011 h1:3011
tcp in_ s2b:5000 $WAN:6011 h1:3011
tcp in_none s1a:5000 $WAN:6011

testcase "C-3 a request without names leaves them, one with others replaces them"
must add udp int 192.168.1.1:3010 ext $WAN:6010
in_ s2a:8 $WAN:6010 h1:3010
in_none s1a:5002 $WAN:6010
must add udp int 192.168.1.1:3010 ext $WAN:6010 remote 203.0.113.11
in_ s1a:5002 $WAN:6010 h1:3010
ns r conntrack -F
in_none s2a:9 $WAN:6010

testcase "C-3 what was saved is restored with them"
SAVED=$(ns r fullcone save)
has "$SAVED" "remote 203.0.113.20/30" "what is saved"
must ns r fullcone flush all static
ns r fullcone restore <<<"$SAVED" || fail "fullcone restore"
in_ s1a:5003 $WAN:6010 h1:3010
in_none s2a:10 $WAN:6010

testcase "C-1 C-3 without names it is open for everybody, whatever the filter of the profile"
profile r filter=apdf
must add udp int 192.168.1.1:3012 ext $WAN:6012
in_ s2b:5004 $WAN:6012 h1:3012
U h1:3013 s1a:3000 E1
in_none s2b:5004 "$E1"
column r filter int 192.168.1.1:3013
eq "${ROWS[0]}" apdf "the filter that is listed"
profile r filter=eif

testcase "C-3 the names of a request whose lifetime is over do not come back with the next one"
lapsed() { flags r h1:3015; [[ $M != *explicit* ]]; }
must add udp int 192.168.1.1:3015 ext $WAN:6015 remote 203.0.113.21 lifetime 1
U h1:3015 s1a:3000
busywait 5000 lapsed || fail "the flags are $M"
must add udp int 192.168.1.1:3015 ext $WAN:6015 lifetime 600
in_ s2b:5005 $WAN:6015 h1:3015

testcase "C-1 U-9a a mapping at the router's LAN address does not make the LAN external"
U h1:3500 s1a:3000 E1
U h2:3500 s1a:3000 E2
must add udp int 192.168.1.3:3014 ext 192.168.1.254:6014 lifetime 600
in_from "$E1" h1:3500 "$E2" h2:3500
got h1:3501 192.168.1.254:6014 h3:3014
in_from 192.168.1.254:6014 h3:3014 "$E" h1:3501

testcase "C-1 with prefer an address that is not to be had is a wish, and its port another one"
must add udp int 192.168.1.1:3030 ext 203.0.113.77:6030 oif wan prefer
of h1:3030 '"\(.ext_addr):\(.ext_port)"'
eq "$M" $WAN:6030 "external endpoint"
must ns r fullcone profile set lent source=203.0.113.100-203.0.113.101
must add udp int 192.168.1.1:3031 ext 203.0.113.77:6031 profile lent prefer
of h1:3031 .ext_port
eq "$M" 6031 "external port in a pool"
must ns r fullcone profile set lent deterministic=192.168.1.0/29:2
read -r _ OWN _ < <(ns r fullcone get block --noheadings 192.168.1.2 profile lent)
must add udp int 192.168.1.2:3032 ext "203.0.113.$((201 - ${OWN##*.})):1032" profile lent prefer
of h2:3032 .ext_addr
eq "$M" "$OWN" "the address of the block of h2"
for ext in "203.0.113.77:6033 oif wan" "203.0.113.77:6033 profile lent"; do
	# shellcheck disable=SC2086 # words
	must_not add udp int 192.168.1.1:3033 ext $ext
done
n_maps r 0 int 192.168.1.1:3033

testcase "C-1 K-8 a mapping is renewed though its address is no source any more"
must ns r fullcone profile set lent deterministic=off
must add udp int 192.168.1.3:3034 ext 203.0.113.100:6034 profile lent lifetime 600
must ns r fullcone profile set lent source=203.0.113.102
must add udp int 192.168.1.3:3034 ext 203.0.113.100:6034 profile lent lifetime 1000
of h3:3034 .expires_ms
ge "$M" 900000 "time left"
must_not add udp int 192.168.1.3:3035 ext 203.0.113.100:6035 profile lent lifetime 600

testcase "C-1 a profile with one address needs no other word for it"
must add udp int 192.168.1.3:3036 ext :6036 profile lent
of h3:3036 '"\(.ext_addr):\(.ext_port)"'
eq "$M" 203.0.113.102:6036 "external endpoint"

testcase "C-1 with prefer an address that is full is a wish, too"
must ns r fullcone profile set few source=203.0.113.100-203.0.113.101 ports=6100-6101
must add udp int 192.168.1.2:3040 ext 203.0.113.100:6100 profile few
must add udp int 192.168.1.2:3041 ext 203.0.113.100:6101 profile few
must_not add udp int 192.168.1.3:3042 ext 203.0.113.100:6100 profile few
must add udp int 192.168.1.3:3042 ext 203.0.113.100:6100 profile few prefer
of h3:3042 '"\(.ext_addr):\(.ext_port)"'
eq "$M" 203.0.113.101:6100 "external endpoint"

testcase "C-3 when the external address goes away, each mapping is told"
must ns r fullcone flush all static
watch r
must add udp int 192.168.1.1:3020 ext $WAN:6020 lifetime 600 remote 203.0.113.21
must add tcp int 192.168.1.2:3021 ext $WAN:6021
must ns r ip addr del 203.0.113.1/24 dev wan
events_are '[.[] | select(.event == 9) | "\(.int_addr) \(.ext_port) \(.reason)"] | sort' \
	'["192.168.1.1 6020 addr-gone","192.168.1.2 6021 addr-gone"]'
unwatch

finish
