#!/usr/bin/env python3
"""Prints a free TCP port of 127.0.0.1, for a server that cannot choose a free port itself (port 0).

The port is below 32768. The kernel gives larger ports to programs that ask for port 0, so no other test gets this
port, except, rarely, one that also calls free_port. The counters show ports below 32768 one by one (--suggest).
"""
import contextlib
import random
import socket


def free_port():
    while True:
        port = random.randrange(10000, 32768)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


if __name__ == "__main__":
    print(free_port())
