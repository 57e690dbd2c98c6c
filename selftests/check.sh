#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: tool
# What check finds is what stops the full-cone, and the line that it prints mends it.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"
. "${0%/*}/finding.sh"

T1
engine r

testcase "check has nothing to say about an ordinary router"
must ns r ip link add br-guest up type bridge
must ns r ip address add 192.168.9.254/24 dev br-guest
must ns r ip link add idle type veth peer name idle-peer
rules r <<'NFT'
table inet firewall {
	set bogons {
		type ipv4_addr
		flags interval
		elements = { 0.0.0.0/8, 127.0.0.0/8 }
	}
	chain raw {
		type filter hook prerouting priority raw; policy accept;
		iifname "wan" ip saddr @bogons drop
		iifname "br-lan" fib saddr . iif oif missing drop
		fib daddr type local udp dport 53 notrack
	}
	chain input {
		type filter hook input priority filter; policy drop;
		ct state vmap { established : accept, related : accept, invalid : drop }
		iifname { "lo", "br-lan" } accept
	}
	chain forward {
		type filter hook forward priority filter; policy drop;
		ct state vmap { established : accept, related : accept, invalid : drop }
		iifname { "br-lan", "br-guest" } oifname "wan" accept
		ct status dnat accept
	}
	chain mangle {
		type filter hook postrouting priority mangle; policy accept;
		oifname "wan" tcp flags syn tcp option maxseg size set rt mtu
		oifname "wan" ip daddr @bogons drop
	}
	chain postrouting {
		type nat hook postrouting priority srcnat; policy accept;
		oifname "wan" masquerade
	}
}
NFT
works
# the guest has little memory, hence little room in conntrack
M=$(ns r fullcone check -j | jq -r '.findings[] |
	select(.level != "ok" and .topic != "conntrack") | "\(.level) \(.text)"')
eq "$M" "" "findings"
must ns r nft delete table inet firewall
must ns r ip link del br-guest
must ns r ip link del idle

testcase "check finds rules in a dormant table"
must ns r nft 'add table ip fullcone { flags dormant; }'
next
U h1:$PORT s1a:3000
eq "$E" "192.168.1.1:$PORT" "source shown"
finding dormant
has "$M" "fail the table ip fullcone is dormant" "finding"
eq "$MEND" "nft add table ip fullcone" "the line"
mended dormant

testcase "check does not look at what is dormant"
rules r <<'NFT'
table inet asleep {
	flags dormant
	chain forward {
		type filter hook forward priority filter; policy drop;
	}
}
NFT
works
finding forward
eq "$M" "" "a chain of a dormant table"
must ns r nft delete table inet asleep

testcase "check finds interfaces that do not forward"
finding forwarding
eq "$M" "" "before"
must ns r sysctl -qw net.ipv4.conf.wan.forwarding=0
next
U h1:$PORT s1a:3000
in_none s1a:3000 "$E"
finding forwarding
has "$M" "warn IPv4 that comes in by wan is not forwarded" "the uplink"
eq "$MEND" "sysctl -w net.ipv4.conf.wan.forwarding=1" "the uplink"
mended forwarding
must ns r sysctl -qw net.ipv4.conf.br-lan.forwarding=0
next
in_none h1:$PORT s1a:3000
finding forwarding
has "$M" "warn IPv4 that comes in by br-lan is not forwarded" "the LAN"
mended forwarding
# another LAN, which has a dot in its name
must ns r ip link add dev br-lan.2 up type bridge
must ns r ip address add 192.168.2.254/24 dev br-lan.2
must ns r sysctl -qw net.ipv4.conf.br-lan/2.forwarding=0
finding forwarding
has "$M" "info IPv4 that comes in by br-lan.2 is not forwarded" "one of two LANs"
eq "$MEND" "sysctl -w net.ipv4.conf.br-lan/2.forwarding=1" "one of two LANs"
must ns r bash -c "$MEND"
finding forwarding
eq "$M" "" "after that line"
must ns r ip link del br-lan.2

testcase "check knows forwarding that is on for the interfaces alone"
must ns r sysctl -qw net.ipv4.ip_forward=0 net.ipv4.conf.wan.forwarding=1
next
in_none h1:$PORT s1a:3000
finding ip_forward
has "$M" "fail " "the uplink alone"
must ns r sysctl -qw net.ipv4.conf.br-lan.forwarding=1
works
finding ip_forward
has "$M" "ok " "the uplink and the LAN"
must ns r sysctl -qw net.ipv4.ip_forward=1

testcase "check finds an uplink that is down"
finding uplink
eq "$M" "" "before"
must ns r ip link set wan down
next
in_none h1:$PORT s1a:3000
finding uplink
eq "$M" "warn wan is down" "finding"
eq "$MEND" "ip link set wan up" "the line"
mended uplink

testcase "check finds an uplink without an address"
must ns r ip address del 203.0.113.1/24 dev wan
must ns r ip route add 203.0.113.0/24 dev wan
next
U h1:$PORT s1a:3000
eq "$E" "192.168.1.254:$PORT" "source shown"
finding uplink
has "$M" "warn wan has no IPv4 address of its own" "finding"
eq "$MEND" "ip address add ADDR/LEN dev wan" "the line"
must ns r ip address add 203.0.113.33/32 dev lo
finding uplink
eq "$M" "" "with an address that another interface lends it"
must ns r ip address del 203.0.113.33/32 dev lo
must ns r fullcone profile set default source=203.0.113.33
finding uplink
eq "$M" "" "with addresses of the profile"
must ns r fullcone profile set default source=masquerade
finding uplink
MEND=${MEND/"ADDR/LEN"/203.0.113.1/24}
mended uplink

testcase "check finds a rule that ends the chain before ours"
finding label-chain
eq "$M" "" "before"
for statement in accept return masquerade 'meta l4proto udp accept'; do
	# shellcheck disable=SC2086 # words
	must ns r nft insert rule ip fullcone postrouting_label oifname wan $statement
	next
	U h1:$PORT s1a:3000
	in_none s2b:3000 "$E"
	finding label-chain
	has "$M" "warn in the chain ip fullcone postrouting_label a rule that stands before" "$statement"
	mended label-chain
done

testcase "check lets pass what ends other chains, or our chain for some flows"
must ns r nft insert rule ip fullcone postrouting_label ip daddr 203.0.113.77 accept
must ns r nft insert rule ip fullcone postrouting_label oifname wan1 accept
must ns r nft add rule ip fullcone postrouting_label accept
rules r <<'NFT'
table ip user {
	chain postrouting {
		type nat hook postrouting priority 0; policy accept;
		accept
	}
}
NFT
works
finding label-chain
eq "$M" "" "label-chain"
finding earlier-nat
eq "$M" "" "earlier-nat"
must ns r nft flush ruleset
engine r

testcase "check finds rules of which only those that masquerade are left"
must ns r nft flush chain ip fullcone postrouting_label
next
U h1:$PORT s1a:3000
in_none s2b:3000 "$E"
finding rule
has "$M" "fail the rule for wan that labels flows is gone" "finding"
eq "$MEND" "fullcone rule add oif wan" "the line"
must ns r bash -c "$MEND"
works
finding rule
eq "$M" "ok there is a rule for wan and the profile default" "after that line"
must ns r nft flush ruleset
engine r

testcase "check lets an exemption of multicast and broadcast pass, which are never translated"
rules r <<'NFT'
table ip user {
	chain postrouting {
		type nat hook postrouting priority srcnat; policy accept;
		ip saddr 192.168.1.0/24 ip daddr 224.0.0.0/24 return
		ip saddr 192.168.1.0/24 ip daddr 255.255.255.255 return
		ip saddr 192.168.1.0/24 masquerade
	}
}
NFT
finding exemption
eq "$M" "" "finding"
must ns r nft insert rule ip user postrouting ip daddr 10.0.0.0/8 return
finding exemption
eq "$MEND" "fullcone rule add oif wan daddr '!10.0.0.0/8'" "beside another one"
must ns r nft delete table ip user

testcase "check keeps what a rule says when it takes an exemption into it, and those before"
must ns r fullcone profile set guests source=203.0.113.100
must ns r fullcone rule add oif wan saddr 192.168.1.2 proto udp profile guests
must ns r fullcone rule add oif wan saddr '!192.168.1.3'
rules r <<'NFT'
table ip user {
	chain postrouting {
		type nat hook postrouting priority srcnat; policy accept;
		ip daddr 10.0.0.0/8 accept
		ip daddr 172.16.0.0/12 accept
		oifname "wan" masquerade
	}
}
NFT
mends=0
finding exemption
while [ -n "$M" ] && [ $mends -lt 4 ]; do
	must ns r bash -c "$MEND"
	finding exemption
	mends=$((mends + 1))
done
eq "$M" "" "after $mends times"
M=$(ns r fullcone rule list -j | jq -r '.rules[] | "\(.profile) \(.proto | join(",")) \(.saddr) \(.daddr)"')
eq "$M" "guests udp 192.168.1.2 !10.0.0.0/8
default all !192.168.1.3 !10.0.0.0/8" "the rules"
must ns r ip route add 172.16.0.0/12 via 203.0.113.11
must ns s1 ip address add 172.16.0.1/32 dev lo
must ns s1 ip route add 192.168.1.0/24 via 203.0.113.1
tell host s1c 172.16.0.1 "${NS[s1]}"
next
U h1:$PORT s1a:3000
eq "$E" "203.0.113.1:$PORT" "source shown"
U h1:$PORT s1c:3000
eq "$E" "192.168.1.1:$PORT" "source shown to an exempt destination"

testcase "check finds source NAT that comes after the engine and translates to another address"
late() { # STATEMENT
	rules r <<-NFT
	table ip user
	delete table ip user
	table ip user {
		chain postrouting {
			type nat hook postrouting priority srcnat; policy accept;
			$1
			oifname "wan" masquerade
		}
	}
	NFT
	finding late-nat
}
must ns r fullcone rule del oif wan
must ns r fullcone profile del guests
must ns r fullcone rule add oif wan
late 'oifname "wan" snat to 203.0.113.1'
eq "$M" "" "to the address that the interface has"
ns r ip -b - <<-'IP' || fail "ip"
	address flush dev wan
	address add 10.99.0.2/24 dev wan
	address add 203.0.113.1/24 dev wan
	route add default via 203.0.113.11
IP
finding late-nat
eq "$M" "" "to that in the network of the default route"
ns r ip -b - <<-'IP' || fail "ip"
	route del default
	address del 10.99.0.2/24 dev wan
IP
late 'oifname "wan" ip saddr 192.168.1.1 snat to 203.0.113.7'
has "$M" "warn the chain ip user postrouting translates to 203.0.113.7" "for one host"
eq "$MEND" null "the line, for one host"
must ns r fullcone profile set mail source=203.0.113.7
must ns r fullcone rule add oif wan saddr 192.168.1.1 profile mail
finding late-nat
eq "$M" "" "with a profile for that host"
next
U h1:$PORT s1a:3000
eq "$E" "203.0.113.7:$PORT" "source shown"
must ns r fullcone rule del oif wan profile mail
must ns r fullcone profile del mail
for rule in 'oifname "wan" snat to 203.0.113.7' 'ip daddr != 10.0.0.0/8 oif wan snat ip to 203.0.113.7-203.0.113.9'; do
	late "$rule"
	has "$M" "warn the chain ip user postrouting translates to 203.0.113.7" "$rule"
done
must ns r nft delete table ip user
must ns r iptables-nft -t nat -A POSTROUTING -o wan -j SNAT --to-source 203.0.113.7
finding late-nat
eq "$MEND" "fullcone profile set default source=203.0.113.7" "the line"
must ns r bash -c "$MEND"
finding late-nat
eq "$M" "" "after that line"
must ns r fullcone profile set default source=masquerade
must ns r nft delete table ip nat

# --- two uplinks -------------------------------------------------------------------------

# World is w1 and w2, behind s2, which r reaches by wan, or by wan1 with a mark.
must ip link add wan1 netns "${NS[r]}" type veth peer name eth1 netns "${NS[s2]}"
ns s2 ip -b - <<'IP' || fail "ip"
link set dev eth1 up
address add 198.51.100.21/24 dev eth1
address add 192.0.2.1/32 dev lo
address add 192.0.2.2/32 dev lo
IP
ns r ip -b - <<'IP' || fail "ip"
link set dev wan1 up
address add 198.51.100.1/24 dev wan1
route add default via 203.0.113.21
route add default via 198.51.100.21 table 102
route add 192.168.1.0/24 dev br-lan table 102
rule add fwmark 2 lookup 102
IP
for i in 1 2; do
	tell host w$i 192.0.2.$i "${NS[s2]}"
	ADDR[w$i]=192.0.2.$i
done
must ns r sysctl -qw net.ipv4.conf.wan.forwarding=1 net.ipv4.conf.wan1.forwarding=1

marking() { # RULES: before what comes in is routed
	rules r <<-NFT
	table ip marks
	delete table ip marks
	table ip marks {
		chain prerouting {
			type filter hook prerouting priority mangle; policy accept;
			$1
		}
	}
	NFT
}

strict() { # DEVICE
	must ns r sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.wan.rp_filter=0 \
		net.ipv4.conf.wan1.rp_filter=0 net.ipv4.conf."$1".rp_filter=1
}

unfiltered() { # WHAT: h1 is reached by wan1, and check has nothing to say
	next
	U h1:$PORT w1:3000
	eq "$E" "198.51.100.1:$PORT" "external endpoint, $1"
	in_ w1:3000 "$E" h1:$PORT
	in_ w2:3000 "$E" h1:$PORT
	finding rp_filter
	eq "$M" "" "$1"
}

testcase "X-M7 check finds that what comes in by an uplink that marks lead to is dropped by rp_filter"
must ns r fullcone rule add oif wan1
marking 'iifname "br-lan" meta mark set 2'
unfiltered "without rp_filter"
for dev in wan1 all; do
	strict $dev
	next
	U h1:$PORT w1:3000
	eq "$E" "198.51.100.1:$PORT" "external endpoint"
	in_none w1:3000 "$E"
	in_none w2:3000 "$E"
	finding rp_filter
	eq "$M" "warn what comes in by wan1 is dropped by rp_filter=1 (strict): without the mark that leads there, its route back is by wan" "finding"
	eq "$MEND" "sysctl -w net.ipv4.conf.wan1.rp_filter=2" "the line"
	must ns r bash -c "$MEND"
	unfiltered "after that line"
done

testcase "X-M7 check finds that what strangers send there is dropped, where only sessions have the mark"
strict wan1
must ns r sysctl -qw net.ipv4.conf.wan1.src_valid_mark=1
sessions='iifname "br-lan" ct state new ct mark set 2; meta mark set ct mark'
marking "$sessions"
next
U h1:$PORT w1:3000
in_ w1:3000 "$E" h1:$PORT
in_none w2:3000 "$E"
finding rp_filter
has "$M" "warn what strangers send by wan1 is dropped by rp_filter=1 (strict)" "finding"
must ns r bash -c "$MEND"
unfiltered "after that line"
strict wan1
marking "iifname \"wan1\" ct state new ct mark set 2; $sessions"
unfiltered "with a mark of what strangers send"
must ns r nft delete table ip marks
must ns r iptables-nft -w -t mangle -A PREROUTING -i br-lan -j CONNMARK --set-mark 2
must ns r iptables-nft -w -t mangle -A PREROUTING -j CONNMARK --restore-mark
finding rp_filter
has "$M" "warn what strangers send by wan1 is dropped" "in the words of iptables"
must ns r iptables-nft -w -t mangle -I PREROUTING -i wan1 -m conntrack --ctstate NEW -j CONNMARK --set-mark 2
unfiltered "in the words of iptables, with a mark of what strangers send"
must ns r nft delete table ip mangle
must ns r sysctl -qw net.ipv4.conf.wan1.src_valid_mark=0

testcase "X-M7 check lets rp_filter pass where nothing is dropped that would have come in by there"
strict all
for rule in "iif br-lan" "from 192.168.1.0/24" "ipproto udp"; do
	# shellcheck disable=SC2086 # words
	must ns r ip rule add $rule lookup 102
	unfiltered "a rule for $rule"
	# shellcheck disable=SC2086 # words
	must ns r ip rule del $rule lookup 102
done
must ns r ip route replace default nexthop via 203.0.113.21 nexthop via 198.51.100.21
finding rp_filter
eq "$M" "" "one route by both"
must ns r ip route replace default via 198.51.100.21
unfiltered "the other default route"
must ns r ip rule del fwmark 2 lookup 102
must ns r ip route replace default via 203.0.113.21
must ns r ip route add default via 198.51.100.21 metric 200
finding rp_filter
eq "$M" "" "an uplink for when the other one fails"
must ns r ip route del default metric 200
must ns r fullcone rule del oif wan1
works
finding rp_filter
eq "$M" "" "one uplink"

finish
