"""A program whose log is looked at: does what its arguments say (tests/behaviour/setting/log)."""

import ctypes
import os
import select
import socket
import sys


def undumpable():
    libc = ctypes.CDLL(None)
    assert libc.prctl(4, 0, 0, 0, 0) == 0  # PR_SET_DUMPABLE


def wait():
    """Nothing comes: poll says ready after the timeout, and recv tells."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        server = listener.accept()[0]
        poll = select.poll()
        poll.register(client, select.POLLIN)
        assert poll.poll()[0][0] == client.fileno()
        try:
            client.recv(1)
            raise AssertionError("it has not failed")
        except TimeoutError:
            server.close()


def deepbind():
    ctypes.CDLL("libutil.so.1", mode=os.RTLD_NOW | os.RTLD_DEEPBIND)


def missing():
    for name in "no such library", "$ORIGIN/none":
        try:
            ctypes.CDLL(name)
            raise AssertionError("it is there")
        except OSError as error:
            assert name in str(error)


def calls():
    a, b = socket.socketpair()
    a.setblocking(False)
    try:
        a.recv(10, socket.MSG_PEEK)
        raise AssertionError("there is something")
    except BlockingIOError:
        pass
    a.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    assert a.sendmsg([b"12", b"345"]) == 5
    assert b.recv(10) == b"12345"
    socket.getaddrinfo("localhost", None)
    a.close()
    b.close()
    assert os.dup(socket.socket().detach()) > 2


for kind in sys.argv[1:]:
    {
        "undumpable": undumpable,
        "wait": wait,
        "deepbind": deepbind,
        "missing": missing,
        "calls": calls,
    }[kind]()
