#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: ip6
# The router's own beside IPv6 mappings (X-L1 to X-L4), ICMPv6 and extension headers (V-4, V-5).
. "${0%/*}/lib.sh"
FAMILY=6
. "${0%/*}/topology.sh"

T1
engine r
profile r ip6=on
bare() { # [ADDR]: into $A
	A=${1#[}
	A=${A%]}
}

testcase "X-L1 no mapping gets a port on which the router has a socket"
tell open rw:5555	# on the address
tell open r0:5556	# on any address
tell open r0:5557 wan	# on the interface
for p in 5555 5556 5557; do
	U h1:$p s1a:4000 E1
	ne "$E1" "${ADDR[rw]}:$p" "external endpoint of h1:$p"
	in_ s1a:4000 "$E1" h1:$p
done
in_ s2b:4001 "${ADDR[rw]}:5556" r0:5556
in_ s2b:4001 "${ADDR[rw]}:5557" r0:5557

testcase "X-L2 the router's own flows make no mapping and keep their port"
U h1:40000 s2a:9 E1
eq "$E1" "${ADDR[rw]}:40000" "external endpoint"
counting r mappings_created
for dst in s1a:9 s2b:9; do
	U rw:40000 $dst
	eq "$E" "${ADDR[rw]}:40000" "source of the router's own datagram"
	in_ $dst "${ADDR[rw]}:40000" rw:40000
done
tell close rw:40000
in_ s1b:9 "${ADDR[rw]}:40000" h1:40000
counted r mappings_created 0

testcase "X-L4 a service that comes later gets the new flows, the host keeps its own"
U h1:5600 s1a:4000 E1
in_ s2a:4000 "$E1" h1:5600
tell open rw:5600
in_ s2b:4000 "$E1" rw:5600
in_ s1a:4000 "$E1" h1:5600
in_ s2a:4000 "$E1" h1:5600
U h1:5600 s1b:4000
eq "$E" "$E1" "external endpoint towards a new host"
tell close rw:5600
in_ s2b:4001 "$E1" h1:5600

testcase "V-4 Packet Too Big finds its way through a mapping"
U h1:3000 s1a:3000 E1
must ask icmp s1a s1a rw 2 0 "$E1" s1a:3000 at=h1 wait=3000
read -r _ TO FROM _ <<<"$ANSWER"
bare "${ADDR[h1]}"
eq "$TO" "$A" "where the error went"
eq "$FROM" "${ADDR[h1]}:3000" "the source of the packet that it quotes"

testcase "V-4 checksums are right after translation, those that are wrong stay so"
U h2:3000 s1a:3000 E2 via=h2 size=101
in_none h2:3000 s1a:3000 via=h2 badsum
in_ s2b:5000 "$E2" h2:3000 via=s2b size=101

testcase "V-5 fragments, in and out, in any order"
port=5000
for order in 123 321 213; do
	port=$((port + 1))
	in_ s2b:$port "$E1" h1:3000 via=s2b size=1200 frag=$order
	U h1:3000 s2a:$port via=h1 size=1200 frag=$order
	eq "$E" "$E1" "external endpoint"
done

# extended HOST KIND SPORT: a datagram to s1a:7000 with an extension header before UDP
extended() {
	bare "${ADDR[$1]}"
	ns "$1" python3 - "$2" "$A" "${NET_WAN}11" "$3" 7000 <<-'PY'
	import socket, struct, sys
	kind, src, dst, sport, dport = sys.argv[1:]
	src, dst = (socket.inet_pton(socket.AF_INET6, a) for a in (src, dst))
	udp = struct.pack("!4H", int(sport), int(dport), 16, 0) + b"extended"
	total = sum(struct.unpack("!%dH" % ((32 + 16) // 2), src + dst + udp)) + 16 + 17
	while total >> 16:
	    total = (total & 0xffff) + (total >> 16)
	udp = udp[:6] + struct.pack("!H", ~total & 0xffff or 0xffff) + udp[8:]
	if kind == "atomic":		# offset 0, no more of them
	    first, ext = 44, struct.pack("!BBHI", 17, 0, 0, 4242)
	elif kind == "hop":		# padding
	    first, ext = 0, struct.pack("!BBBB4x", 17, 0, 1, 4)
	else:				# destination options
	    first, ext = 60, struct.pack("!BBBB4x", 17, 0, 1, 4)
	packet = struct.pack("!IHBB", 6 << 28, len(ext) + len(udp), first, 64) + src + dst + ext + udp
	s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)
	s.sendto(packet, (sys.argv[3], 0))
	PY
}

testcase "V-5 an atomic fragment, and extension headers before UDP"
U h1:7100 s1b:3000 E1
tell open s1a:7000
for kind in atomic hop destination; do
	must extended h1 $kind 7100
	ask any s1a:7000 3000 || fail "$kind: $ANSWER"
	eq "${ANSWER%% *}" "$E1" "external endpoint of the datagram with $kind"
done

testcase "X-E1 V-4 exhaustion is told by ICMPv6 1/1 from the router's LAN address"
stock || ns r fullcone flush all
profile r ports=40000-40001
tell sysctl "${NS[r]}" net/ipv6/icmp/ratelimit 0
U h1:1111 s1a:2000 E1
U h1:1112 s1a:2000
counting r no_port
tell refusal h2:1113 s1a:2000 1 3000
bare "${ADDR[rl]}"
eq "$ANSWER" "$A" "who has sent the ICMP error"
counted r no_port 1
in_ s2b:5000 "$E1" h1:1111
profile r exhaust_icmp=off
tell refusal h2:1114 s1a:2000 none 1000

finish
