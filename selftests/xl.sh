#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: router
# The router's own services and flows beside the NAT: X-L1 to X-L4.
. "${0%/*}/lib.sh"
. "${0%/*}/topology.sh"

T1
engine r


testcase "X-L1 no mapping gets a port on which the router has a socket"
tell open rw:5555	# on the address
tell open r0:5556	# on any address
tell open r0:5557 wan	# on the interface
tell sysctl "${NS[r]}" net/ipv4/ip_local_reserved_ports 5558
for p in 5555 5556 5557 5558; do
	U h1:$p s1a:4000 E1
	ne "$E1" 203.0.113.1:$p "external endpoint of h1:$p"
	in_ s1a:4000 "$E1" h1:$p
done

testcase "X-L1 the router's service is reached by all, also by who talks to the LAN host"
for src in s1a:4000 s2b:4001; do
	in_ $src 203.0.113.1:5555 rw:5555
	in_from 203.0.113.1:5555 rw:5555 $src $src
	in_ $src 203.0.113.1:5556 r0:5556
	in_ $src 203.0.113.1:5557 r0:5557
done

testcase "X-L2 the router's own flows make no mapping and keep their port"
U h1:40000 s2a:9 E1
eq "$E1" 203.0.113.1:40000 "external endpoint"
n_maps r 5
counting r mappings_created
for dst in s1a:9 s2b:9; do
	U rw:40000 $dst
	eq "$E" 203.0.113.1:40000 "source of the router's own datagram"
	in_ $dst 203.0.113.1:40000 rw:40000
done
tell close rw:40000
in_ s1b:9 203.0.113.1:40000 h1:40000
U rw:40001 s1a:9
eq "$E" 203.0.113.1:40001 "source of the router's own datagram"
counted r mappings_created 0

testcase "X-L2 K-14 a flow of the router's own that nobody has answered keeps its reply tuple"
tell open s1a:10
U rw:40002 s1a:10
tell close rw:40002
counting r clash_killed clash_drop
U h1:40002 s1a:10
ne "$E" 203.0.113.1:40002 "external endpoint of h1:40002"
counted r clash_killed 0
counted r clash_drop 0

testcase "X-L3 what belongs to no mapping goes to the router as ever"
tell open s1a:5001
in_none s1a:5001 203.0.113.1:9999
tell error s1a:5001 3 3 2000
eq "$ANSWER" 203.0.113.1 "sender of the ICMP error"
tell tcp s1a:5001 rw:22
eq "$ANSWER" 203.0.113.11:5001 "what the router's TCP service sees"

testcase "X-L3 other protocols are left to the masquerade rule"
counting r declined mappings_created
# an ICMP timestamp request, and its answer: of ICMP only echo has mappings
must ns h1 python3 -c '
import socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
s.settimeout(5)
s.connect(("203.0.113.11", 0))
words = [13 << 8, 0, 77, 1] + [0] * 6
words[1] = 0xffff - sum(words)
s.send(struct.pack("!10H", *words))
while s.recv(100)[20] != 14:
	pass'
stat r declined
stock || ge $((S - COUNT[r/declined])) 1 "flows declined"
counted r mappings_created 0

testcase "X-L4 a service that comes later gets the new flows, the host keeps its own"
U h1:5600 s1a:4000 E1
eq "$E1" 203.0.113.1:5600 "external endpoint"
in_ s2a:4000 "$E1" h1:5600
counting r local_service
tell open rw:5600
in_ s2b:4000 "$E1" rw:5600
counted r local_service 1
in_ s1a:4000 "$E1" h1:5600
in_ s2a:4000 "$E1" h1:5600
U h1:5600 s1b:4000
eq "$E" "$E1" "external endpoint towards a new host"
maps r '.mappings[0].flags | tostring' int 192.168.1.1:5600
stock || has "$M" local-conflict "flags"

testcase "X-L4 K-14 what the service is asked stays its own, whoever else sends to who asks"
counting r clash_killed clash_drop
in_ s2b:4005 "$E1" rw:5600
in_none h1:5600 s2b:4005 wait=300
counted r clash_killed 0
counted r clash_drop 1
in_ s2b:4005 "$E1" rw:5600

testcase "X-L4 with local_check=0 the mapping gets what is for its port, old or new"
profile r local_check=0
in_ s1b:4006 "$E1" h1:5600
tell open rw:5601
U h1:5601 s1a:4000
eq "$E" 203.0.113.1:5601 "external endpoint"
in_ s2b:4006 "$E" h1:5601
tell close rw:5601
profile r local_check=1

testcase "X-L4 and when it has gone, the host gets them again"
tell close rw:5600
in_ s2b:4001 "$E1" h1:5600
maps r '.mappings[0].flags | tostring' int 192.168.1.1:5600
has_not "$M" local-conflict "flags"

testcase "X-L1 no mapping gets a port that a BPF program gives to a service on another one"
tell open rw:6000
if steer rw:6000 5570; then
	in_ s2a:4000 203.0.113.1:5570 rw:6000
	U h1:5570 s1a:4000 E1
	ne "$E1" 203.0.113.1:5570 "external endpoint of h1:5570"
	in_ s1a:4000 "$E1" h1:5570
	in_ s1a:4000 203.0.113.1:5570 rw:6000
	tell steer off
fi

testcase "X-L4 a mapping loses new flows to a BPF program, until that has gone"
U h1:5571 s1a:4000 E1
eq "$E1" 203.0.113.1:5571 "external endpoint"
in_ s2a:4000 "$E1" h1:5571
counting r local_service
if steer rw:6000 5571; then
	in_ s2b:4000 "$E1" rw:6000
	counted r local_service 1
	in_ s1a:4000 "$E1" h1:5571
	in_ s2a:4000 "$E1" h1:5571
	flags r h1:5571
	stock || has "$M" local-conflict "flags"
	tell steer off
	in_ s2b:4001 "$E1" h1:5571
	flags r h1:5571
	has_not "$M" local-conflict "flags"
fi

finish
