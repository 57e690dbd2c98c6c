#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Profiles that come and go.

many_profiles.py N ADDR IFINDEX
    Makes a profile, a static mapping of ADDR with it, out of the interface, and takes both
    away again, N times, each profile by another name and each IPv6 address in another /64.
    Prints how often that worked.
"""
import socket
import struct
import sys

from genl import attr, connect, family_id, request

PROFILE_SET, MAPPING_ADD, MAPPING_DEL, PROFILE_DEL = 4, 6, 7, 9
PROFILE_NAME, PROFILE_IP6 = 1, 39
PROTO, INT_ADDR, INT_PORT, IFINDEX, PROFILE = 2, 4, 6, 12, 13


def main():
    count, addr, ifindex = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    ip6 = ":" in addr
    packed = socket.inet_pton(socket.AF_INET6 if ip6 else socket.AF_INET, addr)
    sock = connect()
    family = family_id(sock)
    for i in range(count):
        if ip6:
            packed = packed[:6] + struct.pack("!H", i + 1) + packed[8:]
        endpoint = (attr(PROTO, bytes([socket.IPPROTO_UDP])) + attr(INT_ADDR, packed) +
                    attr(INT_PORT, struct.pack("!H", 7777)))
        name = b"many%d\0" % i
        errors = [
            request(sock, family, PROFILE_SET,
                    attr(PROFILE_NAME, name) + attr(PROFILE_IP6, bytes([ip6]))),
            request(sock, family, MAPPING_ADD,
                    endpoint + attr(IFINDEX, struct.pack("=I", ifindex)) + attr(PROFILE, name)),
            request(sock, family, MAPPING_DEL, endpoint),
            request(sock, family, PROFILE_DEL, attr(PROFILE_NAME, name)),
        ]
        if any(errors):
            print(i, "then", *errors)
            return
    print(count)


main()
