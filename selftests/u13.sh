#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: router
# Datagrams too big for the link outside: RFC 4787 REQ-13.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
engine r
must ns r ip link set wan mtu 1400

# send HOW: 1472 bytes from h1:3013 to s1a:3014; prints the error that comes back, if any
send() { # dont|do
	ns h1 python3 - "$1" <<-'EOF'
		import select, socket, struct, sys
		IP_MTU_DISCOVER, IP_RECVERR, MSG_ERRQUEUE = 10, 11, 0x2000
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		s.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, 0 if sys.argv[1] == "dont" else 2)
		s.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
		s.bind(("192.168.1.1", 3013))
		s.connect(("203.0.113.11", 3014))
		s.send(bytes(1472))
		poll = select.poll()
		poll.register(s, 0)
		if not poll.poll(3000 if sys.argv[1] == "do" else 0):
		    sys.exit()
		data, control, flags, address = s.recvmsg(2000, 512, MSG_ERRQUEUE)
		error = control[0][2]
		errno, origin, kind, code, pad, mtu, more = struct.unpack("=IBBBBII", error[:16])
		print(kind, code, mtu, socket.inet_ntoa(error[20:24]))
	EOF
}

testcase "U-13 one that may not be fragmented: its sender is told the size, for its own packet"
ANSWER=$(send "do")
eq "$ANSWER" "3 4 1400 192.168.1.254" "type, code, MTU, sender of the error"

testcase "U-13 one that may be is fragmented, and comes from the same external endpoint"
must ns h1 ip route flush cache
COME=$(mktemp)
at_exit "rm -f $COME"
ns s1 timeout 10 python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("203.0.113.11", 3014))
print("ready", flush=True)
data, address = s.recvfrom(2000)
print(len(data), "%s:%d" % address, flush=True)' >"$COME" 2>&1 &
busywait 10000 grep -q ready "$COME" || fail "nobody listens: $(cat "$COME")"
send dont
busywait 10000 grep -q 1472 "$COME" || fail "it did not arrive"
eq "$(tail -1 "$COME")" "1472 203.0.113.1:3013" "bytes and sender"

finish
