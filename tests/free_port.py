#!/usr/bin/env python3
"""Prints a free TCP port of 127.0.0.1, for a server that cannot be asked to take any port.

The port is below 32768. The kernel gives larger ones to programs that ask for any port, so no test that runs at the
same time gets this port by chance; and the counters name this port (--suggest).
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
