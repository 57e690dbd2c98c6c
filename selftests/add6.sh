#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: tool
# Static and explicit IPv6 mappings by the words of add, save and del: X-D4, C-1, C-2.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T6
engine r

# added WORDS...: "EXTERNAL FLAGS" of what it made, into $ADDED
added() {
	ADDED=$(ns r fullcone add "$@" --noheadings -o external,flags | xargs) || fail "add $*"
	log "$ADDED"
}

testcase "X-D4 an IPv6 mapping by both endpoints"
added udp int '[fd00:1::3]:4000' ext '[2001:db8:f::1]:4444'
eq "$ADDED" "[2001:db8:f::1]:4444 static" "the mapping"
in_ s2b:3002 '[2001:db8:f::1]:4444' h3:4000
U h3:4000 s1a:3000
eq "$E" '[2001:db8:f::1]:4444' "external endpoint of h3:4000"

testcase "X-D4 an IPv6 mapping at the address of a device"
must ns r ip -6 address add 2001:db8:f::99/64 dev wan nodad preferred_lft 0
added udp int '[fd00:1::3]:4001' oif wan
eq "$ADDED" "[2001:db8:f::1]:4001 static" "by device"
added udp int '[fd00:1::3]:4002' ext :5002 oif wan
eq "$ADDED" "[2001:db8:f::1]:5002 static" "by device and port"
added udp int '[fd00:1::3]:4003'
eq "$ADDED" "[2001:db8:f::1]:4003 static" "by the device of the rule"
in_ s2b:3003 '[2001:db8:f::1]:4003' h3:4003
must ns r ip -6 address del 2001:db8:f::99/64 dev wan

testcase "X-D4 an IPv4 device has no IPv6 address"
must ns r ip link add only4 type veth peer name peer4
must ns r sysctl -qw net.ipv6.conf.only4.disable_ipv6=1
must ns r ip address add 10.9.0.1/24 dev only4
says "no IPv6 address" add udp int '[fd00:1::3]:4009' ext :5009 oif only4
must ns r ip link del only4

testcase "X-D4 an endpoint is refused, not changed"
says taken add udp int '[fd00:1::2]:4000' ext '[2001:db8:f::1]:4444'
says "not an address" add udp int '[fd00:1::2]:4000' ext '[2001:db8:f::77]:4444'
says "another external endpoint" add udp int '[fd00:1::3]:4000' ext '[2001:db8:f::1]:4445'
LINK=$(ns r ip -j -6 address show dev wan scope link | jq -r '.[].addr_info[].local // empty')
for addr in ::1 :: ff02::1 "$LINK"; do
	says "not an address that remotes can reach" add udp int '[fd00:1::2]:4000' ext "[$addr]:4444"
done
n_maps r 0 int fd00:1::2

testcase "C-2 an IPv6 mapping with a lifetime"
added udp int '[fd00:1::2]:4100' ext :4444 oif wan prefer lifetime 1000
has "$ADDED" " explicit" "flags"
ne "${ADDED% *}" '[2001:db8:f::1]:4444' "external endpoint"
in_ s2b:3004 "${ADDED% *}" h2:4100

testcase "C-3 remotes of IPv6, and none again"
added udp int '[fd00:1::2]:4200' ext :4200 oif wan lifetime 1000 remote '[2001:db8:f::20]/124:5000'
column r remotes int '[fd00:1::2]:4200'
eq "${ROWS[0]}" "[2001:db8:f::20]/124:5000" "remotes"
in_ s2a:5000 '[2001:db8:f::1]:4200' h2:4200
in_none s1a:5000 '[2001:db8:f::1]:4200'
added udp int '[fd00:1::2]:4200' ext :4200 oif wan lifetime 1000 remote any
column r remotes int '[fd00:1::2]:4200'
eq "${ROWS[0]}" "-" "remotes"
in_ s1a:5001 '[2001:db8:f::1]:4200' h2:4200

testcase "X-D4 save prints IPv6 mappings as restore takes them"
SAVED=$(ns r fullcone save) || fail "save"
log "$SAVED"
has "$SAVED" "fullcone add udp int [fd00:1::3]:4000 ext :4444 oif wan profile default" "save"
has "$SAVED" "fullcone rule add oif wan family ip6 proto all profile default" "save"
has_not "$SAVED" 4100 "explicit mappings are not saved"
must ns r fullcone flush all static
n_maps r 0
must ns r fullcone restore <<<"$SAVED"
n_maps r 4 static
eq "$(ns r fullcone save)" "$SAVED" "what save prints then"
in_ s2b:3005 '[2001:db8:f::1]:5002' h3:4002

testcase "X-D4 del takes them back, by either side"
must ns r fullcone del udp int '[fd00:1::3]:4001'
must ns r fullcone del udp ext '[2001:db8:f::1]:5002'
n_maps r 0 int '[fd00:1::3]:4001'
in_none s2b:3006 '[2001:db8:f::1]:5002'
says "no such mapping" del udp int '[fd00:1::3]:4001'

finish
