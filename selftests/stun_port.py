#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Has a STUN server send to other ports than those that ask (RESPONSE-PORT, RFC 5780 7.5).

stun_port.py ADDRESS SECONDS TIMES PORT...
    So many times, with so many seconds between, one request for each port to
    ADDRESS:3478, all from one socket. That anything is answered to that socket itself is
    printed, and the exit status 1.
"""
import os
import socket
import struct
import sys
import time

COOKIE = 0x2112a442
BINDING, RESPONSE_PORT = 0x0001, 0x0027

server, seconds, times = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
family = socket.AF_INET6 if ":" in server else socket.AF_INET
s = socket.socket(family, socket.SOCK_DGRAM)
s.setblocking(False)
for _ in range(times):
    for port in map(int, sys.argv[4:]):
        s.sendto(struct.pack("!HHI", BINDING, 8, COOKIE) + os.urandom(12) +
                 struct.pack("!HHHxx", RESPONSE_PORT, 4, port), (server, 3478))
    time.sleep(seconds)
try:
    print("answered to", s.getsockname(), "by", s.recvfrom(2048)[1])
    sys.exit(1)
except BlockingIOError:
    pass
