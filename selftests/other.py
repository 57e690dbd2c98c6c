#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Flows of protocols other than UDP, TCP and ICMP, there and back.

other.py [PROTOCOL FROM-NETNS FROM-ADDR TO-NETNS TO-ADDR]...
    PROTOCOL: sctp, dccp (an association), udplite, or the number of one without a socket
    type of its own. For each a line: the source that the server saw, once the answer is back;
    else "none: REASON". All of them stay open to the end, so that later ones meet the
    earlier ones in the NAT's tables.
"""
import ctypes
import socket
import struct
import sys

TIMEOUT = 5
SCTP, UDPLITE, GRE, DCCP = 132, 136, 47, 33
SOCK_DCCP = 6
FROM, TO = 4000, 4001   # ports, where there are any
libc = ctypes.CDLL(None, use_errno=True)
servers = {}
open_ones = []


def open_socket(netns, addr, kind, proto, port):
    with open("/run/netns/" + netns, "rb") as ns:
        if libc.setns(ns.fileno(), 0):
            raise OSError(ctypes.get_errno(), "setns")
    family = socket.AF_INET6 if ":" in addr else socket.AF_INET
    s = socket.socket(family, kind, proto)
    s.settimeout(TIMEOUT)
    if proto == DCCP:
        # it ends by a reset, which its receiver remembers for minutes: that is the server
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((addr, port))
    return s


def server_of(netns, addr, kind, proto, port):
    key = netns, addr, proto
    if key not in servers:
        servers[key] = open_socket(netns, addr, kind, proto, port)
        if kind in (socket.SOCK_STREAM, SOCK_DCCP):
            servers[key].listen(8)
    return servers[key]


def association(kind, proto, netns, addr, to_netns, to_addr):
    server = server_of(to_netns, to_addr, kind, proto, TO)
    client = open_socket(netns, addr, kind, proto, FROM)
    open_ones.append(client)
    client.connect((to_addr, TO))
    peer, seen = server.accept()
    open_ones.append(peer)
    peer.settimeout(TIMEOUT)
    client.send(b"there")
    peer.send(peer.recv(100) + b" and back")
    answer = client.recv(100)
    if answer != b"there and back":
        raise OSError("wrong answer: %r" % answer)
    return seen[0]


def receive(s, wanted):
    """What is not wanted is of another flow. The whole packet comes where it is IPv4 and raw."""
    while True:
        data, peer = s.recvfrom(2000)
        if data.endswith(wanted):
            return peer


def datagram(kind, proto, port, netns, addr, to_netns, to_addr):
    server = server_of(to_netns, to_addr, kind, proto, port and TO)
    client = open_socket(netns, addr, kind, proto, port)
    open_ones.append(client)
    # a GRE header without options; to the others the same bytes mean nothing
    head = b"\0\0\x08\0" if proto == GRE else b"\0\0\0\7" * 2
    text = b"flow %d " % len(open_ones)
    client.sendto(head + text + b"there", (to_addr, port and TO))
    peer = receive(server, text + b"there")
    server.sendto(head + text + b"and back", peer)
    back = receive(client, text + b"and back")
    if back[0] != to_addr:
        raise OSError("the answer is from " + back[0])
    return peer[0]


def flow(proto, *where):
    if proto == "sctp":
        return association(socket.SOCK_STREAM, SCTP, *where)
    if proto == "dccp":
        return association(SOCK_DCCP, DCCP, *where)
    if proto == "udplite":
        return datagram(socket.SOCK_DGRAM, UDPLITE, FROM, *where)
    return datagram(socket.SOCK_RAW, int(proto), 0, *where)


words = sys.argv[1:]
for i in range(0, len(words), 5):
    try:
        print(flow(*words[i:i + 5]), flush=True)
    except OSError as error:
        print("none:", error, flush=True)
# those that have called first
for s in open_ones:
    s.close()
