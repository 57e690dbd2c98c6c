#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: neighbours
# The uplink, the LAN, or both in a VRF: X-Z3.
. "${0%/*}/lib.sh"
. "${0%/*}/connections.sh"
. "${0%/*}/finding.sh"
. "${0%/*}/topology.sh"

T1
engine r
WAN=${ADDR[rw]}
# a device that is put into a VRF goes down and up again, its addresses should stay
tell sysctl "${NS[r]}" net/ipv6/conf/all/keep_addr_on_down 1
ns r ip -$FAMILY -b - <<-'IP' || die "no VRF"
	link add blue type vrf table 10
	link set blue up
	route add table 10 unreachable default metric 4278198272
IP
tell sysctl "${NS[r]}" net/ipv4/conf/blue/rp_filter 0

# in_vrf DEV...: these and no others are; each side has a route to the other
in_vrf() {
	local dev prefix main=

	for dev in wan br-lan; do
		if [[ " $* " == *" $dev "* ]]; then
			main+="link set $dev master blue"$'\n'
		else
			main+="link set $dev nomaster"$'\n'
		fi
	done
	ns r ip -b - <<<"$main" || fail "VRF"
	for dev in wan br-lan; do
		[ $dev = wan ] && prefix=$(net_of $NET_WAN) || prefix=$(net_of $NET_LAN)
		ns r ip -$FAMILY -b - <<-IP || fail "routes"
			route replace table main $prefix dev $dev
			route replace table 10 $prefix dev $dev
		IP
	done
	fresh
}

fresh() {
	stock || ns r fullcone flush all
	ns r conntrack -F
	tell ready "${NS[r]}"
}

PORT=3000
# What every one of the cases below looks at.
full_cone() {
	local dst n

	PORT=$((PORT + 10))
	# another host has the port first
	U h3:$PORT s1a:9
	U h1:$PORT s1a:3000 E1
	ne "$E1" "$WAN:$PORT" "external endpoint"
	for dst in s1a:3001 s1b:3000 s2a:3000; do
		U h1:$PORT $dst
		eq "$E" "$E1" "external endpoint towards $dst"
	done
	in_ s1a:3000 "$E1" h1:$PORT
	in_ s2b:5000 "$E1" h1:$PORT
	in_ s2b:5001 "$E1" h1:$PORT
	got h1:$PORT s2b:5001 s2b:5001
	eq "$E" "$E1" "external endpoint in the answer"
	n_maps r 1 int "${ADDR[h1]}"
	sessions_of r h1:$PORT
	stock || eq "$M" 6 "sessions"
	sessions r -p udp --orig-src "${NET_LAN}1"
	eq "$C" 4 "conntrack entries of what h1 began"
	n=$(ns r conntrack -L -f ipv$FAMILY -p udp --orig-src "${NET_LAN}1" 2>/dev/null |
		grep -c "dst=${NET_WAN}1 sport=[0-9]* dport=${E1##*:} ")
	eq "$n" 4 "entries translated to the external endpoint"
	tcp U h1:$PORT s1a:80
	tcp in_ s2b:5000 "$E" h1:$PORT
}

hairpin() {
	U h2:$PORT s1a:9 E2
	got h2:$PORT "$E1" h1:$PORT
	eq "$E" "$E2" "source that the called sees"
	in_from "$E1" h1:$PORT "$E2" h2:$PORT
}

# service [DEV]: a socket of the router in the VRF of the uplink
service() {
	tell open "rw:$((PORT + 1))" "$@"
	U h1:$((PORT + 1)) s1a:3000
	ne "$E" "$WAN:$((PORT + 1))" "external endpoint of who wants the port of a service"
	in_ s2b:5002 "$WAN:$((PORT + 1))" rw:$((PORT + 1))
	U h1:$((PORT + 2)) s1a:3000 E3
	eq "$E3" "$WAN:$((PORT + 2))" "external endpoint"
	in_ s2b:5003 "$E3" h1:$((PORT + 2))
	tell open "rw:$((PORT + 2))" "$@"
	in_ s2b:5004 "$E3" rw:$((PORT + 2))
	tell close "rw:$((PORT + 2))"
	in_ s2b:5005 "$E3" h1:$((PORT + 2))
}

testcase "X-Z3 the uplink in a VRF: SV-1, SV-4 and a hairpin, each flow translated once"
in_vrf wan
full_cone
hairpin

testcase "X-Z3 the uplink in a VRF: a socket bound to it wins, one outside of it does not"
service blue
tell open r0:3900
U h2:3900 s1a:3000
eq "$E" "$WAN:3900" "external endpoint beside a socket that the VRF does not reach"
in_ s2b:5006 "$E" h2:3900
tell close r0:3900

testcase "X-Z3 the uplink in a VRF: a reload keeps the mappings"
fresh
U h3:3500 s1a:9
U h1:3500 s1a:3000 E1
stock || ns r fullcone flush int "${ADDR[h3]}"
reload r
n_maps r 1 adopted
U h1:3500 s2b:3000
eq "$E" "$E1" "external endpoint"
in_ s2b:5007 "$E1" h1:3500

testcase "X-Z3 the LAN in a VRF: SV-1, SV-4 and a hairpin, each flow translated once"
in_vrf br-lan
full_cone
hairpin

testcase "X-Z3 the LAN in a VRF: a socket of the router wins"
service

testcase "X-Z3 both in a VRF: SV-1, SV-4 and a hairpin, each flow translated once"
in_vrf wan br-lan
# what was learnt of the interfaces above counts no more
reload r
full_cone
hairpin

testcase "X-Z3 both in a VRF: a socket bound to it wins"
service blue

testcase "T-4 X-Z3 both in a VRF: only who is inside is told that a port is nobody's"
fresh
tcp U h1:$PORT s1a:80
refused s2b:5010 "$WAN:3970" silent
refused h2:5010 "$WAN:3970" ECONNREFUSED

testcase "X-L4 X-Z3 both in a VRF: a socket bound to the uplink gets all of a stranger's datagrams"
U h1:3960 s1a:3000 E3
eq "$E3" "$WAN:3960" "external endpoint"
tell open rw:3960 wan
for _ in 1 2 3; do
	in_ s2b:5011 "$E3" rw:3960
done
tell close rw:3960

testcase "X-S4 X-Z3 both in a VRF: without hairpins, too, a stranger who was early comes in"
profile r hairpin=0
ask pass s2b:5012 "$WAN:3961" h1:3961 wait=300
U h1:3961 s1a:3000 E3
eq "$E3" "$WAN:3961" "external endpoint"
# its next datagram may be lost
ask pass s2b:5012 "$E3" h1:3961 wait=500
in_ s2b:5012 "$E3" h1:3961
profile r hairpin=1

testcase "X-Z3 U-9a both in a VRF: a hairpin to a static mapping, before any other flow"
fresh
for net in "$(net_of $NET_LAN)" "$(net_of $NET_WAN)"; do
	must ns r ip -$FAMILY route del "$net" table main
done
reload r
if ! stock; then
	must ns r fullcone add udp int "${ADDR[h1]}:3950" ext "$WAN:3950" oif wan
	must ns r fullcone add udp int "${ADDR[h2]}:3951" ext "$WAN:3952" oif wan
fi
got h2:3951 "$WAN:3950" h1:3950
eq "$E" "$WAN:3952" "source that the called sees"
in_from "$WAN:3950" h1:3950 "$WAN:3952" h2:3951

testcase "X-Z3 both in a VRF: check looks at the routes of the VRF, and at rules for itself"
if ! stock; then
	must ns r ip -$FAMILY route add table 10 default via "${NET_WAN}11" dev wan
	profile r source="${NET_WAN1}7"
	finding source
	eq "$MEND" "ip $([ $FAMILY = 4 ] || echo "-6 ")route add vrf blue blackhole ${NET_WAN1}7/$NET_HOST" \
		"the line"
	must ns r bash -c "$MEND"
	finding source
	eq "$M" "" "after that line"
	finding vrf
	eq "$M" "" "a rule for the interface in the VRF"
	must ns r fullcone rule add oif blue family "$(family)"
	finding vrf
	has "$M" "warn blue is a VRF" "a rule for the VRF"
fi

finish
