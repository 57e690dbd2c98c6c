#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: conntrack
# Zones of one direction: two LANs with the same addresses behind one external address. Only
# an answer tells which of the LANs a packet from outside is for. X-Z2.
. "${0%/*}/lib.sh"
. "${0%/*}/connections.sh"
. "${0%/*}/topology.sh"

node r
wan_t1
for z in a b; do
	node h$z
	bridge r lan-$z ${NET_LAN}254/$NET_LEN
	plug r lan-$z h$z eth0 ${NET_LAN}1/$NET_LEN
	route h$z default via ${NET_LAN}254
	HOSTS+=([h$z]=h$z/${NET_LAN}1)
done
lay r
# Which LAN an answer belongs to, its flow says. What is no flow's goes to the first one.
ns r ip -$FAMILY -b - <<-IP || die "rules of the zones"
	route add $(net_of $NET_LAN) dev lan-a table 101
	route add $(net_of $NET_LAN) dev lan-b table 102
	rule add fwmark 1 lookup 101
	rule add fwmark 2 lookup 102
IP
rules r <<-NFT
table $(family) marks {
	chain prerouting {
		type filter hook prerouting priority mangle; policy accept;
		iifname "lan-a" ct mark set 1
		iifname "lan-b" ct mark set 2
		iifname "wan" meta mark set ct mark
	}
}
NFT

# zones RULE...: these, and no flow from before
zones() {
	ns r nft delete table "$(family)" zones 2>/dev/null
	rules r <<-NFT
	table $(family) zones {
		chain prerouting {
			type filter hook prerouting priority raw; policy accept;
			$(printf '%s\n' "$@")
		}
	}
	NFT
	stock || ns r fullcone flush all
	ns r conntrack -F
}

ends=("udp ha" "udp hb" "tcp ha" "tcp hb")

# Into EXT["udp ha"] and so on.
declare -A EXT=()
open_all() {
	local e proto h

	for e in "${ends[@]}"; do
		read -r proto h <<<"$e"
		$proto U "$h:3000" s1a:3000
		EXT[$e]=$E
	done
	ne "${EXT[udp ha]}" "${EXT[udp hb]}" "external endpoints"
	ne "${EXT[tcp ha]}" "${EXT[tcp hb]}" "external endpoints in TCP"
}

nobody_gets_in() {
	local e proto h

	counting r filtered
	for e in "${ends[@]}"; do
		read -r proto h <<<"$e"
		$proto in_none s2b:5000 "${EXT[$e]}"
		$proto in_none s1a:5001 "${EXT[$e]}"
	done
	stat r filtered
	# and what was sent again of the connections
	stock || ge $((S - COUNT[r/filtered])) 8 "counter filtered went up"
	sessions r --orig-src "${NET_WAN}22"
	eq "$C" 0 "conntrack entries of strangers"
}

flagged() { # WORD: all mappings have that flag
	column r flags
	stock || eq "$(printf '%s\n' "${ROWS[@]}" | grep -c -w -- "$1")" ${#ROWS[@]} "rows with $1"
}

engine r
zones 'iifname "lan-a" ct original zone set 1' 'iifname "lan-b" ct original zone set 2'

testcase "X-Z2 with zones of the original direction two hosts of one address are answered"
open_all
in_ s1a:3000 "${EXT[udp ha]}" ha:3000
in_ s1a:3000 "${EXT[udp hb]}" hb:3000
P ha:7 s1a
P hb:7 s1a
n_maps r 3 zone 1
n_maps r 3 zone 2

testcase "X-Z2 nobody else gets in, and the mapping says so"
nobody_gets_in
flagged zone-dir
in_ s1a:3000 "${EXT[udp ha]}" ha:3000
in_ s1a:3000 "${EXT[udp hb]}" hb:3000
if ! stock; then
	must_not ns r fullcone add udp int "${ADDR[ha]}:3000" oif wan zone 1
	maps r '[.mappings[].flags[]] | unique | tostring'
	eq "$M" '["zone-dir"]' "flags in JSON"
fi

testcase "X-Z2 the same after a reload"
reload r
flagged zone-dir
ns r conntrack -F
U ha:3000 s1b:3000
eq "$E" "${EXT[udp ha]}" "external endpoint"
nobody_gets_in

testcase "X-Z2 a zone of the reply direction is no other"
zones 'iifname { "lan-a", "lan-b" } ct reply zone set 5' 'iifname "wan" ct zone set 5'
U ha:3000 s1a:3000 E1
in_ s1a:3000 "$E1" ha:3000
in_none s2b:5000 "$E1"
flagged zone-dir

testcase "X-Z2 without zones anybody gets in, and nothing is flagged"
zones
U ha:3000 s1a:3000 E1
in_ s2b:5000 "$E1" ha:3000
flags r ha:3000
has_not "$M" zone-dir "flags"

finish
