#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: neighbours
# FTP beside the engine, with its helper and without: X-A1.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
engine r
ns s1 ip route add 203.0.113.100/30 via 203.0.113.1 || die "no route to the pool"

serve() {
	nsenter --net="/run/netns/${NS[s1]}" python3 "$here/ftp.py" serve 203.0.113.11 \
		>"$LOG" 2>&1 3>&- 8>&- 9<&- &
	at_exit "kill $!"
	busywait 15000 grep -q ready "$LOG" || die "the FTP server does not start"
}
LOG=$(mktemp)
at_exit "rm -f $LOG"
serve

fetch() { # MODE: what it says, into the array GOT
	mapfile -t GOT < <(ns h1 python3 "$here/ftp.py" fetch "$1" 203.0.113.11 192.168.1.1)
	log "${GOT[*]}"
	[ "${GOT[0]:-}" = "the file" ]
}

testcase "X-A1 passive FTP works without a helper"
fetch passive || fail "no file"
has "${GOT[1]}" 203.0.113.1: "what the server sees of the client"

testcase "X-A1 active FTP needs one"
fetch active && fail "an active connection came in without a helper"

# the one who is asked for by a rule is loaded with it; its NAT half is not
rules r <<'NFT'
table ip helpers {
	ct helper ftp {
		type "ftp" protocol tcp
	}
	chain prerouting {
		type filter hook prerouting priority filter; policy accept;
		tcp dport 21 ct helper set "ftp"
	}
}
NFT

testcase "X-A1 passive FTP works with half a helper, from the address of a pool also"
profile r source=203.0.113.102-203.0.113.103
if fetch passive; then
	stock || [[ ${GOT[1]} == 203.0.113.10[23]:* ]] || fail "the server sees ${GOT[1]}"
else
	fail "no file"
fi
profile r source=masquerade

run modprobe nf_nat_ftp || die "no nf_nat_ftp"
at_exit "modprobe -r nf_nat_ftp; modprobe -r nf_conntrack_ftp"

testcase "X-A1 active FTP works with the helper: the data connection comes in to the host"
fetch active || fail "no file"
has "${GOT[1]}" 203.0.113.1: "what the server sees of the client"
eq "${GOT[2]%:*}" 203.0.113.11 "whom the client sees of the data connection"

testcase "X-A1 passive FTP works with the helper"
fetch passive || fail "no file"
has "${GOT[1]}" 203.0.113.1: "what the server sees of the client"

testcase "X-A1 and with the module gone, and back"
unload
fetch active || fail "no file without the module"
load
engine r
fetch active || fail "no file with it again"
U h1:3000 s1a:3000 E1
in_ s2b:5000 "$E1" h1:3000

finish
