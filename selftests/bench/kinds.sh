# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034 # names that the other parts of the bench use
#
# What kind of packets a guest is given: datagrams over IPv4 or over IPv6, or TCP segments.
# One kind a guest. Its works are named after it, but for those of `udp`.

FORWARDED=10000		# the port of the stock port forward

choose_kind() { # udp|tcp|ip6
	kind=$1
	family=ip
	proto=udp
	suffix=
	PREFIX=24
	CLIENT=192.168.1.2
	LAN=192.168.1.1
	WAN=203.0.113.1
	SERVER=203.0.113.2
	STRANGERS=203.0.113.	# and a number from 100 on
	case $1 in
	udp)	return ;;
	tcp)	proto=tcp ;;
	ip6)	family=ip6
		PREFIX=64
		CLIENT=fd00:1::2
		LAN=fd00:1::1
		WAN=2001:db8::1
		SERVER=2001:db8::2
		STRANGERS=2001:db8:: ;;
	*)	return 1 ;;
	esac
	suffix=-$1
}

choose_kind udp

# --- TCP. A connection begins at these numbers, and its window lets 1400 segments through,
# of which some are sent again.

CLIENT_SEQ=1000
SERVER_SEQ=5000
DATA=46			# with it a frame has 100 bytes, as the datagrams

# What the next burst is made of: FLAGS SEQ ACK LEN. Does not matter for datagrams.
syn() { segment=(S "$CLIENT_SEQ" 0 0); }
syn_ack() { segment=(SA "$SERVER_SEQ" $((CLIENT_SEQ + 1)) 0); }
ack() { segment=(A $((CLIENT_SEQ + 1)) $((SERVER_SEQ + 1)) 0); }

# after so many segments of data
data_out() { segment=(PA $((CLIENT_SEQ + 1 + $1 * DATA)) $((SERVER_SEQ + 1)) "$DATA"); }
data_in() { segment=(PA $((SERVER_SEQ + 1 + $1 * DATA)) $((CLIENT_SEQ + 1)) "$DATA"); }

# generator_run NS DEV COUNT SRC SPORT NSPORTS DST DPORT NDPORTS: as pktgen_run
generator_run() {
	local mac nsec

	case $2 in
	c0)	mac=02:00:00:00:00:01 ;;
	s0)	mac=02:00:00:00:01:01 ;;
	esac
	read -r count nsec < <(nsenter --net="/run/netns/$1" "$GENERATOR" "$2" $mac "${@:3}" \
		"${segment[@]}") || {
		echo "bench: no result of the generator" >&2
		return 1
	}
	usec=$((nsec / 1000)).$(printf '%03d' $((nsec % 1000)))
}

GENERATOR=$(cd ../../build/selftests && pwd -P)/generator

# send_burst, as both of them
send_burst() {
	if [ $proto = tcp ]; then
		generator_run "$@"
	else
		pktgen_run "$@"
	fi
}
