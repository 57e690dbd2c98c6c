#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: neighbours
# UDP that a helper expects, beside mappings: X-A2, X-A3. h3 is not full-cone here: what
# it asks of a TFTP server leaves by plain masquerade, whose ports no mapping holds.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
stock || must ns r fullcone rule add oif wan saddr !192.168.1.3
rules r <<'NFT'
table ip plain {
	chain postrouting {
		type nat hook postrouting priority srcnat + 5; policy accept;
		oifname "wan" masquerade
	}
}
NFT

expected() { # what is waited for, into $X
	X=$(ns r conntrack -L expect 2>/dev/null)
	log "expectations: $X"
}

# expecting PORT TIMEOUT BY: what h3 sends to port BY makes a rule expect flows to PORT
expecting() {
	rules r <<-NFT
	table ip expects {
		ct expectation flows {
			protocol udp
			dport $1
			timeout $2
			size 4
			l3proto ip
		}
		chain postrouting {
			type filter hook postrouting priority srcnat + 10; policy accept;
			ct original ip saddr 192.168.1.3 udp dport $3 ct expectation set "flows"
		}
	}
	NFT
}

testcase "X-A2 a port that a rule expects is given to no mapping, though no helper is loaded"
expecting 6000 1m 70
U h3:6001 s1a:70
expected
has "$X" "dport=6000" "expectations"
U h1:6000 s2a:3000
ne "$E" 203.0.113.1:6000 "external endpoint of h1"

testcase "X-A2 what is no longer expected is given away, while the flow that asked for it lasts"
must ns r conntrack -F expect
ns r nft delete table ip expects
# nft_ct takes the milliseconds for seconds
expecting 6002 1ms 71
U h3:6003 s1a:71
given() { stock || ns r fullcone add udp int 192.168.1.1:6002 ext 203.0.113.1:6002; }
busywait 10000 given || fail "the port is still withheld"
sessions r -p udp --orig-port-src 6003
eq "$C" 1 "flows that have asked for it"
must ns r nft delete table ip expects
stock || must ns r fullcone flush all static
ns r conntrack -F
ns r conntrack -F expect
stock || ns r fullcone flush all

run modprobe nf_nat_tftp || die "no nf_nat_tftp"
at_exit "modprobe -r nf_nat_tftp; modprobe -r nf_conntrack_tftp"
rules r <<'NFT'
table ip others {
	ct helper tftp {
		type "tftp" protocol udp
	}
	chain prerouting {
		type filter hook prerouting priority filter; policy accept;
		udp dport 69 ct helper set "tftp"
	}
}
NFT

# rrq HOST PORT: a read request from there to the TFTP server s1a; the answer comes from a
# port of the server's choice
rrq() {
	ask close "$1:$2" || :	# it may not be open
	printf '\0\1file\0octet\0' |
		"$PROBE" in "${NS[$1]}" socat -u STDIN "UDP4-SENDTO:203.0.113.11:69,bind=:$2" ||
		fail "no request of $1:$2"
}

testcase "X-A2 a port on which a helper waits is given to no mapping"
rrq h3 6000
expected
has "$X" "dport=6000" "expectations"
U h2:6000 s2a:3000
ne "$E" 203.0.113.1:6000 "external endpoint of h2"
if ! stock; then
	OUT=$(ns r fullcone add udp int 192.168.1.1:6000 ext 203.0.113.1:6000 2>&1) &&
		fail "a static mapping got it: $OUT"
fi

testcase "X-A2 what is expected arrives at who asked for it"
in_ s1a:4444 203.0.113.1:6000 h3:6000

testcase "X-A2 when nothing is waited for any more, the port is as any other"
ns r conntrack -F
ns r conntrack -F expect
stock || ns r fullcone flush all
U h2:6000 s2a:3000
eq "$E" 203.0.113.1:6000 "external endpoint of h2"

testcase "X-A3 on the port of a mapping an expected flow goes where the helper says"
U h2:7000 s2a:3000 E2
eq "$E2" 203.0.113.1:7000 "external endpoint of h2"
in_ s2b:5000 "$E2" h2:7000
# another remote, so masquerade gives it the same port
rrq h3 7000
expected
has "$X" "dport=7000" "expectations"
in_ s1a:4445 203.0.113.1:7000 h3:7000

testcase "X-A3 and the mapping is unharmed"
in_ s1a:4446 "$E2" h2:7000
in_ s2b:5000 "$E2" h2:7000
in_ s1b:5001 "$E2" h2:7000
U h2:7000 s1b:3000
eq "$E" "$E2" "external endpoint"
n_maps r 1 int 192.168.1.2:7000

testcase "X-A3 TFTP of a full-cone host works with the helper"
rrq h1 8000
maps r '.mappings[0] | "\(.ext_addr):\(.ext_port)"' int 192.168.1.1:8000
E1=$M
stock && E1=203.0.113.1:8000
expected
has "$X" "dport=${E1#*:}" "expectations"
in_ s1a:4447 "$E1" h1:8000
got h1:8000 s1a:4447 s1a:4447
eq "$E" "$E1" "external endpoint in the transfer"
in_ s2b:5002 "$E1" h1:8000
U h1:8000 s2a:3000
eq "$E" "$E1" "external endpoint towards another"

run modprobe nf_nat_sip || die "no nf_nat_sip"
at_exit "modprobe -r nf_nat_sip; modprobe -r nf_conntrack_sip"
rules r <<'NFT'
table ip calls {
	ct helper sip {
		type "sip" protocol udp
	}
	chain prerouting {
		type filter hook prerouting priority filter; policy accept;
		udp dport 5060 ct helper set "sip"
	}
}
NFT

# call HOST ADDR PORT: invites s1a to send media to that port of the host
call() {
	local sdp=$'v=0\r\no=- 1 1 IN IP4 '$2$'\r\ns=-\r\nc=IN IP4 '$2$'\r\nt=0 0\r\nm=audio '$3$' RTP/AVP 0\r\n'

	printf '%s\r\n' "INVITE sip:b@203.0.113.11 SIP/2.0" "Via: SIP/2.0/UDP $2:5060;branch=z9hG4bK$3" \
		"From: <sip:a@$2>;tag=1" "To: <sip:b@203.0.113.11>" "Call-ID: $3" "CSeq: 1 INVITE" \
		"Contact: <sip:a@$2:5060>" "Content-Type: application/sdp" \
		"Content-Length: ${#sdp}" "" >"$CALL"
	printf %s "$sdp" >>"$CALL"
	"$PROBE" in "${NS[$1]}" socat -u -b 4000 "OPEN:$CALL" \
		UDP4-SENDTO:203.0.113.11:5060,bind=:5060 || fail "no call of $1"
}
CALL=$(mktemp)
at_exit "rm -f $CALL"

testcase "X-A2 the port that SIP has announced for a host is given to that host's endpoint"
call h1 192.168.1.1 9002
expected
has "$X" "dport=9002" "expectations"
# the media of the other side may come from elsewhere than its signalling, from where the
# helper expects them
U h1:9002 s2a:3000 E1
eq "$E1" 203.0.113.1:9002 "source of the media"
in_ s2a:3000 203.0.113.1:9002 h1:9002
stock || in_ s2b:5003 203.0.113.1:9002 h1:9002

testcase "X-A2 and to no other's"
call h1 192.168.1.1 9004
expected
has "$X" "dport=9004" "expectations"
U h2:9004 s2a:3000
ne "$E" 203.0.113.1:9004 "external endpoint of h2"
in_ s1a:4448 203.0.113.1:9004 h1:9004

finish
