#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Which external endpoints a STUN server sees of a local port, by TCP (RFC 5389).

stun_tcp.py ADDRESS OTHER-ADDRESS PORT...
    For each local port a line: PORT, and what was seen of it at ADDRESS:3478, at
    OTHER-ADDRESS:3478 and at OTHER-ADDRESS:3479; "none" where no answer came.
"""
import ipaddress
import os
import socket
import struct
import sys

COOKIE = 0x2112a442
BINDING, SUCCESS, XOR_MAPPED_ADDRESS = 0x0001, 0x0101, 0x0020
TIMEOUT = 10
open_ones = []


def read(s, size):
    data = b""
    while len(data) < size:
        more = s.recv(size - len(data))
        if not more:
            raise OSError("closed")
        data += more
    return data


def endpoint(value, key):
    """An address and port, exclusive or with the cookie and the transaction."""
    family, port = struct.unpack("!xBH", value[:4])
    size = 16 if family == 2 else 4
    addr = bytes(a ^ b for a, b in zip(value[4:4 + size], key))
    text = str(ipaddress.ip_address(addr))
    return "%s:%d" % ("[" + text + "]" if family == 2 else text, port ^ COOKIE >> 16)


def binding(s):
    head = struct.pack("!HHI", BINDING, 0, COOKIE) + os.urandom(12)
    s.sendall(head)
    kind, length = struct.unpack("!HH", read(s, 20)[:4])
    body = read(s, length)
    while kind == SUCCESS and body:
        attr, size = struct.unpack("!HH", body[:4])
        if attr == XOR_MAPPED_ADDRESS:
            return endpoint(body[4:4 + size], head[4:])
        body = body[4 + (size + 3 & ~3):]
    raise OSError("no address in the answer")


def seen(port, server):
    family = socket.AF_INET6 if ":" in server[0] else socket.AF_INET
    s = socket.socket(family, socket.SOCK_STREAM)
    # to the end: a port is not another connection's meanwhile
    open_ones.append(s)
    s.settimeout(TIMEOUT)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        s.bind(("", port))
        s.connect(server)
        return binding(s)
    except OSError as error:
        print(port, server, error, file=sys.stderr)
        return "none"


first, other = sys.argv[1:3]
for p in map(int, sys.argv[3:]):
    print(p, *(seen(p, at) for at in ((first, 3478), (other, 3478), (other, 3479))), flush=True)
