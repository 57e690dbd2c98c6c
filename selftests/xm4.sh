#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: change
# The uplink disappears and comes back as another device, as with PPP: X-M4. And what the
# monitor says of an address that goes: X-M1.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"
. "${0%/*}/watch.sh"

T1
engine r
RULES=$(ns r nft -s list ruleset)

index() { ns r cat /sys/class/net/wan/ifindex 2>/dev/null || ns r ip -o link show wan | cut -d: -f1; }

# wan_anew ADDRESS: as pppd would make it
wan_anew() {
	local port

	port=$(ns w ip -o link show master sw0 | sed -n 's/^[0-9]*: \(p[0-9]*\)@.*/\1/p' | head -1)
	ns r ip link del wan
	ns r ip link add name wan address 02:00:00:00:00:77 type veth peer name "${port}n" netns "${NS[w]}"
	ns w ip link set "${port}n" master sw0 up
	ns r ip -b - <<-IP
		link set dev wan up
		addr add $1/24 dev wan
		neigh replace 203.0.113.11 lladdr ${MACS[s1]} dev wan nud permanent
		neigh replace 203.0.113.21 lladdr ${MACS[s2]} dev wan nud permanent
		neigh replace 203.0.113.12 lladdr ${MACS[s1]} dev wan nud permanent
		neigh replace 203.0.113.22 lladdr ${MACS[s2]} dev wan nud permanent
	IP
	for s in s1 s2; do
		ns $s ip neigh replace "$1" lladdr 02:00:00:00:00:77 dev eth0 nud permanent
	done
	tell sysctl "${NS[r]}" net/ipv4/conf/wan/rp_filter 0
	tell ready "${NS[r]}"
	tell ready "${NS[w]}"
}
declare -A MACS=()
for s in s1 s2; do
	MACS[$s]=$(ns $s ip -o link show eth0 | sed 's/.*link\/ether \([0-9a-f:]*\).*/\1/')
done

testcase "X-M1 the monitor names the mappings that went with their address, and why"
watch r
U h1:3000 s1a:3000 E1
in_ s2b:5000 "$E1" h1:3000
ns r ip -b - <<-'IP'
	addr del 203.0.113.1/24 dev wan
	addr add 203.0.113.1/24 dev wan
IP
events_are '[.[] | select(.event == 9) |
	"\(.name) \(.reason) \(.int_addr):\(.int_port) \(.ext_addr):\(.ext_port)"]' \
	'["mapping-delete addr-gone 192.168.1.1:3000 203.0.113.1:3000"]'
events_are '[.[] | select(.event == 15) | .int_addr] | length' 1

testcase "X-M4 with its device the mappings go"
U h2:3000 s1a:3000
U h1:3000 s1a:3000 E1
ne "$E1" 203.0.113.1:3000 "external endpoint"
in_ s2b:5001 "$E1" h1:3000
BEFORE=$(index)
wan_anew 203.0.113.1
ne "$(index)" "$BEFORE" "index of the device"
n_maps r 0
sessions r -p udp
eq "$C" 0 "sessions"
in_none s2b:5001 "$E1"

testcase "X-M4 the rules work as before, without a word"
eq "$(ns r nft -s list ruleset)" "$RULES" "the ruleset"
U h1:3000 s1a:3000
eq "$E" 203.0.113.1:3000 "external endpoint"
for dst in s1b:3000 s2a:3001; do
	U h1:3000 $dst
	eq "$E" 203.0.113.1:3000 "external endpoint towards $dst"
done
in_ s2b:5002 203.0.113.1:3000 h1:3000
maps r '.mappings[0].ifindex' int 192.168.1.1
eq "$M" "$(index)" "the mapping's interface"

testcase "X-M4 with its device go static mappings on an address that is another one's and stays"
must ns r ip addr add 203.0.113.9/32 dev lo
must ns r ip link add name spare type dummy
must ns r ip link set dev spare up
must ns r fullcone add udp int 192.168.1.3:6900 ext 203.0.113.9:6900 oif spare
must ns r ip link set dev spare down
n_maps r 1 ext 203.0.113.9:6900
must ns r ip link del dev spare
n_maps r 0 ext 203.0.113.9:6900
must ns r ip link add name spare type dummy
must ns r fullcone add udp int 192.168.1.3:6900 ext 203.0.113.9:6900 oif spare
must ns r ip link del dev spare
n_maps r 0 ext 203.0.113.9:6900
must ns r ip addr del 203.0.113.9/32 dev lo

testcase "X-M4 with another address, too"
wan_anew 203.0.113.7
n_maps r 0
U h1:3000 s1a:3000
eq "$E" 203.0.113.7:3000 "external endpoint"
in_ s2b:5003 "$E" h1:3000
got h2:3001 "$E" h1:3000
eq "${E%:*}" 203.0.113.7 "source shown in a hairpin"

testcase "M-3 the counters of the protocols add up, those of mappings whose address has gone too"
parts_add_up r

finish
