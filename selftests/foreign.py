#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Requests with attributes that they have no use for.

foreign.py HEADER
    Sends each request of the family once with each attribute that the header has for any of its
    kind, and prints those that take one they should refuse, or refuse one they should take.
"""
import re
import socket
import struct
import sys

from genl import NLM_F_DUMP, NLMSG_ERROR, ask, connect, family_id, messages

SOL_NETLINK, NETLINK_EXT_ACK = 270, 11
NLM_F_ACK_TLVS, NLM_F_CAPPED, NLMSGERR_ATTR_MSG = 0x200, 0x100, 1

ENDPOINTS = "PROTO ZONE INT_ADDR INT_PORT EXT_ADDR EXT_PORT IFINDEX PROFILE"
FILTER = ENDPOINTS + " FAMILY INT_PREFIX_LEN STATE"
REQUESTS = [    # command, dump, kind of attributes, those that it takes
    ("MAPPING_GET", False, "MAPPING", FILTER),
    ("MAPPING_GET", True, "MAPPING", FILTER),
    ("MAPPING_FLUSH", False, "MAPPING", FILTER + " ALL STATIC"),
    ("MAPPING_ADD", False, "MAPPING", ENDPOINTS + " LIFETIME EXACT PARITY REMOTES"),
    ("MAPPING_DEL", False, "MAPPING", FILTER),
    ("ADOPT", False, "MAPPING", ""),
    ("BLOCK_GET", False, "MAPPING", "INT_ADDR EXT_ADDR EXT_PORT PROFILE"),
    ("PROFILE_GET", False, "PROFILE", "NAME"),
    ("PROFILE_GET", True, "PROFILE", ""),
    ("PROFILE_DEL", False, "PROFILE", "NAME"),
    ("STATS_GET", False, "STATS", ""),
    ("STATS_GET", True, "STATS", ""),
]
SAYS_FOREIGN = ("Unsupported attribute", "Unknown attribute type", "a dump is of all profiles")
# Older kernels do not pass on why a dump is not begun.
WORDLESS = ("PROFILE_GET", True)


def enum(text, prefix):
    names = re.search(r"%sUNSPEC,(.*?)__%sMAX" % (prefix, prefix), text, re.S).group(1)
    return {n: i for i, n in enumerate(re.findall(prefix + r"(\w+),", names), 1)}


def refusal(sock, family, command, dump, attr):
    """What the kernel says to the request; None if it is not refused."""
    ask(sock, family, command, NLM_F_DUMP if dump else 4, struct.pack("=HH4s", 8, attr, b"x"))
    said = None
    while True:
        for kind, flags, body in messages(sock.recv(65536)):
            if kind == NLMSG_ERROR and struct.unpack_from("=i", body)[0]:
                size = struct.unpack_from("=I", body, 4)[0]
                tlvs = body[20 if flags & NLM_F_CAPPED else 4 + (size + 3 & ~3):]
                said = ""
                while flags & NLM_F_ACK_TLVS and tlvs:
                    size, kind = struct.unpack_from("=HH", tlvs)
                    if kind == NLMSGERR_ATTR_MSG:
                        said = tlvs[4:size - 1].decode()
                    tlvs = tlvs[size + 3 & ~3:]
                return said
            if kind in (NLMSG_ERROR, 3):
                return said


def main():
    with open(sys.argv[1], encoding="ascii") as header:
        text = header.read()
    sock = connect()
    sock.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)
    family = family_id(sock)
    commands = enum(text, "FULLCONE_CMD_")
    for command, dump, kind, takes in REQUESTS:
        for name, attr in enum(text, f"FULLCONE_{kind}_A_").items():
            said = refusal(sock, family, commands[command], dump, attr)
            foreign = said is not None and (said.startswith(SAYS_FOREIGN) or
                                            (not said and (command, dump) == WORDLESS))
            if foreign == (name in takes.split()):
                print(command, "dump" if dump else "do", name, said)


main()
