#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: tool
# What check finds is what stops the full-cone, and the line that it prints mends it.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
engine r
PORT=3000

# finding TOPIC: "LEVEL TEXT" into $M, and the lines that mend it into $MEND
finding() {
	local found

	found=$(ns r fullcone check -j | jq -r --arg t "$1" '[.findings[] | select(.topic == $t)] |
		(.[] | "\(.level) \(.text)"), "@mend", (.[] | .mend)')
	M=${found%%@mend*}
	M=${M%$'\n'}
	MEND=${found#*@mend}
	MEND=${MEND#$'\n'}
	log "$1: $M: $MEND"
}

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
		udp dport 53 notrack
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
		iifname "wan" ct status dnat accept
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

finish
