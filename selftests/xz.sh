#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: conntrack
# Zones, in UDP and TCP: X-Z1.
. "${0%/*}/lib.sh"
. "${0%/*}/connections.sh"
. "${0%/*}/watch.sh"
. "${0%/*}/topology.sh"

T4
for zone in 1 2; do
	side=$([ $zone = 1 ] && echo a || echo b)
	rules r <<-NFT
	table $(family) zone$zone {
		chain prerouting {
			type filter hook prerouting priority raw; policy accept;
			iifname { "lan-$side", "wan-$side" } ct zone set $zone
		}
	}
	NFT
done
engine r wan-a wan-b
# Nobody else wants the port there: both hosts keep it.
EXT=${NET_WAN}1:3000
[ "$FAMILY" = 4 ] || EXT=[${NET_WAN}1]:3000

both() { # COMMAND...: by datagrams, and by connections
	udp "$@"
	tcp "$@"
}

testcase "X-Z1 the same host address in two zones is two endpoints, with the same external one"
watch r
for h in a b; do
	udp U h$h:3000 s$h:3000
	eq "$E" "$EXT" "external endpoint of h$h"
	tcp U h$h:3000 s$h:3000
	eq "$E" "$EXT" "external endpoint of h$h in TCP"
done
n_maps r 4
n_maps r 2 zone 1
n_maps r 2 zone 2
n_maps r 0 zone 0
maps r '[.mappings[] | select(.proto == "udp") | "\(.int_addr) \(.int_port) \(.zone)"] | sort | tostring'
stock || eq "$M" "[\"${NET_LAN}1 3000 1\",\"${NET_LAN}1 3000 2\"]" "internal endpoints and zones"

events_are '[.[] | select(.event == 14) | [.zone, .int_addr]] | sort' \
	"[[1,\"${NET_LAN}1\"],[2,\"${NET_LAN}1\"]]"
unwatch

testcase "X-Z1 each is reached in its own zone only"
for p in 5000 5001; do
	both in_ sa:$p "$EXT" ha:3000
	both in_ sb:$p "$EXT" hb:3000
done
stock || ns r fullcone flush zone 2
ns r conntrack -F
both in_none sb:5002 "$EXT"
both in_ sa:5002 "$EXT" ha:3000

testcase "X-Z1 what is asked by zone"
U hb:3000 sb:3001 EB
eq "$EB" "$EXT" "external endpoint in the second zone"
in_ sb:5003 "$EXT" hb:3000
in_ sa:5003 "$EXT" ha:3000
must ns r fullcone get udp ext "$EXT" zone 1
must ns r fullcone get udp ext "$EXT" zone 2
must_not ns r fullcone get udp ext "$EXT" zone 3

testcase "X-Z1 X-D4 a static mapping is of the zone that was asked for"
if ! stock; then
	IN=${EXT/%3000/4020}
	[ "$FAMILY" = 4 ] && HOST=${NET_LAN}1 || HOST=[${NET_LAN}1]
	must ns r fullcone add udp int "$HOST:4020" ext :4020 oif wan-b zone 2
	in_ sb:5004 "$IN" hb:4020
	in_none sa:5004 "$IN" wait=300
	has "$(ns r fullcone save)" " zone 2 profile default" "what is saved"
	# no other zone has it
	must ns r fullcone get udp int "$HOST:4020"
	must ns r fullcone get udp ext "$IN"
	# but for a lease that is over, by the same external endpoint
	must ns r fullcone add udp int "$HOST:4021" ext :4020 oif wan-a lifetime 1
	lease_over() {
		[ "$(ns r fullcone list -j udp ext "$IN" zone 0 state held |
		     jq '.mappings | length')" = 1 ]
	}
	busywait 10000 lease_over || fail "the lease is not over"
	must ns r fullcone del udp ext "$IN"
	must_not ns r fullcone del udp ext "$IN"
fi

testcase "X-Z1 G-4 from one pool, each zone's host has its own share"
stock || ns r fullcone flush all
profile r source=${NET_WAN}1 host_max=1
for h in a b; do
	U h$h:3009 s$h:3000
	eq "$E" "${EXT/%3000/3009}" "external endpoint of h$h"
done
profile r source=masquerade host_max=16384

testcase "T-2 P-2.2 X-Z1 after a reset the other side may open the connection anew"
deaf ha hb sa sb
for h in a b; do
	seg h$h:7001 s$h:7001 s$h S seq=1000
	E1=$E
	seg s$h:7001 "$E1" h$h SA seq=2000 ack=1001
	seg h$h:7001 s$h:7001 s$h A seq=1001 ack=2001
	seg h$h:7001 s$h:7001 s$h RA seq=1001 ack=2001
	# the first one may be lost
	ask segment s$h:7001 "$E1" h$h S seq=9000 wait=500
	seg s$h:7001 "$E1" h$h S seq=9000
	seg h$h:7001 s$h:7001 s$h RA ack=9001
	ask segment h$h:7001 s$h:7001 s$h S seq=8000 wait=500
	seg h$h:7001 s$h:7001 s$h S seq=8000
	eq "$E" "$E1" "external endpoint"
done

testcase "T-2 X-Z1 a SYN of one zone's host ends no session of another zone's"
for h in a b; do
	seg h$h:7002 s$h:7900 s$h S seq=1
	E1=$E
	seg s$h:7002 "$E1" h$h S seq=2000
	seg h$h:7002 s$h:7002 s$h SA seq=1000 ack=2001
	seg s$h:7002 "$E1" h$h A seq=2001 ack=1001
done
seg_none hb:7002 sb:7002 sb S seq=9000
sessions r -p tcp --state ESTABLISHED --orig-port-dst 7002 --zone 1
eq "$C" 1 "sessions of the first zone"
# nor does one that conntrack calls invalid though it is of no session
ns r conntrack -D -f "$(conntrack_family)" -p tcp --orig-port-dst 7002 --zone 2
ask segment hb:7002 sb:7002 sb S seq=9000 badsum wait=500
sessions r -p tcp --state ESTABLISHED --orig-port-dst 7002 --zone 1
eq "$C" 1 "sessions of the first zone"

testcase "T-2 X-Z1 where one zone alone has such a session, its host may begin anew"
# the zone has had an external address more than once by now
no_address() { stat r addresses; [ "$S" = 0 ]; }
stock || ns r fullcone flush all
ns r conntrack -F
stock || busywait 10000 no_address || fail "$S addresses are in use"
seg ha:7003 sa:7900 sa S seq=1
E1=$E
seg sa:7003 "$E1" ha S seq=2000
seg ha:7003 sa:7003 sa SA seq=1000 ack=2001
seg sa:7003 "$E1" ha A seq=2001 ack=1001
seg_none ha:7003 sa:7003 sa S seq=9000
seg ha:7003 sa:7003 sa S seq=9000
eq "$E" "$E1" "external endpoint"

testcase "X-C5 X-Z1 after a reload each is on its own uplink, whoever began the sessions"
stock || ns r fullcone flush all
ns r conntrack -F
for h in a b; do
	U h$h:3000 s$h:3000
	for p in 1 2 3 4 5; do
		in_ s$h:510$p "$EXT" h$h:3000
	done
done
reload r wan-a wan-b
n_maps r 2
n_maps r 1 oif wan-a zone 1
n_maps r 1 oif wan-b zone 2
for h in a b; do
	U h$h:3000 s$h:3001
	eq "$E" "$EXT" "external endpoint of h$h"
done
n_maps r 2

testcase "X-C5 X-Z1 so is one that has only been called, if another flow tells the uplink of its zone"
for h in a b; do
	U h$h:3002 s$h:3000
done
ns r conntrack -D -f "$(conntrack_family)" -p udp --orig-src "${NET_LAN}1" --orig-port-src 3000
reload r wan-a wan-b
for h in a b; do
	U h$h:3000 s$h:3001
	eq "$E" "$EXT" "external endpoint of h$h"
done
n_maps r 2 oif wan-a zone 1
n_maps r 2 oif wan-b zone 2

finish
