#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: tool
# What check finds of the user's filters and of notrack is what stops flows, and the lines that
# it prints mend it.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"
. "${0%/*}/finding.sh"

T1
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

testcase "check lets a forward chain pass that leaves it to a program, or counts what it accepts"
for rule in 'queue num 0 bypass' 'iifname "br-lan" queue num 0 bypass; ct status dnat queue num 0 bypass' \
	    'iifname "br-lan" accept; ct status dnat counter name "in" accept' \
	    'iifname "br-lan" accept; ct status dnat update @seen { ip saddr counter } accept'; do
	rules r <<-NFT
	table inet user {
		counter in { }
		set seen {
			type ipv4_addr
			size 1000
			flags dynamic
		}
	}
	NFT
	closed "ct state established,related accept; $rule"
	works
	for topic in forward forward-out hairpin; do
		finding $topic
		eq "$M" "" "$topic: $rule"
	done
	must ns r nft delete table inet user
done
must ns r iptables-nft -w -P FORWARD DROP
must ns r iptables-nft -w -A FORWARD -j NFQUEUE --queue-num 0 --queue-bypass
works
for topic in forward forward-out hairpin; do
	finding $topic
	eq "$M" "" "$topic: in the words of iptables"
done
must ns r nft delete table ip filter

listening() { # RULES [TABLE]: an input chain
	rules r <<-NFT
	table inet ${2:-user} {
		chain input {
			type filter hook input priority filter; policy drop;
			ct state established,related accept
			$1
		}
	}
	NFT
}

testcase "check finds an input chain that accepts what strangers are redirected to, not what hosts are"
listening 'iifname "lo" accept; ct status dnat accept'
finding input
has "$M" "warn the chain inet user input accepts flows with ct status dnat" "from anywhere"
mended_all input
must ns r nft delete table inet user
for rule in 'iifname "br-lan" ct status dnat accept' 'iifname "wan" drop; ct status dnat accept'; do
	listening "$rule"
	finding input
	eq "$M" "" "$rule"
	must ns r nft delete table inet user
done
listening 'iifname "lo" accept; ct status dnat accept' firewalld
finding input
eq "$M" "" "in the words of firewalld"
must ns r nft delete table inet firewalld

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

quick() { # ADDRESS [PRIORITY]: as wg-quick has it, for the address of its tunnel
	rules r <<-NFT
	table ip wg-quick-wan {
		chain preraw {
			type filter hook prerouting priority ${2:-raw}; policy accept;
			iifname != "wan" ip daddr $1 fib saddr type != local drop
		}
	}
	NFT
}

testcase "U-9 check finds what is dropped on its way to an external address, as wg-quick does"
for priority in raw mangle; do
	quick 203.0.113.1 $priority
	next
	U h1:$PORT s1a:3000
	in_none h2:$PORT "$E"
	works
	finding hairpin
	eq "$M" "info the chain ip wg-quick-wan preraw drops what is for 203.0.113.1 (UDP, TCP) from br-lan, so hosts there do not reach others by their external endpoints; accept it there" "finding"
	eq "$MEND" 'nft insert rule ip wg-quick-wan preraw iifname "br-lan" ip daddr 203.0.113.1 accept' "the line"
	mended_all hairpin
	next
	U h1:$PORT s1a:3000
	got h2:$PORT "$E" h1:$PORT
	must ns r nft delete table ip wg-quick-wan
done
rules r <<'NFT'
table netdev user {
	chain in {
		type filter hook ingress device "br-lan" priority 0; policy accept;
		ip daddr 203.0.113.0/24 ip daddr != 203.0.113.11 meta l4proto udp drop
	}
}
NFT
finding hairpin
has "$M" "info the chain netdev user in drops what is for 203.0.113.1 (UDP) from br-lan" "at a device"
mended_all hairpin
must ns r nft delete table netdev user

testcase "U-9 check lets pass what wg-quick drops if nobody inside calls that address"
quiet_about() { # WHAT
	finding hairpin
	eq "$M" "" "$1"
}
quick 203.0.113.1
must ns r fullcone profile set default hairpin=off
quiet_about "where the profile has no hairpins"
must ns r fullcone profile set default hairpin=on source=203.0.113.100
quiet_about "where mappings have other addresses"
must ns r fullcone profile set default source=masquerade
must ns r nft delete table ip wg-quick-wan
quick 10.9.0.2
for addr in 10.9.0.2 100.64.9.2; do
	must ns r ip address flush dev wan
	must ns r ip address add $addr/24 dev wan
	must ns r nft delete table ip wg-quick-wan
	quick $addr
	quiet_about "a private address, $addr"
done
must ns r ip address flush dev wan
must ns r ip address add 203.0.113.1/24 dev wan
must ns r nft delete table ip wg-quick-wan
# a tunnel's packets leave there, and strangers are behind it
quick 203.0.113.1
must ns r nft insert rule ip wg-quick-wan preraw iifname br-lan accept
must ns r ip link add eth0 up type bridge
must ns r ip address add 198.51.100.2/24 dev eth0
must ns r ip route add default via 198.51.100.1
quiet_about "of an interface that leads to a router"
must ns r ip link del eth0
must ns r nft delete table ip wg-quick-wan
works

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

finish
