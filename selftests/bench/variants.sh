# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The routers that are compared. All of them exist at once, each with three namespaces
# of its own:
#
#	c: c0 192.168.1.2 --- lan 192.168.1.1 [ r ] wan 203.0.113.1 --- s0 203.0.113.2 :s
#
# Packets end at the ingress of c0 or s0, so that nothing but the router is measured.
# A variant is a function variant_NAME that completes its r; variant_NAME_used, where
# there is one, is asked at the end whether the variant did what it is there for.

# The addresses are those of IPv4; kinds.sh has the ones of IPv6.

# shellcheck source=SCRIPTDIR/kinds.sh
. ./kinds.sh

# The address to which answers go, where it is not the router's external one.
# shellcheck disable=SC2034 # for works.sh
declare -A TARGET=([forward]=$CLIENT [conntrack]=$CLIENT)

in_ns() { nsenter --net="/run/netns/$1" "${@:2}"; }

# The generator alone: what it sends ends where the router begins.
variant_gen() {
	sink "$1" lan wan
}

# Forwarding and nothing else.
variant_forward() { :; }

# Tracked, but not translated: a rule that no packet comes to is what asks for it.
variant_conntrack() {
	in_ns "$1" nft -f - <<-NFT
	table $family stock {
		chain output {
			type filter hook output priority filter; policy accept;
			ct state invalid drop
		}
	}
	NFT
}

variant_conntrack_used() {
	has_flows "$1"
}

variant_masquerade() {
	in_ns "$1" nft -f - <<-NFT
	table $family stock {
		chain postrouting {
			type nat hook postrouting priority srcnat; policy accept;
			oifname "wan" masquerade
		}
	}
	NFT
}

variant_masquerade_used() {
	has_flows "$1"
}

variant_portforward() {
	local host=$CLIENT

	[ $family = ip ] || host=[$CLIENT]
	in_ns "$1" nft -f - <<-NFT
	table $family stock {
		chain prerouting {
			type nat hook prerouting priority dstnat; policy accept;
			iifname "wan" $proto dport $FORWARDED dnat to $host:$FORWARDED
		}
		chain postrouting {
			type nat hook postrouting priority srcnat; policy accept;
			oifname "wan" masquerade
		}
	}
	NFT
}

variant_portforward_used() {
	has_flows "$1"
}

# The module, and the rules that its tool installs.
variant_fullcone() {
	modprobe nf_nat_fullcone && in_ns "$1" fullcone rule add oif wan family $family ||
		return 1
	# one host, and one mapping, for many rounds
	[ -z "${FULLCONE_BENCH_REPEAT:-}" ] ||
		in_ns "$1" fullcone profile set default host_max=0 in_max=0
}

variant_fullcone_used() {
	local n

	has_flows "$1" || return 1
	n=$(in_ns "$1" fullcone list --noheadings | grep -c .)
	if [ "$n" -eq 0 ]; then
		echo "bench: variant fullcone has no mapping" >&2
		return 1
	fi
	echo "# fullcone: $n mappings at the end"
}

# The same, where a bit of the mark selects the flows: then none needs room for labels.
variant_fullcone_mark() {
	modprobe nf_nat_fullcone &&
		in_ns "$1" fullcone profile set default label=none mark=1/1 &&
		in_ns "$1" fullcone rule add oif wan family $family mark 1/1
}

variant_fullcone_mark_used() {
	variant_fullcone_used "$1"
}

# A software flowtable, beside whatever rules there are already.
offload() {
	in_ns "$1" nft -f - <<-NFT
	table $family offloaded {
		flowtable fast {
			hook ingress priority 0; devices = { lan, wan };
		}
		chain forward {
			type filter hook forward priority filter; policy accept;
			meta l4proto $proto flow add @fast
		}
	}
	NFT
}

has_offloaded() {
	local n

	n=$(in_ns "$1" grep -c OFFLOAD /proc/net/nf_conntrack)
	echo "# $1: $n flows in the flowtable at the end"
	if [ "$n" -eq 0 ]; then
		echo "bench: $1 has no flow in its flowtable" >&2
		return 1
	fi
}

variant_flowtable() {
	variant_masquerade "$1" && offload "$1"
}

variant_flowtable_used() {
	has_offloaded "$1"
}

variant_fullcone_flowtable() {
	variant_fullcone "$1" && offload "$1"
}

variant_fullcone_flowtable_used() {
	variant_fullcone_used "$1" && has_offloaded "$1"
}

# The same again, for a table that is filled. One host will have all of its ports.
variant_masquerade_full() {
	variant_masquerade "$1"
}

variant_fullcone_full() {
	variant_fullcone "$1" && in_ns "$1" fullcone profile set default host_max=0
}

has_flows() {
	local n

	n=$(in_ns "$1" cat /proc/sys/net/netfilter/nf_conntrack_count)
	echo "# $1: $n flows at the end"
	if [ "$n" -eq 0 ]; then
		echo "bench: $1 has no flows" >&2
		return 1
	fi
}

# lay VARIANT: its namespaces, bench-VARIANT-c, -r and -s
lay() {
	local v=bench-$1 n

	ip -b - <<-IP || return 1
	netns add $v-c
	netns add $v-r
	netns add $v-s
	IP
	for n in c r s; do
		quiet_ns "$v-$n" || return 1
	done
	ip -b - <<-IP || return 1
	link add name c0 netns $v-c address 02:00:00:00:00:02 type veth peer name lan netns $v-r address 02:00:00:00:00:01
	link add name s0 netns $v-s address 02:00:00:00:01:02 type veth peer name wan netns $v-r address 02:00:00:00:01:01
	IP
	ip -n "$v-c" -b - <<-IP || return 1
	link set dev c0 up
	addr add $CLIENT/$PREFIX dev c0
	IP
	ip -n "$v-s" -b - <<-IP || return 1
	link set dev s0 up
	addr add $SERVER/$PREFIX dev s0
	IP
	ip -n "$v-r" -b - <<-IP || return 1
	link set dev lan up
	link set dev wan up
	addr add $LAN/$PREFIX dev lan
	addr add $WAN/$PREFIX dev wan
	neigh add $CLIENT lladdr 02:00:00:00:00:02 dev lan nud permanent
	neigh add $SERVER lladdr 02:00:00:00:01:02 dev wan nud permanent
	IP
	sink "$v-c" c0 && sink "$v-s" s0 &&
		pktgen_setup "$v-c" c0 02:00:00:00:00:01 &&
		pktgen_setup "$v-s" s0 02:00:00:00:01:01 &&
		"variant_$1" "$v-r" &&
		keep_flows "$v-r"
}

# A namespace that forwards, and in which IPv6 sends nothing of its own accord: it is off, or
# has no link-local addresses, looks for no duplicates and asks for no routers.
quiet_ns() {
	in_ns "$1" bash -s $family <<-'EOS'
	off=1
	[ "$1" = ip ] || off=0
	for d in all default; do
		for s in ipv6/conf/$d/disable_ipv6=$off ipv6/conf/$d/addr_gen_mode=1 \
			 ipv6/conf/$d/accept_dad=0 ipv6/conf/$d/dad_transmits=0 \
			 ipv6/conf/$d/router_solicitations=0 ipv6/conf/$d/forwarding=1 \
			 ipv4/conf/$d/rp_filter=0; do
			echo "${s#*=}" > "/proc/sys/net/${s%=*}" || exit 1
		done
	done
	echo 1 > /proc/sys/net/ipv4/ip_forward
	EOS
}

# No flow of a round ends while another is measured. Not there without conntrack.
keep_flows() {
	in_ns "$1" bash -s <<-'EOS'
		for f in nf_conntrack_udp_timeout nf_conntrack_udp_timeout_stream \
			 nf_flowtable_udp_timeout nf_flowtable_tcp_timeout \
			 nf_conntrack_tcp_timeout_syn_sent nf_conntrack_tcp_timeout_syn_recv \
			 nf_conntrack_tcp_timeout_established; do
			[ ! -e "/proc/sys/net/netfilter/$f" ] ||
				echo 3600 > "/proc/sys/net/netfilter/$f" || exit 1
		done
	EOS
}
