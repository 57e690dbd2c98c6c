#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: tool
# What check finds is what stops the full-cone, and the line that it prints mends it.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"
. "${0%/*}/finding.sh"

T1
engine r
PORT=3000

# every flow is a new one
next() { PORT=$((PORT + 1)); }

works() {
	next
	U h1:$PORT s1a:3000
	in_ s1a:3000 "$E" h1:$PORT
	in_ s2b:3000 "$E" h1:$PORT
}

# mended TOPIC: the line does, and check has nothing more to say about it
mended() {
	must ns r bash -c "$MEND"
	finding "$1"
	has_not "$M" "warn " "after that line"
	has_not "$M" "fail " "after that line"
	works
}

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

untracked() { # CHAIN-PRIORITY RULE...: a chain of the user's before conntrack, or after it
	rules r <<-NFT
	table inet user {
		chain some {
			$2
		}
		chain prerouting {
			type filter hook prerouting priority $1; policy accept;
			ip daddr 192.168.1.254 accept
			jump some
		}
	}
	NFT
}

testcase "check finds a notrack for all that comes in by an interface"
finding notrack
eq "$M" "" "before"
untracked raw 'udp dport 53 notrack'
must ns r nft flush chain inet user prerouting
must ns r nft add rule inet user prerouting fib daddr type local jump some
works
finding notrack
eq "$M" "" "of what is for the router itself"
must ns r nft delete table inet user
for match in "" "ip saddr 192.168.1.0/24"; do
	untracked raw "iifname \"br-lan\" $match udp sport 1-65535 notrack"
	finding notrack
	has "$M" "info a notrack in the chain inet user some keeps conntrack from some of what comes in by br-lan" "of some ports"
	mended notrack
	must ns r nft delete table inet user
done
untracked raw 'iifname "br-lan" meta l4proto udp notrack'
next
U h1:$PORT s1a:3000
eq "$E" "192.168.1.1:$PORT" "source shown"
finding notrack
has "$M" "info a notrack in the chain inet user some keeps conntrack from some of what" "after an accept of some"
must ns r nft flush chain inet user prerouting
must ns r nft add rule inet user prerouting jump some
finding notrack
has "$M" "warn a notrack in the chain inet user some keeps conntrack from what comes in by br-lan" "the LAN"
must ns r ip link add br-lan2 up type bridge
must ns r ip address add 192.168.2.254/24 dev br-lan2
finding notrack
has "$M" "info a notrack" "one of two LANs"
must ns r ip link del br-lan2
finding notrack
mended notrack
must ns r nft delete table inet user
must ns r iptables-nft -w -t raw -A PREROUTING -i wan -j CT --notrack
next
U h1:$PORT s1a:3000
in_none s1a:3000 "$E"
finding notrack
has "$M" "warn a notrack in the chain ip raw PREROUTING keeps conntrack from what comes in by wan" "the uplink"
mended notrack
untracked mangle 'iifname "br-lan" notrack'
must ns r nft flush chain inet user prerouting
must ns r nft add rule inet user prerouting jump some
works
finding notrack
eq "$M" "" "behind conntrack"
must ns r nft delete table inet user

dropping() { # PRIORITY RULES: a filter in postrouting
	rules r <<-NFT
	table inet user {
		chain post {
			type filter hook postrouting priority $1; policy drop;
			$2
		}
	}
	NFT
}

testcase "check finds a postrouting chain that drops"
for priority in mangle filter srcnat+50; do
	dropping $priority ""
	next
	in_none h1:$PORT s1a:3000
	finding postrouting
	[[ $M == "warn the chain inet user post drops new flows (UDP) that leave by wan;"* ]] || fail "$M"
	has "$M" "warn the chain inet user post drops answers (UDP) from wan;" "policy drop"
	has "$M" "warn the chain inet user post drops new flows (UDP) from wan to a mapping;" "policy drop"
	eq "$(grep -c . <<<"$MEND")" 3 "lines"
	mended postrouting
	must ns r nft delete table inet user
done
# some of it is there already, or is dropped before it
dropping filter 'oifname "wan" accept; ct state established accept; oifname "wan" drop'
next
U h1:$PORT s1a:3000
in_none s2b:3000 "$E"
finding postrouting
has_not "$M" "answers" "with a rule for answers"
has_not "$M" "leave by" "with a rule for what leaves"
has "$MEND" 'nft insert rule inet user post iifname "wan" ct status dnat accept' "without one for mappings"
mended postrouting
must ns r nft flush chain inet user post
must ns r nft 'add chain inet user post { policy accept; }'
must ns r nft add rule inet user post meta l4proto udp oifname wan drop
next
in_none h1:$PORT s1a:3000
finding postrouting
has "$M" "drops new flows (UDP) that leave by wan" "a rule that drops"
mended postrouting
must ns r nft delete table inet user

testcase "check lets a postrouting chain pass that names the LAN"
dropping filter 'ct state established,related accept
	oifname "br-lan" accept
	ip saddr 192.168.1.0/24 oifname "wan" accept'
finding postrouting
eq "$M" "" "finding"
must ns r nft delete table inet user

to_lan() { # RULE: a chain that forwards whatever this does not stop
	rules r <<-NFT
	table inet user {
		chain forward {
			type filter hook forward priority filter; policy accept;
			$1
		}
	}
	NFT
}

testcase "check finds a forward chain that drops what is for the LAN"
for rule in 'oifname "br-lan" ct state established,related accept; oifname "br-lan" reject' \
	    'iifname "wan" oifname "br-lan" ct state new drop'; do
	to_lan "$rule"
	next
	U h1:$PORT s1a:3000
	in_none s2b:3000 "$E"
	finding forward
	has "$M" "warn the chain inet user forward drops new flows (UDP) from wan to a mapping" "$rule"
	mended forward
	must ns r nft delete table inet user
done
# one network of two
must ns r ip link add br-guest up type bridge
must ns r ip address add 192.168.9.254/24 dev br-guest
to_lan 'oifname "br-guest" drop'
finding forward
has "$M" "info the chain inet user forward lets some new flows (UDP) from wan to a mapping pass" "a guest network"
works
must ns r ip link del br-guest
finding forward
eq "$M" "" "of an interface that is not there"
must ns r nft delete table inet user

testcase "check lets a return for some pass, after which others are dropped"
rules r <<'NFT'
table inet user {
	chain known {
		iifname "wan" ip saddr 203.0.113.0/24 return
		drop
	}
	chain forward {
		type filter hook forward priority filter; policy accept;
		iifname "wan" ct state new jump known
	}
}
NFT
works
finding forward
has "$M" "info the chain inet user forward lets some new flows (UDP) from wan to a mapping pass" "finding"
must ns r nft delete table inet user

# mended_all TOPIC: the lines do, and check has nothing more to say about it
mended_all() {
	local line

	while read -r line; do
		must ns r bash -c "$line"
	done <<<"$MEND"
	finding "$1"
	eq "$M" "" "after these lines"
	works
}

closed() { # RULES: a forward chain
	rules r <<-NFT
	table inet user {
		chain forward {
			type filter hook forward priority filter; policy drop;
			$1
		}
	}
	NFT
}

testcase "check finds a forward chain that drops what goes out, and its answers"
closed 'iifname "wan" ct status dnat accept'
next
in_none h1:$PORT s1a:3000
finding forward-out
has "$M" "warn the chain inet user forward drops new flows (UDP, TCP) from br-lan to wan" "out"
has "$M" "warn the chain inet user forward drops answers (UDP, TCP) from wan to br-lan" "in"
mended_all forward-out
must ns r nft delete table inet user
closed 'ct state established accept; meta l4proto tcp accept; ct status dnat accept'
next
in_none h1:$PORT s1a:3000
finding forward-out
has "$M" "drops new flows (UDP) from br-lan" "one protocol"
eq "$MEND" 'nft insert rule inet user forward iifname "br-lan" oifname "wan" meta l4proto udp accept' "one protocol"
mended_all forward-out
must ns r nft delete table inet user
# as docker leaves it: another network gets out
must ns r ip link add docker0 up type bridge
must ns r ip address add 172.17.0.1/16 dev docker0
must ns r iptables-nft -w -P FORWARD DROP
must ns r iptables-nft -w -A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
must ns r iptables-nft -w -A FORWARD -i docker0 -j ACCEPT
next
in_none h1:$PORT s1a:3000
must ns r iptables-nft -w -I FORWARD -i wan -m conntrack --ctstate DNAT -j ACCEPT
finding forward-out
has "$M" "info the chain ip filter FORWARD drops new flows (UDP, TCP) from br-lan to wan" "one of two networks"
has_not "$M" "from docker0" "the other one"
has "$MEND" "iptables -I FORWARD -i br-lan -o wan -j ACCEPT" "in the words of iptables"
mended_all forward-out
must ns r nft delete table ip filter
must ns r ip link del docker0
# what is meant to be closed
closed 'ct state established,related accept; ct status dnat accept
	ip saddr 192.168.1.0/24 oifname "wan" accept'
works
finding forward-out
eq "$M" "" "by address"
must ns r nft delete table inet user

testcase "U-9 check finds a forward chain in which hosts do not reach each other by their mappings"
closed 'ct state established,related accept; iifname "br-lan" oifname "wan" accept
	iifname "wan" ct status dnat accept'
next
U h1:$PORT s1a:3000
in_none h2:$PORT "$E"
finding hairpin
has "$M" "info the chain inet user forward drops new flows to a mapping (UDP, TCP) from br-lan back to br-lan" "finding"
mended_all hairpin
next
U h1:$PORT s1a:3000
got h2:$PORT "$E" h1:$PORT
must ns r fullcone profile set default hairpin=off
must ns r nft flush chain inet user forward
must ns r nft add rule inet user forward ct state established,related accept
must ns r nft add rule inet user forward iifname br-lan oifname wan accept
finding hairpin
eq "$M" "" "where the profile has none"
must ns r fullcone profile set default hairpin=on
must ns r nft delete table inet user

hooked() { # HOOK RULES
	rules r <<-NFT
	table inet user {
		chain some {
			type filter hook $1; policy accept;
			$2
		}
	}
	NFT
}

testcase "check finds drops in prerouting, and at a device"
hooked "prerouting priority filter" 'iifname "wan" ct state new drop'
next
U h1:$PORT s1a:3000
in_none s2b:3000 "$E"
finding prerouting
has "$M" "warn the chain inet user some drops new flows (UDP) from wan to a mapping" "behind the translation"
eq "$MEND" 'nft insert rule inet user some iifname "wan" ct status dnat accept' "behind the translation"
mended_all prerouting
must ns r nft delete table inet user
hooked "prerouting priority filter" 'ct state established drop'
finding prerouting
has "$M" "warn the chain inet user some drops answers (UDP) from wan" "answers"
has "$M" "warn the chain inet user some drops answers to flows begun outside (UDP, TCP) from br-lan" "answers"
mended_all prerouting
must ns r nft delete table inet user
hooked "prerouting priority raw" 'ct state invalid drop'
next
in_none h1:$PORT s1a:3000
finding prerouting
has "$M" "warn the chain inet user some drops all that comes in by wan (UDP) by a state" "before conntrack"
eq "$(grep -c . <<<"$MEND")" 1 "lines"
mended_all prerouting
must ns r nft delete table inet user
for hook in "prerouting priority raw" 'ingress device "wan" priority 0'; do
	hooked "$hook" 'ct state new accept; ct status dnat accept; iifname "wan" meta l4proto udp drop'
	next
	U h1:$PORT s1a:3000
	in_none s1a:3000 "$E"
	finding "${hook%% *}"
	has "$M" "warn the chain inet user some drops what comes in by wan (UDP) before full-cone" "$hook"
	eq "$MEND" null "$hook"
	must ns r nft delete table inet user
done
rules r <<'NFT'
table netdev user {
	chain in {
		type filter hook ingress device "br-lan" priority 0; policy accept;
		ip protocol udp drop
	}
}
NFT
next
in_none h1:$PORT s1a:3000
finding ingress
has "$M" "warn the chain netdev user in drops new flows (UDP) from br-lan" "the LAN"
mended_all ingress
must ns r nft delete table netdev user

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

finish
