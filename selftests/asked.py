#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What a program is told that asks for a mapping over netlink.

asked.py ADDR PORT IFINDEX
    Prints the name of the error, or 0.
"""
import errno
import socket
import struct
import sys

from genl import attr, connect, family_id, request

MAPPING_ADD = 6
PROTO, INT_ADDR, INT_PORT, IFINDEX, LIFETIME = 2, 4, 6, 12, 21


def main():
    sock = connect()
    error = -request(sock, family_id(sock), MAPPING_ADD,
                     attr(PROTO, bytes([socket.IPPROTO_UDP])) +
                     attr(INT_ADDR, socket.inet_aton(sys.argv[1])) +
                     attr(INT_PORT, struct.pack("!H", int(sys.argv[2]))) +
                     attr(IFINDEX, struct.pack("=I", int(sys.argv[3]))) +
                     attr(LIFETIME, struct.pack("=I", 600)))
    print(errno.errorcode.get(error, error))


main()
