#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: change
# Static mappings: X-D4.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
engine r

WAN=203.0.113.1
add() { ns r fullcone add "$@"; }
del() { ns r fullcone del "$@"; }

refused() { # TEXT COMMAND...: with status 1 and the kernel's words
	local text=$1 out status

	shift
	out=$("$@" 2>&1)
	status=$?
	log "$out"
	eq "$status" 1 "exit status of: $*"
	has "$out" "$text" "what is said"
}

testcase "X-D4 a stranger comes in although the host has sent nothing"
in_none s2b:5000 $WAN:6000
must add udp int 192.168.1.1:3000 ext $WAN:6000
in_ s2b:5001 $WAN:6000 h1:3000
got h1:3000 s2b:5001 s2b:5001
eq "$E" $WAN:6000 "external endpoint in the answer"

testcase "X-D4 the host is seen with that endpoint when it begins"
OUT=$(add udp int 192.168.1.1:3001 ext $WAN:6001 -j)
eq "$(jq -r '.mappings[0] | "\(.ext_port) \(.state) \(.sessions)"' <<<"$OUT")" "6001 open 0" \
	"what add shows"
for dst in s1a:3000 s2b:3000; do
	U h1:3001 $dst
	eq "$E" $WAN:6001 "external endpoint towards $dst"
done

testcase "X-D4 nobody else gets the port"
U h2:6000 s1a:3000
ne "$E" $WAN:6000 "external endpoint of h2"
profile r ports=6000-6002
U h2:7000 s1a:3000
eq "$E" $WAN:6002 "external endpoint of h2 where three ports are left, two of them static"
in_none h3:7000 s1a:3000
profile r ports=default

testcase "X-D4 it is listed as what it is"
maps r '.mappings[0] | "\(.flags) \(.expires_ms) \(.state) \(.ext_port) \(.profile)"' \
	int 192.168.1.1:3000
eq "$M" '["static"] null open 6000 default' "the mapping"
n_maps r 2 static
n_maps r 0 explicit

testcase "X-D4 a hairpin reaches it first of all, and shows the caller's external endpoint"
must add udp int 192.168.1.3:3000 ext $WAN:6003
got h2:3100 $WAN:6003 h3:3000
eq "${E%:*}" $WAN "source shown"
in_from $WAN:6003 h3:3000 "$E" h2:3100

testcase "X-D4 a flush spares it, one that says static does not"
U h3:3200 s1a:3000
must ns r fullcone flush all
n_maps r 3
n_maps r 3 static
ns r conntrack -F
in_ s2b:5002 $WAN:6000 h1:3000
must ns r fullcone flush ext $WAN:6001 static
n_maps r 2 static
U h1:3001 s2a:9
eq "$E" $WAN:3001 "external endpoint without the static mapping"
must ns r fullcone flush all static
n_maps r 0
in_none s2b:5003 $WAN:6000

testcase "X-D4 del ends one that is not used, and its port is free at once"
must add udp int 192.168.1.1:3002 ext $WAN:6004
must del udp int 192.168.1.1:3002
n_maps r 0 int 192.168.1.1:3002
U h2:6004 s1a:3000
eq "$E" $WAN:6004 "external endpoint of another host"
refused "no such mapping" del udp int 192.168.1.1:3002

testcase "X-D4 del lets one that is used go on as any other"
must add udp int 192.168.1.1:3003 ext $WAN:6005
U h1:3003 s1a:3000
must del udp ext $WAN:6005
flags r h1:3003
has_not "$M" static "flags"
U h1:3003 s2a:3000
eq "$E" $WAN:6005 "external endpoint"
in_ s2b:5004 $WAN:6005 h1:3003
refused "neither static nor explicit" del udp int 192.168.1.1:3003
must ns r fullcone flush int 192.168.1.1:3003
n_maps r 0 int 192.168.1.1:3003

testcase "X-D4 an endpoint that has a mapping keeps its external endpoint"
U h2:3004 s1a:3000
U h1:3004 s1a:3000 E1
ne "$E1" $WAN:3004 "external endpoint"
must add udp int 192.168.1.1:3004 oif wan
flags r h1:3004
has "$M" static "flags"
U h1:3004 s2a:3000
eq "$E" "$E1" "external endpoint"
refused "has a mapping with another external endpoint" \
	add udp int 192.168.1.1:3004 ext $WAN:6006
maps r '.mappings[0].ext_port' int 192.168.1.1:3004
eq "$M" "${E1#*:}" "external port after the refusal"

testcase "X-D4 a port that is taken is refused, unless another will do"
U h2:6007 s1a:3000
eq "$E" $WAN:6007 "external endpoint of h2"
refused "taken, reserved, or a socket's" add udp int 192.168.1.1:3005 ext $WAN:6007
n_maps r 0 int 192.168.1.1:3005
must add udp int 192.168.1.1:3005 ext $WAN:6007 prefer
maps r '.mappings[0] | "\(.ext_addr) \(.flags)"' int 192.168.1.1:3005
eq "$M" "$WAN [\"static\"]" "the mapping"
in_ s2b:5005 $WAN:6007 h2:6007

testcase "X-D4 ports of the router's own services and of PCP are refused"
tell open rw:6008
refused "taken, reserved, or a socket's" add udp int 192.168.1.1:3006 ext $WAN:6008
tell close rw:6008
must add udp int 192.168.1.1:3006 ext $WAN:6008
for p in 5350 5351; do
	refused "taken, reserved, or a socket's" add udp int 192.168.1.1:3007 ext $WAN:$p
done
profile r reserve=6009-6010
refused "taken, reserved, or a socket's" add udp int 192.168.1.1:3007 ext $WAN:6010
profile r reserve=none
must add udp int 192.168.1.1:3007 ext $WAN:6010

testcase "X-D4 an address that is not the router's is refused"
refused "" add udp int 192.168.1.1:3008 ext 203.0.113.9:6011
n_maps r 0 int 192.168.1.1:3008
n_maps r 0 ext 203.0.113.9
refused "" add udp int 192.168.1.1:3008 ext $WAN:6011 profile nobody
refused "UDP and TCP" add icmp int 192.168.1.1:3008 ext $WAN:6011
refused "not the address of a host" add udp int 239.1.1.1:3008 ext $WAN:6011
for addr in 127.0.0.1 127.0.0.9 224.0.0.1 255.255.255.255 0.0.0.0; do
	refused "not an address that remotes can reach" add udp int 192.168.1.1:3008 ext $addr:6011
done
refused "not an address of the router" add udp int 192.168.1.1:3008 ext 203.0.113.255:6011

testcase "X-D4 it counts against host_max"
must ns r fullcone flush all static
profile r host_max=2
must add udp int 192.168.1.1:3010 ext $WAN:6020
must add udp int 192.168.1.1:3011 ext $WAN:6021
refused "host_max" add udp int 192.168.1.1:3012 ext $WAN:6022
must add udp int 192.168.1.2:3012 ext $WAN:6022
in_none h1:3013 s1a:3000
profile r host_max=16384
U h1:3013 s1a:3000

testcase "X-D4 a static mapping outlives a link that goes down, its address does not"
must ns r fullcone flush all static
must add udp int 192.168.1.1:3014 ext $WAN:6023
U h2:3014 s1a:3000
ns r ip link set wan down
n_maps_are() { column r internal; [ ${#ROWS[@]} = "$1" ]; }
busywait 1500 n_maps_are 1 || fail "mappings: ${ROWS[*]}"
n_maps r 1 static
ns r ip link set wan up
tell ready "${NS[r]}"
in_ s2b:5006 $WAN:6023 h1:3014
ns r ip -b - <<-'IP'
	addr del 203.0.113.1/24 dev wan
	addr add 203.0.113.1/24 dev wan
IP
busywait 1500 n_maps_are 0 || fail "mappings: ${ROWS[*]}"

testcase "X-D4 a reload keeps what was saved"
must add udp int 192.168.1.1:3015 ext $WAN:6024
SAVED=$(ns r fullcone save)
unload
load
ns r fullcone restore <<<"$SAVED" || fail "fullcone restore"
n_maps r 1 static
in_ s2b:5007 $WAN:6024 h1:3015

testcase "X-D4 X-C5 nor does a session of it keep restore from that, whatever mappings depend on"
profile r map=apdm
must add udp int 192.168.1.1:3016 ext $WAN:6025
U h1:3016 s1a:3000
U h1:3016 s1b:3001
SAVED=$(ns r fullcone save)
unload
load
ns r fullcone restore <<<"$SAVED" || fail "fullcone restore"
n_maps r 1 static int 192.168.1.1:3016
in_ s2b:5008 $WAN:6025 h1:3016
in_ s1a:3000 $WAN:6025 h1:3016
U h1:3016 s1b:3001
eq "$E" $WAN:6025 "external endpoint of the session that lived"

testcase "X-D4 X-C5 a request that is refused does not end them either"
must add udp int 192.168.1.1:3017 ext $WAN:6026
U h1:3017 s1a:3000
unload
load
profile r map=apdm reserve=6026
goes_on() {
	flags r h1:3017
	has "$M" adopted "flags after the refusal"
	in_ s1a:3000 $WAN:6026 h1:3017
}
refused "taken, reserved, or a socket's" add udp int 192.168.1.1:3017 ext $WAN:6026
goes_on
profile r reserve=none
tell open rw:6026
refused "taken, reserved, or a socket's" add udp int 192.168.1.1:3017 ext $WAN:6026
goes_on
tell close rw:6026
# nor is it one mapping more than the host has
profile r host_max=1
must add udp int 192.168.1.1:3017 ext $WAN:6026
n_maps r 1 static int 192.168.1.1:3017
in_ s2b:5009 $WAN:6026 h1:3017

finish
