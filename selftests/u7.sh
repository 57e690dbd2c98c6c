#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: neighbours
# The uplink, in a VRF, has the same range of addresses as the LAN: U-7. Who is inside is told
# by the interface alone.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

NET_WAN=$NET_LAN
T1
engine r
WAN=${ADDR[rw]}		# h1 has the same, so h2 and h3 are those that talk
tell sysctl "${NS[r]}" net/ipv6/conf/all/keep_addr_on_down 1
ns r ip -$FAMILY -b - <<-IP || die "no VRF"
	link add blue type vrf table 10
	link set blue up
	route add table 10 unreachable default metric 4278198272
	link set wan master blue
	route replace table 10 $(net_of "$NET_WAN") dev wan
	route replace table 10 ${NET_LAN}2/$NET_HOST dev br-lan
	route replace table 10 ${NET_LAN}3/$NET_HOST dev br-lan
IP
tell sysctl "${NS[r]}" net/ipv4/conf/blue/rp_filter 0
# each side's own network is the same, so what is beyond the router has routes by address
for i in 11 12 21 22; do
	must ns r ip -$FAMILY route replace $NET_WAN$i/$NET_HOST dev wan
done
for h in h2 h3; do
	for i in 1 11 12 21 22; do
		must ns $h ip -$FAMILY route replace $NET_WAN$i/$NET_HOST via ${NET_LAN}254
	done
done
tell ready "${NS[r]}"

testcase "U-7 who is asked outside answers, and the endpoint is one for all"
U h3:3000 s1a:9 E3	# has the port first
U h2:3000 s1a:3000 E2
eq "${E2%:*} ${E3%:*}" "$WAN $WAN" "external addresses"
ne "$E2" "$E3" "external endpoints"
in_ s1a:3000 "$E2" h2:3000
for dst in s1b:3000 s2a:3001; do
	U h2:3000 $dst
	eq "$E" "$E2" "external endpoint towards $dst"
	in_ "$dst" "$E2" h2:3000
done
tcp U h2:3000 s1a:80
tcp in_ s2b:5000 "$E" h2:3000

testcase "U-7 strangers come in, and the hosts reach each other by what is seen outside"
in_ s2b:5000 "$E2" h2:3000
in_ s2b:5000 "$E3" h3:3000
got h2:3000 "$E3" h3:3000
eq "$E" "$E2" "source that the called sees"
in_from "$E3" h3:3000 "$E2" h2:3000
n_maps r 2 udp

testcase "U-7 the LAN itself is not translated"
in_ h2:3001 h3:3001 h3:3001
in_ h1:3001 h3:3001 h3:3001
n_maps r 2 udp

finish
