# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # results are global variables, and so is the protocol
#
# Bursts of the kernel's packet generator, and what they cost.
#
# The instruction clock of scripts/vm --icount advances a nanosecond for each
# instruction, so the time that pktgen measures for a burst is what the burst cost
# in instructions, down to the packet's end: a veth hands it on, and the softirq that
# routes it runs before pktgen makes the next one.

# Two facts of pktgen: a range of ports is counted up to, but not including, its
# maximum, and the ports of both sides, and the addresses, step together with every packet.

# pktgen_setup NS DEV DST_MAC: a device of the generator in a namespace
pktgen_setup() {
	nsenter --net="/run/netns/$1" bash -s "$2" "$3" <<-'EOS'
		echo "add_device $1" > /proc/net/pktgen/kpktgend_0
		for line in "pkt_size 100" "delay 0" "flag UDPCSUM" "dst_mac $2"; do
			echo "$line" > "/proc/net/pktgen/$1" || exit 1
		done
	EOS
}

# pktgen_run NS DEV COUNT SRC[-SRC] SPORT NSPORTS DST DPORT NDPORTS
#
# A range of addresses is for IPv4, and a device that has sent IPv6 sends nothing else.
# Leaves in $usec the time it took, all that ran meanwhile included, and in $count how
# many packets that were.
pktgen_run() {
	local result

	result=$(nsenter --net="/run/netns/$1" bash -s "${@:2}" <<-'EOS'
		dev=/proc/net/pktgen/$1
		addresses=("src_min ${3%-*}" "src_max ${3#*-}" "dst $6")
		[[ $6 != *:* ]] || addresses=("src6 $3" "dst6 $6")
		for line in "count $2" "${addresses[@]}" \
			    "udp_src_min $4" "udp_src_max $(($4 + $5))" \
			    "udp_dst_min $7" "udp_dst_max $(($7 + $8))"; do
			echo "$line" > "$dev" || exit 1
		done
		echo start > /proc/net/pktgen/pgctrl || exit 1
		cat "$dev"
	EOS
	) || return 1
	[[ $result =~ Result:\ OK:\ ([0-9]+)\(.*\)\ usec,\ ([0-9]+)\  ]] || {
		echo "bench: no result of pktgen: $result" >&2
		return 1
	}
	usec=${BASH_REMATCH[1]}
	count=${BASH_REMATCH[2]}
}

# sink NS DEV...: drop and count all packets of the protocol that enter here
sink() {
	local ns=$1 dev

	shift
	{
		echo "table netdev sink {"
		for dev; do
			echo "counter $dev { }"
			echo "chain $dev { type filter hook ingress device \"$dev\" priority 0;"
			echo "meta l4proto $proto counter name \"$dev\" drop"
			echo "}"
		done
		echo "}"
	} | nsenter --net="/run/netns/$ns" nft -f -
}

# sink_read NS DEV: into $received, and begin at 0 again
sink_read() {
	local text

	text=$(nsenter --net="/run/netns/$1" nft reset counter netdev sink "$2") || return 1
	[[ $text =~ packets\ ([0-9]+) ]] || return 1
	received=${BASH_REMATCH[1]}
}
