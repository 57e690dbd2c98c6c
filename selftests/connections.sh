# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034 # the test files read them
#
# Steps of the tests of TCP and ICMP.

# Connections that stay: `tell talk NAME ...`, `tell hang NAME ...`
conn() { # NAME SRC DST RCV: E = the source shown
	E=none
	ask conn "$@" || { fail "$ANSWER"; return; }
	E=$ANSWER
}

refused() { # SRC DST WHAT [wait=MS]: what becomes of a connection, "silent" or the errno
	tell try "$1" "$2" "${@:4}"
	[ "${ANSWER%% *}" = "$3" ] || fail "$1 > $2: $ANSWER, not $3"
}

# Single segments, on ports of hosts that are deaf to them: `segment` says what is seen.
deaf() { # NAME...: TCP to its ports 7000-7999 meets no socket, and gets no answer
	local name

	for name; do
		rules "$name" <<-'NFT'
		table inet deaf {
			chain input {
				type filter hook input priority filter; policy accept;
				tcp dport 7000-7999 drop
			}
		}
		NFT
	done
}

seg() { # SRC DST AT FLAGS [HOW...]: E = the source seen at the host AT, D = the destination
	E=none D=none
	ask segment "$@" || { fail "$ANSWER"; return; }
	read -r E D <<<"$ANSWER"
}

seg_none() { # the same, must not come
	! ask segment "$@" wait=500 || fail "$1 > $2 $4 came to $3: $ANSWER"
}

# P h1:77 s1a [VAR]: a ping with that identifier, answered; E (and VAR) = the source and
# the identifier s1a saw
P() { # SRC:ID DST [VAR] [HOW...]
	local src=$1 dst=$2 var=

	shift 2
	if [ $# -gt 0 ] && [[ $1 == [A-Z]* ]]; then
		var=$1
		shift
	fi
	E=none
	if ask ping "$src" "$dst" "$dst" "$@"; then
		E=${ANSWER%% *}
	else
		fail "$ANSWER"
	fi
	[ -z "$var" ] || printf -v "$var" %s "$E"
}

conntrack_family() { # what conntrack -f calls it
	if [ "$FAMILY" = 6 ]; then echo ipv6; else echo ipv4; fi
}

# no_echo NAME: it answers pings only when it is told to, by messages of type $ECHO_REPLY
no_echo() {
	local key=ipv4/icmp_echo_ignore_all

	ECHO_REPLY=0
	if [ "$FAMILY" = 6 ]; then
		key=ipv6/icmp/echo_ignore_all
		ECHO_REPLY=129
	fi
	tell sysctl "${NS[$1]}" "net/$key" 1
}
