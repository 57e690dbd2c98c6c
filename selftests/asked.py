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

from genl import NLMSG_ERROR, ask, connect, family_id, messages

MAPPING_ADD = 6
PROTO, INT_ADDR, INT_PORT, IFINDEX, LIFETIME = 2, 4, 6, 12, 21
NLM_F_ACK = 4


def attr(kind, data):
    return struct.pack("=HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)


def main():
    sock = connect()
    ask(sock, family_id(sock), MAPPING_ADD, NLM_F_ACK,
        attr(PROTO, bytes([socket.IPPROTO_UDP])) +
        attr(INT_ADDR, socket.inet_aton(sys.argv[1])) +
        attr(INT_PORT, struct.pack("!H", int(sys.argv[2]))) +
        attr(IFINDEX, struct.pack("=I", int(sys.argv[3]))) +
        attr(LIFETIME, struct.pack("=I", 600)))
    while True:
        for kind, _, body in messages(sock.recv(65536)):
            if kind == NLMSG_ERROR:
                error = -struct.unpack_from("=i", body)[0]
                print(errno.errorcode.get(error, error))
                return


main()
