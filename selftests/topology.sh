# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034 # the test files read them
#
# The topologies of the specification, in namespaces of their own.
#
#  T1   h1 192.168.1.1 --+                                          +-- s1 203.0.113.11 (s1a)
#                        |  br-lan                  wan             |      203.0.113.12 (s1b)
#       h2 192.168.1.2 --+- 192.168.1.254 [ r ] 203.0.113.1 --[ w ]-+
#                        |                                          +-- s2 203.0.113.21 (s2a)
#       h3 192.168.1.3 --+                                                 203.0.113.22 (s2b)
#
#  T1L  T1 and a second LAN bridge of r:  h4 192.168.2.1 --- br-lan2 192.168.2.254 [ r ]
#
#  T2   h1 192.168.1.1 -- br-lan [ r1 ] wan 203.0.113.1 --+
#                                                         +-[ w ]-- s1 203.0.113.11 (s1a), .12 (s1b)
#       h2 192.168.1.1 -- br-lan [ r2 ] wan 203.0.113.2 --+
#
#  T3   T1 and a second uplink of r:  [ r ] wan1 198.51.100.1 --[ w1 ]-- s2 198.51.100.21 (s2c), .22 (s2d)
#
#  TP   T3, and a pool of addresses that r has not: 203.0.113.100-103, 198.51.100.7 and
#       100.64.0.0/16 (2001:db8:64::/112), which s1 and s2 have routes for by way of r
#
#  T4   T1 twice in one r, the LANs overlapping, each LAN and its uplink a zone:
#       ha 192.168.1.1 -- lan-a [ r zone 1 ] wan-a 203.0.113.1 --- sa 203.0.113.11
#       hb 192.168.1.1 -- lan-b [ r zone 2 ] wan-b 203.0.113.1 --- sb 203.0.113.11
#
#  TW   twins, two routers that know nothing of each other, in namespaces of their own:
#       ha 192.168.1.1 -- br-lan [ ra ] wan 203.0.113.1 --- sa 203.0.113.11
#       hb 192.168.1.1 -- br-lan [ rb ] wan 203.0.113.1 --- sb 203.0.113.11
#
#  TS   h1 192.168.1.1 -- br-lan [ r ] wan 43.124.222.234 -- s 1.1.1.1 1.1.1.2 1.1.1.3 1.1.1.4
#
#  T6   T1 in IPv6, with the LAN fd00:1::/64 and the WAN 2001:db8:f::/64. With FAMILY=6 T1, T1L,
#       T2, T3, TP, T4 and TS are IPv6, too: what follows the prefix is the same.
#
# Everything goes through few `ip -b` calls, since each process costs a tenth of a
# second in an emulated guest. Neighbours are permanent: no test waits for ARP.

declare -A BATCH=()	# namespace -> its `ip` commands
declare -A MEMBERS=()	# segment -> "NAME DEV ADDR MAC" lines
links=()
mac_count=0

family_prefixes() {
	NET_LAN=192.168.1.
	NET_LAN2=192.168.2.
	NET_WAN=203.0.113.
	NET_WAN1=198.51.100.
	NET_FAR=100.64.0.0
	NET_LEN=24
	NET_HOST=32
	NET_ANY=0.0.0.0
	if [ "$FAMILY" = 6 ]; then
		NET_LAN=fd00:1::
		NET_LAN2=fd00:2::
		NET_WAN=2001:db8:f::
		NET_WAN1=2001:db8:e::
		NET_FAR=2001:db8:64::
		NET_LEN=64
		NET_HOST=128
		NET_ANY=::
	fi
}
family_prefixes

net_of() { # PREFIX: the network of it
	case $1 in
	*:)	echo "$1/64" ;;
	*)	echo "${1}0/24" ;;
	esac
}

mac_next() { # into $MAC
	mac_count=$((mac_count + 1))
	printf -v MAC '02:00:00:00:%02x:%02x' $((mac_count / 256)) $((mac_count % 256))
}

node() { # NAME...
	local name

	for name; do
		NS[$name]=fc$FC_ID-$name
		BATCH[$name]=$'link set dev lo up\n'
	done
}

bridge() { # NAME BRIDGE [ADDR/LEN]
	mac_next
	BATCH[$1]+="link add name $2 address $MAC type bridge mcast_snooping 0 forward_delay 0"$'\n'
	BATCH[$1]+="link set dev $2 up"$'\n'
	[ -z "${3:-}" ] || address "$1" "$2" "$1/$2" "$3"
}

address() { # NAME DEV SEGMENT ADDR/LEN: MAC is that of DEV
	local nodad=

	[[ $4 != *:* ]] || nodad=nodad
	BATCH[$1]+="addr add $4 dev $2 $nodad"$'\n'
	MEMBERS[$3]+="$1 $2 ${4%/*} $MAC"$'\n'
}

# plug SWITCH BRIDGE NAME DEV ADDR/LEN...: DEV of NAME at a port of BRIDGE of SWITCH
plug() {
	local switch=$1 br=$2 name=$3 dev=$4 port a

	shift 4
	mac_next
	port=p$mac_count
	links+=("link add name $dev netns ${NS[$name]} address $MAC type veth peer name $port netns ${NS[$switch]}")
	BATCH[$switch]+="link set dev $port master $br up"$'\n'
	BATCH[$name]+="link set dev $dev up"$'\n'
	for a; do
		address "$name" "$dev" "$switch/$br" "$a"
	done
}

route() { BATCH[$1]+="route add ${*:2}"$'\n'; } # NAME ROUTE...

neighbours() {
	local seg name dev addr mac n2 d2 a2 m2

	for seg in "${!MEMBERS[@]}"; do
		while read -r name dev addr mac; do
			[ -n "$name" ] || continue
			while read -r n2 d2 a2 m2; do
				[ -n "$n2" ] && [ "$n2/$d2" != "$name/$dev" ] || continue
				BATCH[$name]+="neigh replace $a2 lladdr $m2 dev $dev nud permanent"$'\n'
			done <<<"${MEMBERS[$seg]}"
		done <<<"${MEMBERS[$seg]}"
	done
}

# lay ROUTER...: make what has been described
lay() {
	local name h

	neighbours
	printf 'netns add %s\n' "${NS[@]}" | ip -b - || die "cannot make namespaces"
	agent_start
	for name in "${!NS[@]}"; do
		# an address of its own on every link is no part of a topology in IPv4
		tell sysctl "${NS[$name]}" net/ipv6/conf/default/disable_ipv6 $((FAMILY == 4))
		tell sysctl "${NS[$name]}" net/ipv4/conf/all/rp_filter 0
		tell sysctl "${NS[$name]}" net/ipv4/conf/default/rp_filter 0
	done
	for name; do
		tell sysctl "${NS[$name]}" net/ipv4/ip_forward 1
		[ "$FAMILY" = 4 ] || tell sysctl "${NS[$name]}" net/ipv6/conf/all/forwarding 1
	done
	printf '%s\n' "${links[@]}" | ip -b - || die "cannot make links"
	for name in "${!NS[@]}"; do
		log "[$name] ip -b -"$'\n'"${BATCH[$name]}"
		ip -n "${NS[$name]}" -b - <<<"${BATCH[$name]}" || die "cannot set up $name"
	done
	for name in "${!NS[@]}"; do
		tell ready "${NS[$name]}"
	done
	for name in "${!HOSTS[@]}"; do
		h=${HOSTS[$name]}
		ADDR[$name]=${h##*/}
		[[ $h != *:* ]] || ADDR[$name]=[${h##*/}]
		tell host "$name" "${h##*/}" "${NS[${h%/*}]}"
	done
}

declare -A HOSTS=()	# name of an address -> NODE/ADDR

lan_t1() {
	local i

	node r h1 h2 h3
	bridge r br-lan ${NET_LAN}254/$NET_LEN
	for i in 1 2 3; do
		plug r br-lan h$i eth0 $NET_LAN$i/$NET_LEN
		route h$i default via ${NET_LAN}254
		HOSTS[h$i]=h$i/$NET_LAN$i
	done
	HOSTS[rl]=r/${NET_LAN}254
}

wan_t1() {
	node w s1 s2
	bridge w sw0
	plug w sw0 r wan ${NET_WAN}1/$NET_LEN
	plug w sw0 s1 eth0 ${NET_WAN}11/$NET_LEN ${NET_WAN}12/$NET_LEN
	plug w sw0 s2 eth0 ${NET_WAN}21/$NET_LEN ${NET_WAN}22/$NET_LEN
	HOSTS+=([rw]=r/${NET_WAN}1 [r0]=r/$NET_ANY
		[s1a]=s1/${NET_WAN}11 [s1b]=s1/${NET_WAN}12
		[s2a]=s2/${NET_WAN}21 [s2b]=s2/${NET_WAN}22)
}

T1() { lan_t1; wan_t1; lay r; }

# What Linux has without the engine.
masquerade() { # NAME
	rules "$1" <<-NFT
	table $(family) plain {
		chain postrouting {
			type nat hook postrouting priority srcnat; policy accept;
			oifname "wan" masquerade
		}
	}
	NFT
}

# flowtable NAME MATCH: forwarded flows that match are handed to one in software.
# Newer kernels (7.x) offload nothing that comes by a bridge whose ports are not named.
flowtable() {
	rules "$1" <<-NFT
	table inet fast {
		flowtable f {
			hook ingress priority filter
			devices = { wan, br-lan, p2, p3, p4 }
		}
		chain forward {
			type filter hook forward priority filter; policy accept;
			$2 flow add @f
		}
	}
	NFT
}

T6() {
	FAMILY=6
	family_prefixes
	T1
}

T1L() {
	lan_t1
	wan_t1
	node h4
	bridge r br-lan2 ${NET_LAN2}254/$NET_LEN
	plug r br-lan2 h4 eth0 ${NET_LAN2}1/$NET_LEN
	route h4 default via ${NET_LAN2}254
	HOSTS[h4]=h4/${NET_LAN2}1
	lay r
}

T2() {
	local i

	node w s1
	bridge w sw0
	plug w sw0 s1 eth0 ${NET_WAN}11/$NET_LEN ${NET_WAN}12/$NET_LEN
	for i in 1 2; do
		node r$i h$i
		bridge r$i br-lan ${NET_LAN}254/$NET_LEN
		plug r$i br-lan h$i eth0 ${NET_LAN}1/$NET_LEN
		route h$i default via ${NET_LAN}254
		plug w sw0 r$i wan $NET_WAN$i/$NET_LEN
		HOSTS+=([h$i]=h$i/${NET_LAN}1 [rw$i]=r$i/$NET_WAN$i)
	done
	HOSTS+=([s1a]=s1/${NET_WAN}11 [s1b]=s1/${NET_WAN}12)
	lay r1 r2
}

t3() {
	lan_t1
	wan_t1
	node w1
	bridge w1 sw0
	plug w1 sw0 r wan1 ${NET_WAN1}1/$NET_LEN
	plug w1 sw0 s2 eth1 ${NET_WAN1}21/$NET_LEN ${NET_WAN1}22/$NET_LEN
	HOSTS+=([rw1]=r/${NET_WAN1}1 [s2c]=s2/${NET_WAN1}21 [s2d]=s2/${NET_WAN1}22)
}

T3() { t3; lay r; }

TP() {
	local s pool

	t3
	for s in s1 s2; do
		for pool in ${NET_WAN}100/$((NET_HOST - 2)) ${NET_WAN1}7 $NET_FAR/$((NET_HOST - 16)); do
			route $s $pool via ${NET_WAN}1
		done
	done
	lay r
}

T4() {
	local z n=100 rules=

	node r
	for z in a b; do
		node h$z s$z w$z
		bridge r lan-$z ${NET_LAN}254/$NET_LEN
		plug r lan-$z h$z eth0 ${NET_LAN}1/$NET_LEN
		route h$z default via ${NET_LAN}254
		bridge w$z sw0
		plug w$z sw0 r wan-$z ${NET_WAN}1/$NET_LEN
		plug w$z sw0 s$z eth0 ${NET_WAN}11/$NET_LEN
		HOSTS+=([h$z]=h$z/${NET_LAN}1 [s$z]=s$z/${NET_WAN}11)
		# one table a zone, chosen by where the packet came in
		n=$((n + 1))
		route r "$(net_of $NET_LAN)" dev lan-$z table $n
		route r "$(net_of $NET_WAN)" dev wan-$z table $n
		rules+="rule add iif lan-$z lookup $n
rule add iif wan-$z lookup $n
"
	done
	lay r
	# a rule without an address does not say of which family it is
	ns r ip -$FAMILY -b - <<<"$rules" || die "rules of the zones"
}

TW() {
	local z

	for z in a b; do
		node r$z h$z s$z
		bridge r$z br-lan 192.168.1.254/24
		plug r$z br-lan h$z eth0 192.168.1.1/24
		route h$z default via 192.168.1.254
		bridge s$z sw0 203.0.113.11/24
		plug s$z sw0 r$z wan 203.0.113.1/24
		HOSTS+=([h$z]=h$z/192.168.1.1 [s$z]=s$z/203.0.113.11)
	done
	lay ra rb
}

TS() {
	local i ext=43.124.222. last=234 servers=1.1.1. net=1.1.1.0/24

	if [ "$FAMILY" = 6 ]; then
		ext=$NET_WAN
		last=ea
		servers=2001:db8:1::
		net=2001:db8:1::/64
	fi
	node r h1 s w
	bridge r br-lan "${NET_LAN}254/$NET_LEN"
	plug r br-lan h1 eth0 "${NET_LAN}1/$NET_LEN"
	route h1 default via "${NET_LAN}254"
	bridge w sw0
	plug w sw0 r wan "$ext$last/$NET_LEN"
	plug w sw0 s eth0 "${ext}1/$NET_LEN"
	for i in 1 2 3 4; do
		BATCH[s]+="addr add $servers$i/$NET_HOST dev lo"$'\n'
		HOSTS[s$i]=s/$servers$i
	done
	route r $net via "${ext}1"
	HOSTS+=([h1]=h1/${NET_LAN}1 [rw]=r/$ext$last)
	lay r
}
