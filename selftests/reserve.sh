#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: limits
# Reserved ports are never chosen: X-D2.
. "${0%/*}/lib.sh"
. "${0%/*}/watch.sh"
. "${0%/*}/topology.sh"

T1
engine r

# kept_from HOST:PORT...: each gets another port than its own, and works
kept_from() {
	local e

	for e; do
		U "$e" s1a:3000
		ne "${E#*:}" "${e#*:}" "port of $e"
		in_ s2b:9 "$E" "$e"
	done
}

keeps() { # HOST:PORT...
	local e

	for e; do
		U "$e" s1a:3000
		eq "${E#*:}" "${e#*:}" "port of $e"
	done
}

testcase "X-D2 a reserved port is not given away, those beside it are"
keeps h2:8080
stock || ns r fullcone flush all
profile r reserve=8080,9000-9003
kept_from h1:8080 h1:9000 h1:9001 h1:9003
keeps h1:8079 h1:8081 h1:8999 h1:9004
stat r no_port
eq "$S" 0 "refused"

testcase "X-D2 nor are those of PCP, in UDP"
kept_from h1:5350 h1:5351
keeps h1:5349 h1:5352
tcp U h1:5350 s1a:3000
stock || eq "$E" 203.0.113.1:5350 "external endpoint in TCP"

testcase "X-D2 not even as the last one"
profile r reserve=9001-9002 ports=9001-9003
dropping r
U h3:9001 s1a:3000
stock || eq "$E" 203.0.113.1:9003 "external endpoint"
in_none h3:9002 s1a:3000
dropped r no_port=1
profile r reserve=none
keeps h3:9002
profile r ports=default

testcase "X-D2 nor are those of ip_local_reserved_ports, from when on they are in it"
keeps h1:7070
stock || ns r fullcone flush all
tell sysctl "${NS[r]}" net/ipv4/ip_local_reserved_ports 7070,7100-7200
kept_from h1:7070 h1:7100 h1:7200
keeps h1:7071 h1:7099
tell sysctl "${NS[r]}" net/ipv4/ip_local_reserved_ports 7300
keeps h2:7200

testcase "X-D2 a mapping from before stays"
keeps h1:6060
profile r reserve=6060
U h1:6060 s2a:3000
stock || eq "$E" 203.0.113.1:6060 "external endpoint"
in_ s2b:9 "$E" h1:6060

testcase "X-D2 beside a port forward that the reservation is for"
profile r reserve=8080
rules r <<'NFT'
table ip forward {
	chain prerouting {
		type nat hook prerouting priority dstnat; policy accept;
		iifname "wan" udp dport 8080 dnat to 192.168.1.2:80
	}
}
NFT
kept_from h1:8080
in_ s1a:3000 203.0.113.1:8080 h2:80

finish
