#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""How long look-ups of endpoints that have no mapping take.

looked_up.py EXT_ADDR INT_ADDR
    Prints how many times as long one by the internal endpoint takes, which has to look at all
    mappings, as one by the external endpoint.
"""
import socket
import struct
import sys
import time

from genl import attr, connect, family_id, request

MAPPING_GET = 1
PROTO, INT_ADDR, INT_PORT, EXT_ADDR, EXT_PORT = 2, 4, 6, 7, 8


def least(sock, family, addr_kind, port_kind, addr):
    """Of ten tries, in seconds."""
    attrs = (attr(PROTO, bytes([socket.IPPROTO_UDP])) + attr(addr_kind, socket.inet_aton(addr)) +
             attr(port_kind, struct.pack("!H", 1)))
    times = []
    for _ in range(10):
        began = time.monotonic()
        request(sock, family, MAPPING_GET, attrs)
        times.append(time.monotonic() - began)
    return min(times)


def main():
    sock = connect()
    family = family_id(sock)
    print(int(least(sock, family, INT_ADDR, INT_PORT, sys.argv[2]) /
              least(sock, family, EXT_ADDR, EXT_PORT, sys.argv[1])))


main()
