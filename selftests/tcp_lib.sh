# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034 # the test files read them
#
# Connections made of single segments, for tests of the router between the hosts. The hosts
# that play them are deaf: their own TCP sees no segment.

# deaf NAME...: no TCP in these hosts, but for what `seg` sends and sees
deaf() {
	local name

	for name; do
		rules "$name" <<-NFT
		table inet deaf {
			chain input {
				type filter hook input priority 0;
				meta l4proto tcp drop
			}
		}
		NFT
	done
}

seg() { # SRC DST AT FLAGS SEQ ACK [HOW...]: must arrive
	local at=$3 flags=$4 seq=$5 ack=$6 src=$1 dst=$2

	shift 6
	E=none
	ask segment "$src" "$dst" "$at" "$flags" "seq=$seq" "ack=$ack" "$@" ||
		{ fail "$ANSWER"; return; }
	E=${ANSWER%% *}
}

seg_none() { # SRC DST AT FLAGS SEQ ACK [HOW...]: must not arrive there
	local at=$3 flags=$4 seq=$5 ack=$6 src=$1 dst=$2

	shift 6
	! ask segment "$src" "$dst" "$at" "$flags" "seq=$seq" "ack=$ack" wait=400 "$@" ||
		fail "$src > $dst $flags arrived at $at"
}

# opened H DST VAR: a connection of three segments; VAR: its external endpoint
opened() {
	local h=$1 dst=$2 e

	seg "$h" "$dst" "$dst" S 1000 0
	e=$E
	seg "$dst" "$e" "$h" SA 5000 1001
	seg "$h" "$dst" "$dst" A 1001 5001
	printf -v "$3" %s "$e"
}

# The numbers go on as `opened` left them.
up() { seg "$1" "$2" "$2" "${3:-A}" 1001 5001 "${@:4}"; }	# H DST [FLAGS...]
down() { seg "$1" "$2" "$3" "${4:-A}" 5001 1001 "${@:5}"; }	# DST E H [FLAGS...]

# A stranger's SYN. Nobody answers it.
stranger() { seg "$1" "$2" "$3" S 7000 0; }		# SRC E H
stranger_none() { seg_none "$1" "$2" "$3" S 7000 0; }

# forgetful NAME SECONDS: conntrack there forgets TCP and ICMP sessions so soon
forgetful() {
	local k

	for k in tcp_timeout_{syn_sent,syn_recv,established,fin_wait,close_wait,last_ack,time_wait,close} \
		 tcp_timeout_{max_retrans,unacknowledged} icmp{,v6}_timeout; do
		tell sysctl "${NS[$1]}" "net/netfilter/nf_conntrack_$k" "$2"
	done
}

# tcp_scaled NAME: opening, closing and reset T, established twice that, ICMP T
tcp_scaled() {
	scaled "$1"
	profile "$1" tcp_open="$UDP" tcp_close="$UDP" tcp_rst="$UDP" tcp_est=$((2 * UDP)) icmp="$UDP"
	forgetful "$1" 2
	SOON=$((T * 5 / 6))
	OVER=$((T + 1300))
}
