#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: life
# What refreshes a mapping and what does not (K-5, P-7), and what happens to the
# sessions of one that was not refreshed (K-6). Timers divided.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
engine r
scaled r
# no session ends by itself while a case lasts, however slow the machine is
tell sysctl "${NS[r]}" net/netfilter/nf_conntrack_udp_timeout 300

firewall() { # [RULE]: nobody new may pass to the LAN, but for RULE
	ns r nft delete table ip fw 2>/dev/null
	rules r <<-NFT
	table ip fw {
		chain forward {
			type filter hook forward priority filter; policy drop;
			ct state established,related accept
			iifname "br-lan" accept
			${1:-}
		}
	}
	NFT
}

has_session() { # SRC-ADDR SPORT: from outside
	sessions r -p udp --orig-src "$1" --orig-port-src "$2"
	[ "$C" -gt 0 ]
}

testcase "K-5 answers of the host refresh the mapping, the questions do not"
U h1:3000 s1a:3000 E1	# answers a stranger
U h2:3100 s1a:3000 E2	# is asked and does not answer
U h3:3200 s1a:3000 E3	# answered once, at the beginning
U h1:3450 s1a:3000 E4	# answers a host inside, h3:3270, which sends to nobody else
tell mark
in_ s2b:5000 "$E1" h1:3000
in_ s2b:5000 "$E2" h2:3100
in_ s1b:5000 "$E2" h2:3100
in_ s2b:5000 "$E3" h3:3200
U h3:3200 s2b:5000
eq "$E" "$E3" "external endpoint in an answer"
got h3:3250 "$E2" h2:3100
got h3:3270 "$E4" h1:3450
E5=$E
for t in 2 3 4 5; do
	at $((T * t / 6))
	in_ s2b:5000 "$E1" h1:3000
	U h1:3000 s2b:5000
	eq "$E" "$E1" "external endpoint in an answer"
	in_ s2b:5000 "$E2" h2:3100
	in_from "$E5" h3:3270 "$E4" h1:3450
	in_from "$E4" h1:3450 "$E5" h3:3270
done
at $((T + 1300))
is_state r h1:3000 open || fail "h1:3000 is $M although it answered"
is_state r h1:3450 open || fail "h1:3450 is $M although it answered h3"
is_state r h3:3270 open || fail "h3:3270 is $M although it called h1"
state r h2:3100
stock || ne "$M" open "state of the mapping that was only asked"
in_ s2a:5000 "$E1" h1:3000

testcase "K-6 an unanswered session from outside ends with the mapping's timer"
counting r unreplied_killed
has_session 203.0.113.22 5000 || fail "no session of s2b"
in_none s2b:5000 "$E2"
counted r unreplied_killed 1
in_none s2b:5000 "$E2"
in_none s1b:5000 "$E2"
stock || n=$(ns r conntrack -L -p udp --orig-src 203.0.113.12 --orig-port-src 5000 2>/dev/null |
	grep -c "dport=${E2##*:}")
stock || eq "${n:-}" 0 "sessions of s1b to h2"

testcase "K-6 U-9 so does an unanswered session from inside"
counting r unreplied_killed not_open
in_none h3:3250 "$E2"
counted r unreplied_killed 1
in_none h3:3250 "$E2"
counted r not_open 1

testcase "K-6 an answered session from outside goes on"
state r h3:3200
stock || ne "$M" open "state of the mapping"
in_ s2b:5000 "$E3" h3:3200
in_none s2a:5000 "$E3"

testcase "K-5 P-7.1 an ICMP error of the host does not refresh the mapping"
U h1:3300 s1a:3000 E1
tell mark
tell close h1:3300
for t in 1 2 3 4 5; do
	at $((T * t / 6))
	ask none s2a:5001 "$E1" wait=0 || fail "$ANSWER"
done
tell error s2a:5001 3 3 1000
eq "$ANSWER" "${E1%:*}" "sender of the error"
at $((T + 1300))
state r h1:3300
stock || ne "$M" open "state of the mapping"
in_none s2b:5001 "$E1"

testcase "K-11 U-6a nor does what comes in where a rule of the user's shows the router's address"
rules r <<'NFT'
table ip shown {
	chain postrouting {
		type nat hook postrouting priority srcnat; policy accept;
		oifname "br-lan" masquerade
	}
}
NFT
U h1:3350 s1a:3000 E1
tell mark
for t in 1 3 5; do
	at $((T * t / 6))
	got s2b:5003 "$E1" h1:3350
	stock || eq "${E%:*}" 192.168.1.254 "source shown"
done
at $((T + 1300))
in_none s2b:5003 "$E1"
must ns r nft delete table ip shown

testcase "P-7 what the firewall refuses leaves no session and refreshes nothing"
tell sysctl "${NS[r]}" net/netfilter/nf_conntrack_udp_timeout 1
firewall
U h1:3400 s1a:3000 E1
tell mark
for t in 1 2; do
	at $((T * t / 6))
	in_none s2b:5002 "$E1"
done
sessions r -p udp	# frees what has expired
ep h1:3400
column r state,sessions int "$EP"
stock || eq "$(xargs <<<"${ROWS[0]}")" "open 0" "state and sessions"
for t in 4 5; do
	at $((T * t / 6))
	in_none s2b:5002 "$E1"
done
sessions r -p udp --orig-src 203.0.113.22 --orig-port-src 5002
eq "$C" 0 "sessions of s2b"
at $((T + 1300))
state r h1:3400
stock || ne "$M" open "state of the mapping"

testcase "P-7 K-12 one rule in the forward chain lets them in"
firewall 'iifname "wan" ct status dnat accept'
U h1:3400 s1a:3000
in_ s2b:5002 "$E" h1:3400

finish
