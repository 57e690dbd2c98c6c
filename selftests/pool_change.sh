#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: limits
# A pool beside addresses and interfaces that come and go (X-M6), and beside masquerade.
. "${0%/*}/lib.sh"
. "${0%/*}/watch.sh"
. "${0%/*}/topology.sh"

TP
H1=${HOSTS[h1]#*/} H2=${HOSTS[h2]#*/}
profile r
ns r fullcone profile set guests source="${NET_WAN}100-${NET_WAN}103" ||
	die "fullcone profile set guests"
engine r
ns r fullcone rule add oif wan family "$(family)" saddr "$H2" profile guests || die "rule add"

testcase "X-D1 two profiles on one interface: h1 masqueraded, h2 from the pool"
U h1:3000 s1a:3000 E1
eq "$E1" "${ADDR[rw]}:3000" "external endpoint of h1"
U h2:3000 s1a:3000 E2
[[ $E2 == *"${NET_WAN}10"[0-3]?(]):3000 ]] || fail "h2 left from $E2"
maps r '[.mappings[] | [.int_addr, .profile, .realm]] | sort | tostring'
eq "$M" '[["'"$H1"'","default","masquerade"],["'"$H2"'","guests","guests"]]' "realms"
in_ s2b:9 "$E1" h1:3000
in_ s2b:9 "$E2" h2:3000
U h1:3000 s2a:3000
eq "$E" "$E1" "external endpoint of h1 elsewhere"
U h2:3000 s2a:3000
eq "$E" "$E2" "external endpoint of h2 elsewhere"

testcase "X-S1 K-3 what strangers send to nobody's ports of a pool makes no mapping in another profile"
tell scan s1b s1b:6000 "${E2%:*}" 5000 5019
n_maps r 0 int "$(net_of $NET_WAN)"

testcase "U-9 a hairpin from one into the other"
got h1:3000 "$E2" h2:3000
in_from "$E2" h2:3000 "$E" h1:3000

if [ "$FAMILY" = 4 ]; then
	testcase "U-9 K-8 a hairpin into a mapping of masquerade, when the profile has got blocks"
	profile r source=203.0.113.100 ports=5000-5099 deterministic=192.168.1.0/30:0
	got h3:3001 "$E1" h1:3000
	eq "${E%:*}" "${ADDR[rw]}" "external address of h3"
	profile r source=masquerade ports=default deterministic=off
fi

testcase "X-M6 a pool's mapping survives the link's going down and up"
dropping r
# else IPv6 addresses go with the link
tell sysctl "${NS[r]}" net/ipv6/conf/all/keep_addr_on_down 1
ns r ip link set wan down
n_maps r 0 int "$H1" ext "${ADDR[rw]}"
n_maps r 1 int "$H2"
ns r ip link set wan up
tell ready "${NS[r]}"
in_ s2b:10 "$E2" h2:3000
U h2:3000 s1b:3001
eq "$E" "$E2" "external endpoint of h2"
U h1:3000 s1b:3001
in_ s2b:10 "$E" h1:3000

testcase "X-M6 and the removal of the router's own address"
must ns r ip addr del "${NET_WAN}1/$NET_LEN" dev wan
must ns r ip addr add "${NET_WAN}2/$NET_LEN" dev wan
for s in s1 s2; do
	must ns $s ip route replace "${NET_WAN}100/$((NET_HOST - 2))" via "${NET_WAN}2"
done
in_ s2b:11 "$E2" h2:3000
U h2:3000 s1b:3002
eq "$E" "$E2" "external endpoint of h2"
n_maps r 1 int "${ADDR[h2]}:3000"
U h1:3000 s1b:3002
has "${E%:*}" "${NET_WAN}2" "external address of h1, by masquerade"
dropped r

testcase "K-8 U-9 mappings of a former pool are reached from inside as from outside"
must ns r fullcone add udp int "${ADDR[h2]}:4000" ext "${E2%:*}:4000" profile guests
must ns r fullcone profile set guests source=masquerade
dropping r
in_ s2b:13 "$E2" h2:3000
in_ s2b:13 "${E2%:*}:4000" h2:4000
got h3:9 "$E2" h2:3000
eq "$E" "${E2%:*}:9" "source shown in a hairpin"
in_from "$E2" h2:3000 "$E" h3:9
got h3:10 "${E2%:*}:4000" h2:4000
eq "$E" "${E2%:*}:10" "source shown in a hairpin to a static mapping"
dropped r
must ns r fullcone flush static ext "${E2%:*}:4000"

testcase "K-8 mappings outlive their profile"
must ns r fullcone profile del guests
in_ s2b:12 "$E2" h2:3000
in_ s1b:3002 "$E2" h2:3000
must_not ns r fullcone profile show guests
maps r '.mappings[0].profile' int "${ADDR[h2]}:3000"
eq "$M" guests "profile of the mapping"

testcase "X-D4 K-8 what was saved is restored after its profile was deleted"
H3=${HOSTS[h3]#*/} LENT=${NET_WAN1}7:7700
[ "$FAMILY" = 4 ] || LENT=[${NET_WAN1}7]:7700
must ns r fullcone profile set lent source="${NET_WAN1}7"
must ns r fullcone rule add oif wan family "$(family)" saddr "$H3" profile lent
must ns r fullcone add udp int "${ADDR[h3]}:7700" ext "$LENT" profile lent
SAVED=$(ns r fullcone save)
U h3:7700 s1a:3000
eq "$E" "$LENT" "external endpoint"
must ns r fullcone profile del lent
in_ s2b:5000 "$LENT" h3:7700
ns r fullcone restore <<<"$SAVED" || fail "restore"
in_ s2b:5001 "$LENT" h3:7700
U h3:7700 s1b:3000
eq "$E" "$LENT" "external endpoint afterwards"
eq "$(ns r fullcone save)" "$SAVED" "what is saved"

testcase "X-D4 K-8 whose profile was deleted keeps its endpoint from others who ask for it"
must ns r fullcone profile del lent
must ns r fullcone profile set lent source="${NET_WAN1}7"
must_not ns r fullcone add udp int "${ADDR[h1]}:7700" ext "$LENT" profile lent
in_ s2b:5002 "$LENT" h3:7700

finish
