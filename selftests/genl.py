# SPDX-License-Identifier: GPL-2.0
"""Generic netlink by hand, for requests that the tool does not make."""
import socket
import struct
import sys

NETLINK_GENERIC, GENL_ID_CTRL = 16, 16
CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME = 3, 1, 2
NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP, NLM_F_DUMP_INTR = 1, 4, 0x300, 0x10
NLMSG_ERROR, NLMSG_DONE = 2, 3


def connect():
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
    sock.settimeout(10)
    sock.bind((0, 0))
    return sock


def attr(kind, data):
    return struct.pack("=HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)


def ask(sock, family, command, flags, attrs=b""):
    payload = struct.pack("=BBH", command, 1, 0) + attrs
    sock.send(struct.pack("=IHHII", 16 + len(payload), family, NLM_F_REQUEST | flags, 1, 0) +
              payload)


def messages(buf):
    while buf:
        size, kind, flags = struct.unpack_from("=IHH", buf)
        yield kind, flags, buf[16:size]
        buf = buf[(size + 3) & ~3:]


def request(sock, family, command, attrs):
    """0, or what the kernel refuses it with."""
    ask(sock, family, command, NLM_F_ACK, attrs)
    while True:
        for kind, _, body in messages(sock.recv(65536)):
            if kind == NLMSG_ERROR:
                return struct.unpack_from("=i", body)[0]


def family_id(sock):
    ask(sock, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0, attr(CTRL_ATTR_FAMILY_NAME, b"fullcone\0"))
    kind, _, body = next(messages(sock.recv(65536)))
    if kind == NLMSG_ERROR:
        sys.exit("no family fullcone")
    attrs = body[4:]
    while attrs:
        size, kind = struct.unpack_from("=HH", attrs)
        if kind == CTRL_ATTR_FAMILY_ID:
            return struct.unpack_from("=H", attrs, 4)[0]
        attrs = attrs[(size + 3) & ~3:]
    sys.exit("no number of the family")
