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

# A reset that the router sends in a host's name would end what the two are about to open.
rules s1 <<'NFT'
table inet resets {
	counter resets {}
	chain input {
		type filter hook input priority raw;
		tcp sport != 7003 tcp flags & rst == rst counter name resets
	}
}
NFT
no_resets() {
	local n

	n=$(ns s1 nft -j reset counter inet resets resets |
		jq '.nftables[] | select(.counter) | .counter.packets')
	eq "$n" 0 "resets that came to s1"
}

testcase "T-2a T-4 simultaneous open, the answer to the outer SYN is lost: the SYN comes again"
seg h1:7002 s1a:7002 s1a S seq=1000
E3=$E
seg s1a:7002 "$E3" h1 S seq=2000
seg h1:7002 s1a:7002 s1a SA seq=1000 ack=2001
seg_none s1a:7002 "$E3" h1 S seq=2000
no_resets
seg h1:7002 s1a:7002 s1a SA seq=1000 ack=2001
seg s1a:7002 "$E3" h1 SA seq=2000 ack=1001
seg h1:7002 s1a:7002 s1a A seq=1001 ack=2001

testcase "T-2a the same, the inner SYN again: it leaves with the external endpoint or not at all"
seg s1b:7002 "$E3" h1 S seq=2000
seg h1:7002 s1b:7002 s1b S seq=1000
seg s1b:7002 "$E3" h1 SA seq=2000 ack=1001
seg_none h1:7002 s1b:7002 s1b S seq=1000
seg h1:7002 s1b:7002 s1b SA seq=1000 ack=2001
eq "$E" "$E3" "external endpoint"

# begun SIDE PORT: a connection of h1 and s1a on that port, begun inside or outside
begun() {
	E4=${E2%:*}:$2
	if [ "$1" = inside ]; then
		seg h1:$2 s1a:$2 s1a S seq=1000
		E4=$E
		seg s1a:$2 "$E4" h1 SA seq=2000 ack=1001
		seg h1:$2 s1a:$2 s1a A seq=1001 ack=2001
	else
		seg h1:$2 s1b:9 s1b S seq=1
		E4=$E
		seg s1a:$2 "$E4" h1 S seq=2000
		seg h1:$2 s1a:$2 s1a SA seq=1000 ack=2001
		seg s1a:$2 "$E4" h1 A seq=2001 ack=1001
	fi
}

testcase "T-2 a host that was called, and has forgotten that, calls back"
begun outside 7003
# a broken one does not count
ask segment h1:7003 s1a:7003 s1a S seq=9000 badsum wait=300
sessions r -p tcp --state ESTABLISHED --orig-port-dst 7003
eq "$C" 1 "established sessions"
seg_none h1:7003 s1a:7003 s1a S seq=9000
seg h1:7003 s1a:7003 s1a S seq=9000
eq "$E" "$E4" "external endpoint"
# the half-open connection that is discovered is reset, then comes the third SYN
seg s1a:7003 "$E4" h1 A seq=2001 ack=1001
seg h1:7003 s1a:7003 s1a R seq=1001
seg h1:7003 s1a:7003 s1a S seq=9000
seg s1a:7003 "$E4" h1 SA seq=3000 ack=9001

testcase "T-2 X-S5 from outside, a SYN with the address of a host that was called ends nothing"
begun outside 7007
ns s2 ip -$FAMILY route add "${NET_WAN}11" via "${NET_WAN}1"
seg_none h1:7007 s1a:7007 s1a S seq=9000 via=s2a
sessions r -p tcp --state ESTABLISHED --orig-port-dst 7007
eq "$C" 1 "established sessions"
seg h1:7007 s1a:7007 s1a PA seq=1001 ack=2001 len=10
eq "$E" "$E4" "external endpoint"

testcase "T-2 T-4 a server that has forgotten it calls back: no answer, and the connection lives"
begun inside 7004
seg_none s1a:7004 "$E4" h1 S seq=9000
no_resets
seg h1:7004 s1a:7004 s1a PA seq=1001 ack=2001 len=10
seg s1a:7004 "$E4" h1 R seq=2001
ask segment s1a:7004 "$E4" h1 S seq=9000 wait=500
seg s1a:7004 "$E4" h1 S seq=9000

testcase "T-2 T-4 both have closed, the last ACK is lost, and the server calls back"
begun inside 7005
seg h1:7005 s1a:7005 s1a FA seq=1001 ack=2001
seg s1a:7005 "$E4" h1 FA seq=2001 ack=1002
seg_none s1a:7005 "$E4" h1 S seq=9000
seg s1a:7005 "$E4" h1 S seq=9000
no_resets

# In the real world each attempt begins with another number.
testcase "T-2a a SYN goes unanswered, then its sender listens and the other side connects"
seg h1:7006 s1a:7006 s1a S seq=1000
E5=$E
seg s1a:7006 "$E5" h1 S seq=2000
seg h1:7006 s1a:7006 s1a SA seq=30000000 ack=2001
eq "$E" "$E5" "external endpoint"
seg s1a:7006 "$E5" h1 A seq=2001 ack=30000001
seg h1:7006 s1a:7006 s1a PA seq=30000001 ack=2001 len=10
seg s1a:7006 "$E5" h1 PA seq=2001 ack=30000011 len=10

testcase "T-2a the same the other way round, and the one who connects tries twice"
seg s1b:7006 "$E5" h1 S seq=2000
seg h1:7006 s1b:7006 s1b S seq=1000
seg h1:7006 s1b:7006 s1b S seq=500000000
eq "$E" "$E5" "external endpoint"
seg s1b:7006 "$E5" h1 SA seq=30000000 ack=500000001
seg h1:7006 s1b:7006 s1b A seq=500000001 ack=30000001
seg s1b:7006 "$E5" h1 PA seq=30000001 ack=500000001 len=10
no_resets
sessions r -p tcp --state ESTABLISHED --orig-port-dst 7006
eq "$C" 2 "established sessions"

finish
