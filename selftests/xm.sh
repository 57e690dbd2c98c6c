#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: router
# The external address or its interface goes away: X-M1, X-M2.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T3
engine r wan wan1
for s in s1 s2; do
	rules $s <<-'NFT'
	table ip watch {
		counter old {}
		counter new {}
		chain input {
			type filter hook prerouting priority filter; policy accept;
			meta l4proto udp ip saddr 203.0.113.1 counter name old
			meta l4proto udp ip saddr 203.0.113.2 counter name new
		}
	}
	NFT
done

declare -A OLD=()
count() { # NAME COUNTER, into $N
	N=$(ns "$1" nft -j list counter ip watch "$2" |
		jq '.nftables[] | select(.counter) | .counter.packets')
}

no_maps() { # FILTER...
	column r external "$@"
	[ ${#ROWS[@]} = 0 ] || stock
}

no_sessions() { # ADDR
	C=$(ns r conntrack -L -p udp 2>/dev/null | grep -c "dst=$1 ")
	[ "$C" = 0 ]
}

testcase "X-M2 an interface that goes down takes its own mappings along, and no others"
U h1:3000 s1a:3000 E1
U h1:3000 s2c:3000 E2
eq "${E2%:*}" 198.51.100.1 "external address of the other uplink"
in_ s2b:5000 "$E1" h1:3000
in_ s2d:5000 "$E2" h1:3000
n_maps r 2
ns r ip link set wan down
busywait 1500 no_maps ext 203.0.113.1 || fail "mappings of the uplink that is down: ${ROWS[*]}"
busywait 1500 no_sessions 203.0.113.1 || fail "sessions of the uplink that is down: $C"
n_maps r 1 ext 198.51.100.1
in_ s2d:5000 "$E2" h1:3000
in_ s2d:5001 "$E2" h1:3000

testcase "X-M2 and works again when it is up"
ns r ip link set wan up
tell ready "${NS[r]}"
U h1:3000 s1a:3000
in_ s2b:5000 "$E" h1:3000
in_ s2d:5002 "$E2" h1:3000

testcase "X-M1 an address that goes away takes its mappings and sessions along"
ns r ip link set wan1 down
U h1:3000 s1a:3000 E1
eq "$E1" 203.0.113.1:3000 "external endpoint"
U h2:3000 s1a:3000
in_ s2b:5001 "$E1" h1:3000
counting r mappings_addr_gone
ns r ip -b - <<-'IP'
	addr del 203.0.113.1/24 dev wan
	addr add 203.0.113.2/24 dev wan
IP
busywait 1500 no_maps ext 203.0.113.1 || fail "mappings of the address that is gone: ${ROWS[*]}"
busywait 1500 no_sessions 203.0.113.1 || fail "sessions of the address that is gone: $C"
counted r mappings_addr_gone 2
for s in s1 s2; do
	count $s old
	OLD[$s]=$N
done

testcase "X-M1 the next packet is mapped on the new address, in the old session's tuple too"
for dst in s1a:3000 s2b:5001 s2a:3000; do
	U h1:3000 $dst
	eq "$E" 203.0.113.2:3000 "external endpoint towards $dst"
done
in_ s1b:5000 203.0.113.2:3000 h1:3000
n_maps r 1

testcase "X-M1 nothing leaves from the old address any more"
for s in s1 s2; do
	count $s old
	eq "$N" "${OLD[$s]}" "datagrams at $s"
	count $s new
	ge "$N" 1 "datagrams at $s from the new address"
done

testcase "X-M1 no hold remains on the address when it comes back"
ns r ip -b - <<-'IP'
	addr del 203.0.113.2/24 dev wan
	addr add 203.0.113.1/24 dev wan
IP
U h2:3000 s1a:3000
eq "$E" 203.0.113.1:3000 "external endpoint of another host"

testcase "X-M2 an index that comes back may be that of another interface, inside"
index() { ns r ip -o link show "$1" | cut -d: -f1; }
INDEX=$(index wan1)
MAC=$(ns r ip -j link show br-lan | jq -r '.[].address')
PORTS=$(ns r ip -j link show master br-lan | jq -r '.[].ifname')
ns r ip -b - <<-IP || fail "no new bridge"
	link del wan1
	link del br-lan
	link add br-lan index $INDEX address $MAC type bridge
	link set br-lan up
	address add 192.168.1.254/24 dev br-lan
	$(sed 's/.*/link set & master br-lan/' <<<"$PORTS")
IP
eq "$(index br-lan)" "$INDEX" "index of the new bridge"
tell ready "${NS[r]}"
U h1:3600 s1a:3000 E1
U h2:3600 s1a:3000 E2
got h2:3600 "$E1" h1:3600
eq "$E" "$E2" "source that the called sees in a hairpin"

finish
