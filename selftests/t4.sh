#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: tcp
# SYNs that nobody has asked for are not answered: RFC 5382 REQ-4.
PROTO=tcp
. "${0%/*}/lib.sh"
. "${0%/*}/connections.sh"
. "${0%/*}/topology.sh"

T1
engine r
testcase "T-4 while there is no TCP mapping, the router answers as ever"
udp U h1:3000 s1a:80
refused s2b:5000 "${ADDR[rw]}:4444" ECONNREFUSED

testcase "T-4 with one, a service of the router's answers"
U h1:3000 s1a:80
tell listen rw:22
U s2b:5002 rw:22
tell deafen rw:22

testcase "T-4 a SYN to a port that is nobody's is not answered either"
counting r syn_silenced
refused s2b:5003 "${ADDR[rw]}:4444" silent
refused s2b:5003 "${ADDR[rw]}:22" silent
stat r syn_silenced
stock || ge $((S - COUNT[r/syn_silenced])) 2 "SYNs silenced"
refused h3:5003 "${ADDR[rw]}:4444" ECONNREFUSED

testcase "T-4 nor on the last of many addresses that have mappings"
if ! stock; then
	BEGIN=$NET_WAN END='' NODAD='' ADDRS='' ADDS=''
	[ "$FAMILY" = 4 ] || BEGIN=[$NET_WAN END=] NODAD=nodad
	for i in 61 62 63 64 65; do
		ADDRS+="addr add ${NET_WAN}$i/$NET_LEN dev wan $NODAD"$'\n'
		ADDS+="add tcp int ${ADDR[h3]}:60$i ext $BEGIN$i$END:60$i oif wan"$'\n'
	done
	ns r ip -b - <<<"$ADDRS" || fail "addresses"
	ns r fullcone restore <<<"$ADDS" || fail "mappings"
	for i in 61 65; do
		refused s2b:5007 "$BEGIN$i$END:4444" silent
		in_ s2b:5008 "$BEGIN$i$END:60$i" h3:60$i
	done
	ns r ip -b - <<<"${ADDRS//addr add/addr del}" || fail "addresses"
fi

testcase "T-4 what a rule of the user's gives to a socket is that socket's"
IP=ip
[ "$FAMILY" = 4 ] || IP=ip6
rules r <<-NFT
	table $IP intercept {
		chain prerouting {
			type filter hook prerouting priority mangle; policy accept;
			iifname "wan" tcp dport { 80, 3000 } tproxy to :8080 accept
		}
	}
NFT
in_ns() { nsenter --net="/run/netns/${NS[$1]}" "${@:2}" 3>&- 8>&- 9<&-; }
in_ns r socat "TCP$FAMILY-LISTEN:8080,ip-transparent,reuseaddr,fork" OPEN:/dev/null &
at_exit "kill $!"
intercepts() { [ -n "$(in_ns r ss -Hltn sport = :8080)" ]; }
busywait 15000 intercepts || die "socat does not listen"
# a port that is nobody's, and one that is a mapping's
for port in 80 3000; do
	in_ns s2 socat -u OPEN:/dev/null "TCP$FAMILY:${ADDR[rw]}:$port,connect-timeout=3" ||
		fail "no connection to port $port"
done
must ns r nft delete table $IP intercept

testcase "T-4 what a rule of the user's redirects is answered as ever, too"
rules r <<-NFT
	table $IP redirects {
		chain prerouting {
			type nat hook prerouting priority dstnat; policy accept;
			iifname "wan" tcp dport 4445 redirect to :4446
		}
	}
NFT
refused s2b:5006 "${ADDR[rw]}:4445" ECONNREFUSED
must ns r nft delete table $IP redirects

testcase "T-4 syn_silent=0: the router answers as ever"
profile r syn_silent=0
refused s2b:5004 "${ADDR[rw]}:4444" ECONNREFUSED
profile r syn_silent=1
profile r ports=20000-29999
refused s2b:5005 "${ADDR[rw]}:4444" ECONNREFUSED
refused s2b:5005 "${ADDR[rw]}:20001" silent
profile r ports=default

finish
