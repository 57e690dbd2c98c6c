#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""As much of FTP as its data connections need (RFC 959).

ftp.py serve ADDR            on port 21, until killed
ftp.py fetch active|passive SERVER ADDR
    fetches a file from ADDR and prints it, then the address that the control connection
    and, in active mode, the data connection came from, as the server and the client saw them
"""
import socket
import sys

TIMEOUT = 8
FILE = b"the file\n"


def listen(addr, port):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((addr, port))
    s.listen(4)
    s.settimeout(TIMEOUT)
    return s


def endpoint(words):
    n = [int(w) for w in words.split(",")]
    return ".".join(map(str, n[:4])), n[4] << 8 | n[5]


def words(addr, port):
    return "%s,%d,%d" % (addr.replace(".", ","), port >> 8, port & 255)


def session(control, addr):
    lines = control.makefile("rw", newline="\r\n")

    def say(text):
        lines.write(text + "\n")
        lines.flush()

    waiting = target = None
    say("220 ready")
    for line in lines:
        verb, _, rest = line.strip().partition(" ")
        if verb == "PASV":
            waiting = listen(addr, 0)
            say("227 Entering Passive Mode (%s)." % words(addr, waiting.getsockname()[1]))
        elif verb == "PORT":
            target = endpoint(rest)
            say("200 PORT command successful")
        elif verb == "RETR":
            say("150 Here it comes")
            if waiting:
                data, peer = waiting.accept()
                if peer[0] != control.getpeername()[0]:
                    # as servers do, lest somebody else steal the file
                    say("425 Data from %s, not from %s" % (peer[0], control.getpeername()[0]))
                    data.close()
                    continue
            else:
                data = socket.create_connection(target, TIMEOUT, (addr, 0))
            data.sendall(FILE)
            data.close()
            say("226 Done: %s:%d" % control.getpeername())
        elif verb == "QUIT":
            say("221 Bye")
            return
        else:
            say("200 Fine")


def serve(addr):
    server = listen(addr, 21)
    server.settimeout(None)
    print("ready", flush=True)
    while True:
        control = server.accept()[0]
        control.settimeout(TIMEOUT)
        try:
            session(control, addr)
        except OSError as error:
            print(error, file=sys.stderr, flush=True)
        control.close()


def fetch(mode, server, addr):
    control = socket.create_connection((server, 21), TIMEOUT, (addr, 0))
    control.settimeout(TIMEOUT)
    lines = control.makefile("rw", newline="\r\n")

    def ask(text):
        if text:
            lines.write(text + "\n")
            lines.flush()
        answer = lines.readline().strip()
        if not answer[:1] in "12":
            sys.exit("%s: %s" % (text, answer))
        return answer

    ask("")
    ask("USER nobody")
    peer = None
    if mode == "passive":
        answer = ask("PASV")
        host, port = endpoint(answer[answer.index("(") + 1:answer.index(")")])
        data = socket.create_connection((host, port), TIMEOUT, (addr, 0))
        ask("RETR file")
    else:
        waiting = listen(addr, 0)
        ask("PORT " + words(addr, waiting.getsockname()[1]))
        ask("RETR file")
        data, peer = waiting.accept()
    data.settimeout(TIMEOUT)
    content = data.recv(100)
    seen = ask("").split(": ")[1]
    ask("QUIT")
    print(content.decode().strip())
    print(seen)
    if peer:
        print("%s:%d" % peer)


if len(sys.argv) == 3 and sys.argv[1] == "serve":
    serve(sys.argv[2])
elif len(sys.argv) == 5 and sys.argv[1] == "fetch":
    fetch(*sys.argv[2:])
else:
    sys.exit(__doc__)
