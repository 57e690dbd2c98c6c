#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: tool
# How a flow is handed to the engine: connection label or mark, by nft or by iptables.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
PORT=3000

# From nothing: no rules, no mappings, no sessions, and a port not used before.
fresh() {
	ns r nft flush ruleset
	stock || ns r fullcone flush all || fail "flush"
	ns r conntrack -F
	PORT=$((PORT + 1))
}

full_cone() {
	U h1:$PORT s1a:3000 E1
	U h2:$PORT s2a:3000 E2
	ne "$E1" "$E2" "external endpoints of two hosts"
	in_ s2b:$PORT "$E1" h1:$PORT
	in_ s2b:$PORT "$E2" h2:$PORT
}

masquerades() {
	U h1:$PORT s1a:3000 E1
	eq "${E1%:*}" 203.0.113.1 "source shown"
	in_ s1a:3000 "$E1" h1:$PORT
	in_none s2b:$PORT "$E1"
}

profile r udp=300	# a change of nothing makes the engine active

testcase "D1 without a label plain masquerade is left alone"
fresh
masquerade r
masquerades
n_maps r 0

testcase "D1 a label in a table of family ip"
fresh
rules r <<'NFT'
table ip mine {
	chain label {
		type nat hook postrouting priority srcnat - 10; policy accept;
		oifname "wan" meta l4proto udp ct label set 127
	}
	chain nat {
		type nat hook postrouting priority srcnat; policy accept;
		oifname "wan" masquerade
	}
}
NFT
full_cone

testcase "D1 a label in a table of family inet"
fresh
rules r <<'NFT'
table inet mine {
	chain label {
		type nat hook postrouting priority srcnat - 10; policy accept;
		oifname "wan" meta l4proto udp ct label set 127
	}
	chain nat {
		type nat hook postrouting priority srcnat; policy accept;
		oifname "wan" masquerade
	}
}
NFT
full_cone

testcase "D1 a label set earlier, in a forward chain"
fresh
rules r <<'NFT'
table inet mine {
	chain forward {
		type filter hook forward priority filter; policy accept;
		iifname "br-lan" oifname "wan" ct state new ct label set 127
	}
	chain nat {
		type nat hook postrouting priority srcnat; policy accept;
		oifname "wan" masquerade
	}
}
NFT
full_cone

testcase "D1 only what is labelled is taken"
fresh
rules r <<'NFT'
table ip mine {
	chain label {
		type nat hook postrouting priority srcnat - 10; policy accept;
		oifname "wan" ip saddr 192.168.1.1 ct label set 127
	}
	chain nat {
		type nat hook postrouting priority srcnat; policy accept;
		oifname "wan" masquerade
	}
}
NFT
U h1:$PORT s1a:3000 E1
in_ s2b:$PORT "$E1" h1:$PORT
U h2:$((PORT + 100)) s1b:3000 E2
in_ s1b:3000 "$E2" h2:$((PORT + 100))
in_none s2a:$PORT "$E2"
n_maps r 1

testcase "D1 another label of the user's choice"
fresh
profile r label=5
rules r <<'NFT'
table ip mine {
	chain label {
		type nat hook postrouting priority srcnat - 10; policy accept;
		oifname "wan" ct label set 5
	}
	chain nat {
		type nat hook postrouting priority srcnat; policy accept;
		oifname "wan" masquerade
	}
}
NFT
full_cone
profile r label=127

testcase "D1 a mark under a mask, by nft"
fresh
profile r label=none mark=0x10000/0x10000
rules r <<'NFT'
table ip mine {
	chain marking {
		type nat hook postrouting priority srcnat - 10; policy accept;
		oifname "wan" ct mark set ct mark or 0x10001
	}
	chain nat {
		type nat hook postrouting priority srcnat; policy accept;
		oifname "wan" masquerade
	}
}
NFT
full_cone

# Has a new flow room for labels? Those of one that has not are lost in silence.
room() {
	PORT=$((PORT + 1))
	PROBE=$PROBE NS_R=${NS[r]} PORT=$PORT unshare -m sh -c '
		mount -t tmpfs none /etc && mkdir /etc/xtables &&
			echo 5 five >/etc/xtables/connlabel.conf
		r() { "$PROBE" in "$NS_R" conntrack "$@" 2>/dev/null; }
		r -I -p udp -s 192.168.1.9 -d 198.51.100.1 --sport "$PORT" --dport 9 -t 60 \
			--label-add five || exit 2
		r -L -p udp --orig-port-src "$PORT" -o labels | grep -q labels=five'
}

no_room() {
	room
	[ $? = 1 ]
}

testcase "D1 new flows have room for labels as long as a profile selects by one"
fresh
# nft gives back later what its rules had
busywait 5000 no_room || fail "room, though a mark selects the only profile"
must ns r fullcone profile set other label=90
room || fail "no room, though a profile has a label"
must ns r fullcone profile set other label=none mark=0x20000/0x20000
no_room || fail "room, though marks select both profiles"
must ns r fullcone profile set other label=90
must ns r fullcone profile del other
no_room || fail "room, though the profile with the label has gone"
must_not ns r fullcone profile set third label=91 mark=0x10000/0x10000
no_room || fail "room, for a profile that was refused"
profile r label=127
room || fail "no room, though default has a label"
profile r label=none

iptables_door() { # iptables-nft | iptables-legacy
	must ns r "$1" -w -t mangle -A FORWARD -o wan -j CONNMARK --set-xmark 0x10000/0x10000
	must ns r "$1" -w -t nat -A POSTROUTING -o wan -j MASQUERADE
}

testcase "D1 a mark by iptables-nft"
fresh
iptables_door iptables-nft
full_cone
# the engine decides before the MASQUERADE rule, which then is not asked
has "$(ns r iptables-nft -t nat -L POSTROUTING -vnx | grep MASQUERADE)" " 0 " "packets of MASQUERADE"
if ! stock; then
	OUT=$(ns r fullcone check)
	has "$OUT" "a rule of the user's own sets a connection label or mark" "check"
	has_not "$OUT" "no rule labels or marks" "check"
	must ns r iptables-nft -w -t mangle -F
	must ns r iptables-nft -w -t mangle -A FORWARD -o wan -j CONNMARK --restore-mark
	OUT=$(ns r fullcone check)
	has "$OUT" "no rule labels or marks" "check, with a CONNMARK that only restores"
fi

testcase "D1 a mark by iptables-legacy"
fresh
iptables_door iptables-legacy
full_cone
ns r iptables-legacy -t nat -F
ns r iptables-legacy -t mangle -F

testcase "D1 without the module the same ruleset masquerades"
fresh
profile r label=127 mark=none
engine r
full_cone
BEFORE=$(ns r nft list ruleset)
stock || run rmmod nf_nat_fullcone || fail "rmmod"
at_exit run modprobe nf_nat_fullcone
PORT=$((PORT + 1))
ns r nft flush ruleset
must ns r nft -f - <<<"$BEFORE"
masquerades
stock || run modprobe nf_nat_fullcone || fail "modprobe"
engine r
PORT=$((PORT + 1))
full_cone

finish
