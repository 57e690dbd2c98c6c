#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: change
# Adoption (X-C5) of flows that no earlier load of the module has made, and what becomes
# of adopted mappings when their flows end.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
engine r

# state HOST:PORT is STATE within the second that a scaled timer may be late
wait_state() { busywait 2500 is_state r "$1" "$2" || fail "$1 is $M, not $2"; }

clean() { # no mappings, no flows
	stock || ns r fullcone flush all
	ns r conntrack -F
}

# other_port HOST PORT: h1's external port is not its own, so that keeping it says something
crowded() { # PORT VAR
	U h2:"$1" s1a:3000
	U h1:"$1" s1a:3000 "$2"
	ne "${!2#*:}" "$1" "external port of h1"
	stock || ns r fullcone flush int 192.168.1.2
	ns r conntrack -D -p udp --orig-src 192.168.1.2
}

testcase "X-C5 flows that masquerade translated while there was no module are adopted"
unload
U h2:4000 s1a:3000
U h1:4000 s1a:3000 E1
ns r conntrack -D -p udp --orig-src 192.168.1.2
ne "$E1" 203.0.113.1:4000 "external endpoint of h1"
load
engine r
n_maps r 1 adopted
U h1:4000 s2b:3001
eq "$E" "$E1" "external endpoint of h1"
in_ s2a:5000 "$E1" h1:4000
U h2:"${E1#*:}" s2a:9
ne "$E" "$E1" "external endpoint of h2"

testcase "X-C5 the first profile set does as well as the first rule add"
clean
crowded 4001 E1
unload
load
n_maps r 0
U h1:4001 s1b:3000
must ns r fullcone profile set default
n_maps r 1 adopted
U h1:4001 s2b:3001
eq "$E" "$E1" "external endpoint of h1"

testcase "X-C5 with netns=all a reload needs nothing else"
clean
crowded 4002 E1
unload
load netns=all
stat r active
eq "$S" 1 "the engine is active"
n_maps r 1 adopted
U h1:4002 s2b:3001
eq "$E" "$E1" "external endpoint of h1"
reload r

testcase "X-C5 with netns=none what is adopted has the settings that are restored first"
clean
crowded 4006 E1
unload
load netns=none
stock || [[ $(fullcone stats -j) == *'"active":0'* ]] || fail "the initial namespace is active"
must ns r fullcone profile set default filter=apdf
n_maps r 1 adopted
in_none s2a:5000 "$E1"
in_ s1a:3000 "$E1" h1:4006
reload r

testcase "X-C5 K-9 whom a host has sent to may begin sessions with its adopted mapping"
clean
profile r filter=adf
U h1:4007 s1a:3000 E1
U h1:4008 s1a:3000 E2
in_ s1a:9 "$E2" h1:4008
# a stranger whom the host has not answered is nobody it has sent to
profile r filter=eif
U h1:4006 s1a:53 E3
in_ s2b:9 "$E3" h1:4006
unload
load
profile r filter=adf
n_maps r 3 adopted
flags r h1:4006
stock || has "$M" short "flags of one that has only sent to a DNS server"
in_none s2b:5000 "$E3"
in_ s1a:5000 "$E3" h1:4006
in_none s2a:5000 "$E1"
in_ s1a:5000 "$E1" h1:4007
ns r conntrack -F
in_ s1a:5000 "$E2" h1:4008
in_none s1b:5000 "$E2"
reload r

testcase "K-9 X-C5 in an adopted hairpin, each host sends to the external endpoint of the other"
clean
crowded 4007 E1
U h2:4007 s1a:3000 E2
in_from "$E1" h1:4007 "$E2" h2:4007
unload
load netns=none
must ns r fullcone profile set default filter=adf
in_from "$E1" h1:4007 "$E2" h2:4007
in_from "$E2" h2:4007 "$E1" h1:4007
# all of them have one external address: both have sent there
got h3:4007 "$E1" h1:4007
got h3:4007 "$E2" h2:4007
reload r

# What makes the engine active here also sets the timers: adopted mappings have them already.
testcase "X-C5 a mapping whose old flow lives drains, and is held when it ends"
clean
tell sysctl "${NS[r]}" net/netfilter/nf_conntrack_udp_timeout 300
tell sysctl "${NS[r]}" net/netfilter/nf_conntrack_udp_timeout_stream 300
crowded 4003 E1
U h1:4003 s1b:3000
unload
load
scaled r
tell mark
is_state r h1:4003 open || fail "is $M after the reload"
at $((T + 1300))
wait_state h1:4003 drain
sessions_of r h1:4003
eq "$M" 2 "sessions"
in_none s2b:5001 "$E1"
in_ s1a:3000 "$E1" h1:4003
ns r conntrack -D -p udp --orig-port-dst 3000 --orig-dst 203.0.113.12
is_state r h1:4003 drain || fail "is $M with one flow left"
ns r conntrack -D -p udp --orig-src 192.168.1.1
wait_state h1:4003 held
busywait $((HOLD * 1000 + 2500)) is_state r h1:4003 none || fail "is $M after the hold"

testcase "X-C5 an outbound packet of an old flow keeps the adopted mapping open"
clean
crowded 4004 E1
unload
load
scaled r
tell mark
at $((T * 2 / 3))
U h1:4004 s1a:3000
eq "$E" "$E1" "external endpoint of the old flow"
at $((T + 1300))
is_state r h1:4004 open || fail "is $M"
in_ s2b:5002 "$E1" h1:4004

testcase "X-C5 flows of masquerade hold the mapping as long as their conntracks"
clean
unload
tell sysctl "${NS[r]}" net/netfilter/nf_conntrack_udp_timeout 20
U h1:4005 s1a:3000 E1
load
scaled r
tell mark
at $((T + 1300))
[ "$UDP" -gt 15 ] || is_state r h1:4005 drain || fail "is $M while its flow lives"
state_is_over() { is_state r h1:4005 held || is_state r h1:4005 none; }
busywait 25000 state_is_over || fail "is $M when its flow is over"

# Both sides of these flows are translated, one by a rule of the user's: no hairpins.
testcase "X-C5 what a rule redirects makes a mapping of its sender, and none of where it goes"
clean
rules r <<'NFT'
table ip mine {
	chain prerouting {
		type nat hook prerouting priority dstnat
		ip saddr 192.168.1.3 ip daddr 203.0.113.11 udp dport 5000 dnat to 203.0.113.22:5001
	}
}
NFT
U h2:4020 s1a:3000
got h3:4020 s1a:5000 s2b:5001
E3=$E
reload r
n_maps r 2 adopted
sessions_of r h3:4020
eq "$M" 1 "sessions of h3"
U h1:4021 s1a:5000
U h3:4020 s1b:3001
eq "$E" "$E3" "external endpoint of h3"
rules r <<< 'delete table ip mine'

testcase "X-C5 a stranger that the user shows as the router makes no mapping of the router's"
clean
rules r <<'NFT'
table ip mine {
	chain postrouting {
		type nat hook postrouting priority srcnat
		iifname "wan" oifname "br-lan" masquerade
	}
}
NFT
crowded 4022 E1
ns r conntrack -D -p udp --orig-src 192.168.1.1
got s1b:6000 "$E1" h1:4022
reload r
n_maps r 1 adopted
U h1:4022 s2b:3001
eq "$E" "$E1" "external endpoint of h1"
rules r <<< 'delete table ip mine'
tell settle

testcase "X-C5 flushing an adopted mapping ends its flows, and no others"
clean
tell sysctl "${NS[r]}" net/netfilter/nf_conntrack_udp_timeout 300
reload r
U h1:4006 s1a:3000 E1
in_ s2b:5003 "$E1" h1:4006
U h2:4007 s1a:3000 E2
got h2:4007 "$E1" h1:4006
unload
U h3:4008 s1a:3000 E3
load
engine r
n_maps r 3 adopted
must ns r fullcone flush int 192.168.1.1:4006
sessions r -p udp --orig-src 192.168.1.1
eq "$C" 0 "sessions of h1"
sessions r -p udp --orig-src 203.0.113.22
eq "$C" 0 "sessions of the stranger"
sessions r -p udp --orig-src 192.168.1.2
eq "$C" 1 "sessions of h2: not the hairpin"
in_ s1a:3000 "$E2" h2:4007
must ns r fullcone flush int 192.168.1.3
sessions r -p udp --orig-src 192.168.1.3
eq "$C" 0 "sessions of h3, which masquerade had begun"

testcase "X-C5 the address that goes takes adopted mappings and flows along"
clean
U h1:4009 s1a:3000 E1
in_ s2b:5004 "$E1" h1:4009
reload r
n_maps r 1 adopted
ns r ip -b - <<-'IP'
	addr del 203.0.113.1/24 dev wan
	addr add 203.0.113.1/24 dev wan
IP
no_mapping() { column r external; [ ${#ROWS[@]} = 0 ]; }
busywait 1500 no_mapping || fail "mappings: ${ROWS[*]}"
gone() { sessions r -p udp --dst 203.0.113.1; [ "$C" = 0 ]; }
busywait 1500 gone || fail "$C sessions are left"

testcase "X-C5 the interface that goes down takes adopted mappings along"
U h1:4010 s1a:3000 E1
reload r
n_maps r 1 adopted
ns r ip link set wan down
busywait 1500 no_mapping || fail "mappings: ${ROWS[*]}"
ns r ip link set wan up
tell ready "${NS[r]}"

testcase "X-C5 on an uplink that borrows its address an endpoint keeps its external endpoint"
clean
must ns r ip addr del 203.0.113.1/24 dev wan
must ns r ip addr add 203.0.113.1/32 dev lo
must ns r ip route add 203.0.113.0/24 dev wan
U h1:4011 s1a:3000 E1
for p in 1 2 3 4; do
	in_ s2b:500$p "$E1" h1:4011
done
U h3:4013 s1a:3000 E3
in_ s2b:5001 "$E3" h3:4013
ns r conntrack -D -p udp --orig-src 192.168.1.3	# only a stranger's session is left
got h2:4012 "$E1" h1:4011
E2=$E
reload r
maps r '[.mappings[].ifindex] | unique | length'
eq "$M" 1 "interfaces"
for p in 1:4011 2:4012 3:4013; do
	e=E${p%:*}
	U h$p s1b:3001
	eq "$E" "${!e}" "external endpoint of h$p"
done
got h2:4012 "$E1" h1:4011
eq "$E" "$E2" "source shown in a hairpin"
n_maps r 3

finish
