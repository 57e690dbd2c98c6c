#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: lab
# timeout: 900
# fullcone lab: what it builds is what was asked for, and nothing of it is left.
. "${0%/*}/lib.sh"

type -P turnserver turnutils_natdiscovery >/dev/null || die "no coturn (scripts/install-deps clients)"
work=$(mktemp -d)
at_exit "rm -rf $work"

# lab STATUS WORDS...: what it prints is in $SAID
lab() {
	local want=$1 status

	shift
	log "\$ fullcone lab $*"
	SAID=$(fullcone lab "$@" 2>&1 </dev/null)
	status=$?
	log "$SAID"
	eq "$status" "$want" "exit status"
}

# What there is on this machine that a laboratory could leave, or touch.
machine() {
	lsns -n -o NS -t net
	lsns -n -o NS -t mnt
	lsns -n -o NS -t pid
	lsns -n -o NS -t uts
	ip netns list
	ip -o addr
	ip route
	cat /proc/sys/net/ipv4/ip_forward
	pgrep -a turnserver
	pgrep -af "[s]leep 98765"
}

before=$(machine)
named=$(ip netns list)
as_before() { [ "$(machine)" = "$before" ]; }
nothing_left() { busywait 10000 as_before || fail "left: $(diff <(echo "$before") <(machine))"; }

# begin WORDS...: in the background, with the laboratory's own process in $LAB
begin() {
	log "\$ fullcone lab $* &"
	fullcone lab "$@" >"$work/said" 2>&1 </dev/null 3>&- &
	LAB=$!
}

# The first argument is the signal; the laboratory has to end by it, with what is in it.
end_by() {
	local status

	log "kill -$1"
	kill "-$1" "$LAB"
	wait "$LAB"
	status=$?
	log "$(<"$work/said")"
	eq "$status" $((128 + $(kill -l "$1"))) "exit status after SIG$1"
	nothing_left
}

exists() { [ -e "$1" ]; }

# concludes R1 R2 H1 H2: NAT on the routers, and what STUN has to say on the hosts
family=ip
concludes() {
	lab 0 t2 family $family r1="$1" r2="$2" -- true
	has "$SAID"$'\n' "STUN on h1: $3"$'\n'
	has "$SAID"$'\n' "STUN on h2: $4"$'\n'
	nothing_left
}

ei="Endpoint Independent" ad="Address Dependent" apd="Address and Port Dependent"

testcase "lab t2: STUN finds full cone, masquerade and no NAT where they were asked for"
concludes fullcone masquerade "$ei Mapping, $ei Filtering" "$ei Mapping, $apd Filtering"
concludes none fullcone,alloc=random "No NAT, $ei Filtering" "$ei Mapping, $ei Filtering"

testcase "lab t2: external addresses that a router has not are routed to it"
concludes source=203.0.113.100-203.0.113.102 source=192.0.2.7,filter=apdf \
	"$ei Mapping, $ei Filtering" "$ei Mapping, $apd Filtering"

testcase "B-3 lab t2: STUN finds each of the nine behaviours where it was asked for"
concludes restricted port-restricted "$ei Mapping, $ad Filtering" "$ei Mapping, $apd Filtering"
concludes map=adm,filter=eif map=adm,filter=adf "$ad Mapping, $ei Filtering" "$ad Mapping, $ad Filtering"
concludes map=adm,filter=apdf map=apdm,filter=eif "$ad Mapping, $apd Filtering" "$apd Mapping, $ei Filtering"
concludes symmetric,filter=adf symmetric "$apd Mapping, $ad Filtering" "$apd Mapping, $apd Filtering"
concludes map=eim,filter=eif fullcone "$ei Mapping, $ei Filtering" "$ei Mapping, $ei Filtering"

testcase "B-3 lab t2 family ip6: STUN finds the same in IPv6"
family=ip6
concludes restricted port-restricted "$ei Mapping, $ad Filtering" "$ei Mapping, $apd Filtering"
concludes map=adm symmetric "$ad Mapping, $ei Filtering" "$apd Mapping, $apd Filtering"
concludes none masquerade "No NAT, $ei Filtering" "$ei Mapping, $apd Filtering"
concludes source=2001:db8:f::100-2001:db8:f::102 source=2001:db8:e::7,filter=apdf \
	"$ei Mapping, $ei Filtering" "$ei Mapping, $apd Filtering"
has "$SAID" "h2  fd00:1::1       behind r2"
lab 0 t1 family ip6 quiet host h3 -- sh -c 'ip -o addr show scope global; ping -c 1 -W 20 2001:db8:f::22'
has "$SAID" "fd00:1::3/64"
has_not "$SAID" "inet "
lab 2 t1 family inet quiet -- true
has "$SAID" "expected ip or ip6"

testcase "lab: the command runs in the host that was named, and its exit status is passed on"
lab 7 t2 quiet host h2 -- sh -c 'hostname; ls /sys/class/net; ip -o -4 addr show eth0; exit 7'
has "$SAID" $'h2\neth0\nlo\n' "what the command says"
has "$SAID" " 192.168.1.1/24 " "its address"
lab 0 T1 quiet host s2 -- ping -c 1 -W 20 203.0.113.1
lab 137 t1 quiet -- sh -c 'kill -9 $$'
lab 127 t1 quiet -- no-such-command
lab 0 t1 quiet -- sh -c 'exec "$0" "$@"' echo -n --
eq "$SAID" "--" "words behind the first --"
nothing_left

testcase "lab t2: who is behind a full cone is reached by a stranger, who is behind masquerade is not"
# each host sends from its port 3000 to the server only, then each calls on the other one
cat >"$work/call" <<'SCRIPT'
listening() { [ -n "$(ip netns exec $1 ss -Hlnu 'sport = :3000')" ]; }
for h in h1 h2; do
	echo hello | ip netns exec $h socat -u - UDP-SENDTO:203.0.113.11:3478,bind=:3000
	ip netns exec $h timeout 60 socat -u UDP-RECVFROM:3000 CREATE:$1/heard.$h &
	eval pid_$h=$!
	n=0
	until listening $h || [ $((n += 1)) -gt 600 ]; do sleep 0.1; done
done
echo from h2 | ip netns exec h2 socat -u - UDP-SENDTO:203.0.113.1:3000,bind=:4000
echo from h1 | ip netns exec h1 socat -u - UDP-SENDTO:203.0.113.2:3000,bind=:4000
wait $pid_h1
kill $pid_h2
wait $pid_h2
[ "$(cat $1/heard.h1)" = "from h2" ] && [ ! -s $1/heard.h2 ]
SCRIPT
lab 0 t2 r1=fullcone r2=masquerade quiet -- sh "$work/call" "$work"
eq "$(cat "$work/heard.h1")" "from h2" "what h1 hears"
nothing_left

testcase "lab: SIGTERM, SIGINT, SIGHUP and SIGKILL in the middle leave nothing"
for sig in TERM INT HUP KILL; do
	rm -f "$work/up"
	begin t1 quiet -- sh -c "ip netns exec h2 sleep 98765 & touch $work/up; sleep 98765"
	busywait 60000 exists "$work/up" || fail "the command does not begin"
	must_not as_before
	end_by $sig
done

testcase "lab: SIGKILL before its first process has run leaves nothing"
LD_PRELOAD=${PROBE%/*}/late.so begin t1 quiet -- sleep 98765
busywait 30000 pgrep -P "$LAB" >/dev/null || fail "no laboratory has begun"
end_by KILL

testcase "lab: SIGTERM while it is being built leaves nothing"
for name in h1 s2 r; do
	begin t1 -- sleep 98765
	busywait 30000 pgrep -P "$LAB" >/dev/null || fail "no laboratory has begun"
	inside=$(pgrep -P "$LAB")
	busywait 60000 exists "/proc/$inside/root/run/netns/$name" || fail "$name is not built"
	end_by TERM
done

testcase "lab: what cannot be built in full is removed"
lab 1 t2 r1=fullcone r2=udp=1 -- true
has "$SAID" "lab r2: " "the reason"
nothing_left
lab 2 t2 r1=fullcone r2=wrong -- true
lab 2 t2 r=fullcone -- true
lab 2 t2 r1=symmetric r1=symmetric -- true
has "$SAID" "r1= is given twice" "the reason"
lab 2 t1 host h9 -- true
lab 2 r1=symmetric t2 -- true
has "$SAID" 'there is no router "r1"' "the reason"
lab 2 host h2 t2 -- true
has "$SAID" "as the first word" "the reason"
nothing_left

testcase "lab: routers forward, and hosts do not, whatever new interfaces of the machine do"
conf=/proc/sys/net/ipv4/conf
forward=$(<$conf/all/forwarding)
for new in 0 1; do
	echo $((1 - new)) >$conf/all/forwarding
	echo $new >$conf/default/forwarding
	lab 0 t1 quiet -- sh -c "ping -c 1 -W 20 203.0.113.11; cat $conf/eth0/forwarding"
	has "$SAID" $'ms\n0' "whether h1 forwards"
done
echo $((1 - forward)) >$conf/all/forwarding
echo "$forward" >$conf/all/forwarding

testcase "lab: a shell that stops is woken, for it has the terminal"
SAID=$(printf '%s\n' 'kill -STOP $$; exit 7' |
	SHELL=/bin/sh timeout 120 script -qec "fullcone lab t1 quiet" /dev/null 2>&1)
eq $? 7 "exit status"
log "$SAID"
nothing_left

testcase "lab: a module that it has to load is not active in the machine's own namespace"
unload
lab 0 t1 quiet -- ip netns exec r fullcone stats -j
has "$SAID" '"active":1' "in the router"
stats=$(fullcone stats -j)
has "$stats" '"active":0' "on the machine"
nothing_left
unload
load

testcase "lab: without root one sentence, and exit status 1"
SAID=$(setpriv --reuid 65534 --clear-groups fullcone lab t1 -- true 2>&1)
eq $? 1 "exit status"
eq "$SAID" "fullcone: lab: needs root, for it makes network namespaces"

testcase "lab: two at once, and neither is seen by the other or by the machine"
begin t2 quiet host h2 -- sh -c "touch $work/first; sleep 98765"
busywait 60000 exists "$work/first" || fail "the first one does not begin"
eq "$(ip netns list)" "$named" "namespaces with a name"
lab 0 t2 quiet -- sh -c 'ip netns list; ping -c 1 -W 20 203.0.113.2; pgrep -f "[s]leep 98765"; test $? = 1'
inside=$(pgrep -P "$LAB")
must run nsenter -t "$inside" -m -p ip netns exec h1 ping -c 1 -W 20 203.0.113.2
end_by TERM

finish
