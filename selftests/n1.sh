#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: inbound
# The usual firewall beside the engine: all goes out, nothing comes in (N-1) but for
# exceptions (N-2). Timers divided.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
engine r
scaled r
# no session ends by itself while a case lasts, however slow the machine is
tell sysctl "${NS[r]}" net/netfilter/nf_conntrack_udp_timeout 300
rules r <<-NFT
	table $(family) fw {
		chain forward {
			type filter hook forward priority filter; policy drop;
			ct state established,related accept
			iifname "br-lan" accept
		}
	}
NFT

strangers() { # what a firewall without any NAT would let in, and no more
	in_none s2b:5000 "$E1"		# nobody has sent there
	in_none s1a:3001 "$E1"		# nor to this port
	in_none s1b:3000 "$E1"
	tcp in_none s2b:5000 "$C1"
	tcp in_none s1a:5000 "$C1"
}

testcase "N-1 what begins inside passes both ways"
counting r filtered
U h1:3000 s1a:3000 E1
tell mark
in_ s1a:3000 "$E1" h1:3000
tcp U h1:3000 s1a:3080 C1
U h1:3001 s2a:3000
in_ s2a:3000 "$E" h1:3001

testcase "N-1 nothing that begins outside does, and that is the firewall's doing"
strangers
counted r filtered 0
n_maps r 2 int "${ADDR[h1]}" udp
sessions_of r h1:3000
stock || eq "$M" 1 "sessions of h1:3000"

testcase "N-1 it does not make the mapping live longer"
for t in 3 5; do
	at $((T * t / 6))
	in_none s2b:5000 "$E1"
done
at $((T + 1300))
state r h1:3000
stock || ne "$M" open "state of the mapping"
in_ s1a:3000 "$E1" h1:3000	# that is a session, which goes on

testcase "N-2 an exception for a service inside, by rules of the user's"
rules r <<-NFT
	table $(family) exception {
		chain prerouting {
			type nat hook prerouting priority dstnat; policy accept;
			iifname "wan" tcp dport 22 dnat to ${ADDR[h1]}
		}
	}
	table $(family) fw {
		chain forward {
			iifname "wan" tcp dport 22 ct status dnat accept
		}
	}
NFT
tcp in_ s2b:5022 "${ADDR[rw]}:22" h1:22
tcp in_ s1a:5022 "${ADDR[rw]}:22" h1:22
n_maps r 0 int "${ADDR[h1]}:22"
# h1 itself has a mapping of that port beside it, which lets nobody in
tcp U h1:22 s1a:3080
eq "${E%:*}" "${ADDR[rw]}" "external address of h1:22"
n_maps r 1 int "${ADDR[h1]}:22"
tcp in_ s2b:5023 "${ADDR[rw]}:22" h1:22
U h1:3000 s1a:3000 E1
tcp U h1:3000 s1a:3080 C1
strangers

finish
