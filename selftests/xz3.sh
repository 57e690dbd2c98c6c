#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: neighbours
# The uplink, the LAN, or both in a VRF: X-Z3.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
engine r
tell sysctl "${NS[r]}" net/ipv4/conf/all/rp_filter 0
ns r ip -b - <<-'IP' || die "no VRF"
	link add blue type vrf table 10
	link set blue up
	route add table 10 unreachable default metric 4278198272
IP
tell sysctl "${NS[r]}" net/ipv4/conf/blue/rp_filter 0

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
	ne "$E1" 203.0.113.1:$PORT "external endpoint"
	for dst in s1a:3001 s1b:3000 s2a:3000; do
		U h1:$PORT $dst
		eq "$E" "$E1" "external endpoint towards $dst"
	done
	in_ s1a:3000 "$E1" h1:$PORT
	in_ s2b:5000 "$E1" h1:$PORT
	in_ s2b:5001 "$E1" h1:$PORT
	got h1:$PORT s2b:5001 s2b:5001
	eq "$E" "$E1" "external endpoint in the answer"
	n_maps r 1 int 192.168.1.1
	sessions_of r h1:$PORT
	eq "$M" 6 "sessions"
	sessions r -p udp --orig-src 192.168.1.1
	eq "$C" 4 "conntrack entries of what h1 began"
	n=$(ns r conntrack -L -p udp --orig-src 192.168.1.1 2>/dev/null |
		grep -c "dst=203.0.113.1 sport=[0-9]* dport=${E1#*:} ")
	eq "$n" 4 "entries translated to the external endpoint"
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
	ne "$E" 203.0.113.1:$((PORT + 1)) "external endpoint of who wants the port of a service"
	in_ s2b:5002 203.0.113.1:$((PORT + 1)) rw:$((PORT + 1))
	U h1:$((PORT + 2)) s1a:3000 E3
	eq "$E3" 203.0.113.1:$((PORT + 2)) "external endpoint"
	in_ s2b:5003 "$E3" h1:$((PORT + 2))
	tell open "rw:$((PORT + 2))" "$@"
	in_ s2b:5004 "$E3" rw:$((PORT + 2))
	tell close "rw:$((PORT + 2))"
	in_ s2b:5005 "$E3" h1:$((PORT + 2))
}

testcase "X-Z3 the uplink in a VRF: SV-1 and SV-4, each flow translated once"
ns r ip -b - <<-'IP'
	link set wan master blue
	route add 203.0.113.0/24 dev wan
	route add table 10 192.168.1.0/24 dev br-lan
IP
fresh
full_cone

testcase "X-Z3 the uplink in a VRF: hairpin"
hairpin

testcase "X-Z3 the uplink in a VRF: a socket bound to it wins, one outside of it does not"
service blue
tell open r0:3900
U h2:3900 s1a:3000
eq "$E" 203.0.113.1:3900 "external endpoint beside a socket that the VRF does not reach"
in_ s2b:5006 "$E" h2:3900
tell close r0:3900

testcase "X-Z3 the uplink in a VRF: a reload keeps the mappings"
fresh
U h3:3500 s1a:9
U h1:3500 s1a:3000 E1
stock || ns r fullcone flush int 192.168.1.3
reload r
n_maps r 1 adopted
U h1:3500 s2b:3000
eq "$E" "$E1" "external endpoint"
in_ s2b:5007 "$E1" h1:3500

testcase "X-Z3 the LAN in a VRF: SV-1 and SV-4, each flow translated once"
ns r ip -b - <<-'IP'
	link set wan nomaster
	link set br-lan master blue
IP
ns r ip -b - <<-'IP' || fail "routes"
	route replace table 10 203.0.113.0/24 dev wan
	route replace 192.168.1.0/24 dev br-lan
IP
log "$(ns r ip route; ns r ip route show table 10)"
fresh
full_cone

testcase "X-Z3 the LAN in a VRF: hairpin"
hairpin

testcase "X-Z3 the LAN in a VRF: a socket of the router wins"
service

testcase "X-Z3 both in a VRF: SV-1 and SV-4, each flow translated once"
ns r ip link set wan master blue
fresh
full_cone

testcase "X-Z3 both in a VRF: hairpin"
hairpin

testcase "X-Z3 both in a VRF: a socket bound to it wins"
service blue

finish
