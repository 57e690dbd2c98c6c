#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: icmp
# What has no mappings leaves from the address of its host, there and back: K-13, G-1.
. "${0%/*}/lib.sh"
. "${0%/*}/connections.sh"
. "${0%/*}/topology.sh"

T1
FIRST=203.0.113.100 LAST=203.0.113.103 NET=203.0.113.100/30
if [ "$FAMILY" = 6 ]; then
	FIRST=2001:db8:f:1::10 LAST=2001:db8:f:1::13 NET=2001:db8:f:1::/64
fi
for s in s1 s2; do
	ns $s ip route add $NET via "${NET_WAN}1" || die "no route to the pool"
done
# what Debian does not load by itself
modprobe -a -q nf_conntrack sctp dccp_ipv4 dccp_ipv6
# for UDP-Lite, whose checksum conntrack takes for UDP's
tell sysctl "${NS[r]}" net/netfilter/nf_conntrack_checksum 0

# flows HOST,SERVER,PROTOCOL...: SEEN[those words] is the source that the server saw
declare -A SEEN=()
flows() {
	local f client server proto i words=() lines

	for f; do
		IFS=, read -r client server proto <<<"$f"
		client=${HOSTS[$client]} server=${HOSTS[$server]}
		words+=("$proto" "${NS[${client%%/*}]}" "${client#*/}" "${NS[${server%%/*}]}" "${server#*/}")
	done
	mapfile -t lines < <(run python3 "$here/other.py" "${words[@]}")
	for ((i = 1; i <= $#; i++)); do
		SEEN[${!i}]=${lines[i - 1]:-none}
		log "${!i}: ${lines[i - 1]:-none}"
	done
}

from() { # HOST,SERVER,PROTOCOL ADDR
	eq "${SEEN[$1]}" "$2" "source of $1"
}

lacks() { # PROTOCOL: has this kernel none of it?
	[[ ${SEEN[h1,s1a,$1]} == *"not supported"* ]]
}

REFUSALS=(no_port no_address table_full nomem host_limit host_rate clash_drop not_open filtered)
begin_count() { counting r "${REFUSALS[@]}" mappings_created declined; }
no_refusal() {
	local c

	for c in "${REFUSALS[@]}" mappings_created; do
		counted r "$c" 0
	done
}

if stock; then
	engine r
else
	ns r fullcone rule add oif wan family "$(family)" || die "rule add"
fi

testcase "K-13 with masquerade they leave as the user's rule says, and are answered"
begin_count
flows h1,s1a,{47,50,253,sctp,dccp,udplite} h2,s2a,{47,50,253} h2,s1a,{sctp,dccp,udplite}
for f in h1,s1a,{47,50,253,sctp,dccp,udplite} h2,s2a,{47,50,253} h2,s1a,{sctp,dccp,udplite}; do
	lacks "${f##*,}" || from "$f" "${NET_WAN}1"
done
no_refusal
stat r declined
stock || ge $((S - COUNT[r/declined])) 6 "flows that were left to the rule"

testcase "K-13 a host without mappings has the address that its first one gets"
ns r conntrack -F
profile r "source=$FIRST-$LAST"
begin_count
tell protocol h3 s2a:9 s2a 47
FROM=$ANSWER
U h3:3000 s2a:3000
eq "[$FROM]" "[$(tr -d '[]' <<<"${E%:*}")]" "source of GRE, beside that of UDP"
ne "$FROM" "${NET_WAN}1" "that source"

testcase "K-13 in a pool two hosts leave from two addresses, in all that they speak"
if ! stock; then
	must ns r fullcone flush all
	for a in h1:$FIRST h2:$LAST h3:$FIRST; do
		must ns r fullcone add udp int "${ADDR[${a%%:*}]}:9" oif wan ext "[${a#*:}]:${a:1:1}9" \
			lifetime 600
	done
fi
for a in h1:$FIRST h2:$LAST; do
	h=${a%%:*}
	U $h:3000 s1a:3000
	eq "$(tr -d '[]' <<<"${E%:*}")" "${a#*:}" "source of UDP of $h"
	tcp U $h:3000 s1a:80
	eq "$(tr -d '[]' <<<"${E%:*}")" "${a#*:}" "source of TCP of $h"
	P $h:7 s1a
	eq "$(tr -d '[]' <<<"${E%:*}")" "${a#*:}" "source of a ping of $h"
done
begin_count
flows {h1,h2},s1a,{47,50,253} {h1,h2,h3},s1a,{sctp,dccp,udplite}
for p in 47 50 253; do
	from h1,s1a,$p $FIRST
	from h2,s1a,$p $LAST
done
no_refusal
counted r declined 0

with_ports() { # PROTOCOL: the same port of three hosts, two of them with one address
	if lacks "$1"; then
		skip "this kernel has none"
		return
	fi
	from "h1,s1a,$1" $FIRST
	from "h2,s1a,$1" $LAST
	from "h3,s1a,$1" $FIRST
}

testcase "K-13 G-1 associations of SCTP, of two hosts with one address also"
with_ports sctp

testcase "K-13 G-1 connections of DCCP, of two hosts with one address also"
with_ports dccp

testcase "K-13 G-1 UDP-Lite, of two hosts with one address also"
with_ports udplite

finish
