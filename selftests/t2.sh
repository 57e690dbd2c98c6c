#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: tcp
# Connections from either side, and simultaneous opens: RFC 5382 REQ-2.
PROTO=tcp
. "${0%/*}/lib.sh"
. "${0%/*}/connections.sh"
. "${0%/*}/topology.sh"

T1
engine r
deaf h1 s1

# ends NAME: it carries data, then one side ends it, then the other
ends() { # NAME FIRST SECOND
	tell talk "$1" both 20000
	tell shut "$1" "$2"
	if [ "$2" = client ]; then
		tell talk "$1" down 20000
	else
		tell talk "$1" up 20000
	fi
	tell shut "$1" "$3"
	tell end "$1"
}

testcase "T-2 a connection begun inside: a megabyte both ways, closed from either side"
conn a h1:3000 s1a:80 s1a:80
E1=$E
eq "${E1%:*}" "${ADDR[rw]}" "the source shown"
tell talk a both 1048576
ends a client server
conn a h1:3000 s2a:80 s2a:80
ends a server client

testcase "T-2 a connection begun outside: a megabyte both ways, closed from either side"
ep s2b:5000
conn a s2b:5000 "$E1" h1:3000
eq "$E" "$EP" "the source shown inside"
tell talk a both 1048576
ends a client server
conn a s2b:5001 "$E1" h1:3000
ends a server client

testcase "T-2 a reset from either side ends it, whoever began it"
for side in client server; do
	conn a h1:3000 s1b:80 s1b:80
	tell talk a both 1000
	tell hang a $side
	conn a s1b:$((5002 + ${#side})) "$E1" h1:3000
	tell talk a both 1000
	tell hang a $side
done

testcase "T-2 afterwards the endpoint is the same, and open"
U h1:3000 s1a:81
eq "$E" "$E1" "external endpoint"
in_ s2a:5009 "$E1" h1:3000

# handshake SRV: the SYNs of h1:7000 and of that server's port 7000 have crossed; E1 is h1's.
# SYN and ACK from both sides, then data.
handshake() {
	ep "$1:7000"
	seg h1:7000 "$1":7000 "$1" SA seq=1000 ack=2001
	eq "$E" "$E1" "external endpoint"
	seg "$1":7000 "$E1" h1 SA seq=2000 ack=1001
	eq "$E" "$EP" "the source shown inside"
	seg h1:7000 "$1":7000 "$1" A seq=1001 ack=2001
	seg "$1":7000 "$E1" h1 A seq=2001 ack=1001
	seg h1:7000 "$1":7000 "$1" PA seq=1001 ack=2001 len=100
	seg "$1":7000 "$E1" h1 PA seq=2001 ack=1101 len=100
	seg h1:7000 "$1":7000 "$1" A seq=1101 ack=2101
}

established() { # ADDRESS: one session with it, and which state it is in
	local lines

	lines=$(ns r conntrack -L -f "$(conntrack_family)" -p tcp 2>/dev/null |
		grep "[sd]port=7000 .*[sd]port=7000" | grep -F "=$1 ")
	eq "$(grep -c . <<<"$lines")" 1 "sessions with $1"
	has "$lines" ESTABLISHED "state of the session with $1"
}

testcase "T-2a simultaneous open, the inner SYN first at the router"
seg h1:7000 s1a:7000 s1a S seq=1000
E1=$E
seg s1a:7000 "$E1" h1 S seq=2000
handshake s1a
established "${HOSTS[s1a]#*/}"

testcase "T-2a simultaneous open, the outer SYN first at the router"
seg s1b:7000 "$E1" h1 S seq=2000
eq "${E%:*}" "${ADDR[s1b]}" "the source shown inside"
seg h1:7000 s1b:7000 s1b S seq=1000
handshake s1b
established "${HOSTS[s1b]#*/}"

testcase "T-2 P-2.2 after a reset the other side may open the connection anew"
seg h1:7001 s1a:7001 s1a S seq=1000
E2=$E
seg s1a:7001 "$E2" h1 SA seq=2000 ack=1001
seg h1:7001 s1a:7001 s1a A seq=1001 ack=2001
seg h1:7001 s1a:7001 s1a RA seq=1001 ack=2001
# the first one may be lost
ask segment s1a:7001 "$E2" h1 S seq=9000 wait=500
seg s1a:7001 "$E2" h1 S seq=9000

seg s1b:7001 "$E2" h1 S seq=2000
seg h1:7001 s1b:7001 s1b SA seq=1000 ack=2001
seg s1b:7001 "$E2" h1 A seq=2001 ack=1001
seg s1b:7001 "$E2" h1 RA seq=2001 ack=1001
ask segment h1:7001 s1b:7001 s1b S seq=9000 wait=500
seg h1:7001 s1b:7001 s1b S seq=9000
eq "$E" "$E2" "external endpoint"

finish
