#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: conntrack
# Network namespaces: X-Z4, X-Z5.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"
. "${0%/*}/objects.sh"

TW
engine ra
engine rb
public "$(type -P fullcone)"

testcase "X-Z4 a mapping in one namespace is none in another"
U ha:3000 sa:3000 E1
in_ sa:5000 "$E1" ha:3000
in_none sb:5000 "$E1"
n_maps ra 1
n_maps rb 0
stat rb mappings_created
stock || eq "$S" 0 "mappings made in the other namespace"
U hb:3000 sb:3000
eq "$E" "$E1" "the same external endpoint in the other namespace"
in_ sb:5001 "$E1" hb:3000
in_ sa:5001 "$E1" ha:3000

testcase "X-Z4 settings and flushes stay in their namespace"
profile ra ports=4001-4001
U ha:3001 sa:3000
eq "$E" 203.0.113.1:4001 "external endpoint where the ports are limited"
U hb:3001 sb:3000
eq "$E" 203.0.113.1:3001 "external endpoint where they are not"
stock || ns ra fullcone flush all
n_maps ra 0
n_maps rb 2
in_ sb:5002 "$E" hb:3001

testcase "X-Z4 the owner of a user namespace commands the engine of its own network namespace"
OUT=$(PATH=$PUBLIC:$PATH setpriv --reuid=65534 --regid=65534 --clear-groups \
	unshare -rn sh -c 'fullcone profile set default udp=240 && fullcone profile show -j' 2>&1)
log "$OUT"
eq "$(jq -r '.profiles[0].udp' <<<"$OUT" 2>/dev/null)" 240 "the timer that was set"

# In a namespace of an unprivileged user's own: commands on standard input, the answer is
# what they print. The script runs as its root, which is nobody to the rest.
unprivileged() {
	OUT=$(PATH=$PUBLIC:$PATH setpriv --reuid=65534 --regid=65534 --clear-groups \
		unshare -rn sh -s 2>&1)
	log "$OUT"
}

testcase "X-Z4 there it sees nothing of others, and changes nothing of them"
profile ra ports=default
U ha:3002 sa:3000 E1
counting ra mappings_flushed
unprivileged <<'SH'
fullcone list -j
fullcone flush all
fullcone list -j
SH
has_not "$OUT" 192.168.1.1 "what it sees"
has "$OUT" '"mappings":[]' "what it sees"
counted ra mappings_flushed 0
in_ sa:5009 "$E1" ha:3002

testcase "X-Z4 nor the settings of the module"
CAP=/sys/module/nf_nat_fullcone/parameters/max_mappings
stock || WAS=$(cat $CAP)
unprivileged <<SH
echo 5 >$CAP && echo written
rmmod nf_nat_fullcone && echo removed
SH
has_not "$OUT" written "what it may"
has_not "$OUT" removed "what it may"
stock || eq "$(cat $CAP)" "$WAS" "the limit over all namespaces"

testcase "X-Z4 its mappings count against the limit over all namespaces"
if ! stock; then
	stat ra mappings
	TOTAL=$S
	stat rb mappings
	TOTAL=$((TOTAL + S))
	log "mappings: $TOTAL"
	echo $((TOTAL + 3)) >$CAP
	unprivileged <<-'SH'
	ip link set lo up
	ip addr add 203.0.113.1/24 dev lo
	for p in 1 2 3 4 5; do
		fullcone add udp int 192.168.1.1:400$p ext 203.0.113.1:400$p -j >/dev/null && echo added
	done
	fullcone list -j
	SH
	eq "$(grep -c ^added <<<"$OUT")" 3 "mappings that it could make"
	has "$OUT" max_mappings "what the others were refused for"
	echo "$WAS" >$CAP
	U hb:3100 sb:3000
fi

testcase "X-Z5 deleting a namespace with live mappings, a dump and a monitor in progress"
[ -z "$SLOW" ] || ROUNDS=5
ROUNDS=${ROUNDS:-6}	# soak_netns.sh has more
stock && ROUNDS=0
MONITOR=$(mktemp)
at_exit "rm -f $MONITOR"
for ((i = 1; i <= ROUNDS; i++)); do
	x=fc$FC_ID-x y=fc$FC_ID-y
	ip -b - <<-IP || fail "cannot make namespaces, round $i"
		netns add $x
		netns add $y
		link add name lan netns $x type veth peer name eth0 netns $y
	IP
	ip -n "$x" -b - <<-'IP' || fail "cannot set up the router"
		addr add 192.168.1.254/24 dev lan
		addr add 203.0.113.1/24 dev lan
		link set dev lan up
		link add name wan type dummy
		link set dev wan up
		addr add 198.51.100.1/24 dev wan
		neigh replace 198.51.100.9 lladdr 02:00:00:00:00:99 dev wan nud permanent
	IP
	ip -n "$y" -b - <<-'IP' || fail "cannot set up the host"
		addr add 192.168.1.1/24 dev eth0
		link set dev eth0 up
		route add default via 192.168.1.254
	IP
	NS[x]=$x
	NS[y]=$y
	tell ready "$x"
	tell ready "$y"
	tell sysctl "$x" net/ipv4/ip_forward 1
	ns x fullcone rule add oif wan || fail "fullcone rule add, round $i"
	tell host y 192.168.1.1 "$y"
	tell scan y y:1000 198.51.100.9 1 200
	tell flood y 192.168.1.1 2000 2299 198.51.100.9:9
	stat x mappings
	ge "$S" 301 "mappings, round $i"
	(
		while nsenter --net="/run/netns/$x" fullcone list -j; do :; done
	) >/dev/null 2>&1 3>&- 8>&- 9<&- &
	DUMP=$!
	nsenter --net="/run/netns/$x" fullcone monitor -v >/dev/null 2>"$MONITOR" 3>&- 8>&- 9<&- &
	MON=$!
	busywait 5000 grep -q listening "$MONITOR" || fail "the monitor does not listen, round $i"
	tell forget "$x"
	tell forget "$y"
	printf 'netns del %s\n' "$x" "$y" | ip -b - || fail "cannot delete the namespaces"
	# both hold the namespace; it goes with them
	kill "$MON"
	wait "$DUMP" "$MON"
done
unset "NS[x]" "NS[y]"

testcase "X-Z5 nothing of them is left"
# two namespaces with a few mappings are alive; each round has made three hundred
no_leak 100
U ha:3009 sa:3000
in_ sa:5009 "$E" ha:3009

finish
