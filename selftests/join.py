#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A member of every group of generic netlink that takes one.

join.py
    Joins, says "joined", and when standard input ends prints how many messages have come.
"""
import sys

from genl import connect

SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, GROUPS = 270, 1, 31


def main():
    sock = connect()
    for group in range(1, GROUPS + 1):
        try:
            sock.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group)
        except PermissionError:
            pass
    print("joined", flush=True)
    sys.stdin.read()
    sock.setblocking(False)
    count = 0
    try:
        while True:
            count += b"\xc0\xa8\x01\x01" in sock.recv(65536)
    except BlockingIOError:
        print(count)


main()
