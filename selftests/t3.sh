#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# group: tcp
# Filtering of TCP is a setting of its own: RFC 5382 REQ-3.
PROTO=tcp
. "${0%/*}/lib.sh"
. "${0%/*}/connections.sh"
. "${0%/*}/topology.sh"

T2
engine r1
engine r2
for i in 1 2; do
	profile r$i filter.tcp=apdf
done

testcase "T-3 TCP is filtered by address and port, UDP is not"
U h1:3000 s1a:80 E1
refused s1a:81 "$E1" silent
refused s1b:80 "$E1" silent
udp U h1:3000 s1a:80 E2
udp in_ s1a:81 "$E2" h1:3000
udp in_ s1b:80 "$E2" h1:3000
conn a h1:3000 s1b:80 s1b:80
eq "$E" "$E1" "external endpoint"
tell talk a both 10000
tell hang a client

testcase "T-3 two hosts that are filtered so meet all the same"
U h1:4000 s1a:80 E1
U h2:4000 s1a:80 E2
refused h1:4000 "$E2" silent
tell cross a h1:4000 "$E2" h2:4000 "$E1" 100
tell talk a both 100000
tell hang a client

finish
