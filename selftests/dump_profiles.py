#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A dump of the profiles that is read in pieces.

dump_profiles.py [COMMAND [ARGUMENT...]]
    Asks for all profiles, runs COMMAND before it reads the answer, and prints how many
    messages and buffers that had, and "interrupted" or "whole" (NLM_F_DUMP_INTR).
    The kernel fills the first buffer when it is asked, and each further one when the one
    before it is read.
"""
import subprocess
import sys

from genl import NLM_F_DUMP, NLM_F_DUMP_INTR, NLMSG_DONE, NLMSG_ERROR
from genl import ask, connect, family_id, messages

FULLCONE_CMD_PROFILE_GET = 3


def main():
    sock = connect()
    family = family_id(sock)
    ask(sock, family, FULLCONE_CMD_PROFILE_GET, NLM_F_DUMP)
    if sys.argv[1:]:
        subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
    count, buffers, interrupted, done = 0, 0, False, False
    while not done:
        buffers += 1
        for kind, flags, _ in messages(sock.recv(65536)):
            interrupted |= bool(flags & NLM_F_DUMP_INTR)
            done |= kind in (NLMSG_DONE, NLMSG_ERROR)
            count += kind == family
    print(count, buffers, "interrupted" if interrupted else "whole")


main()
