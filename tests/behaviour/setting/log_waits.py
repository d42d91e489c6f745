"""Waits in vain in every way there is, once each: log_waits.py KIND... (tests/behaviour/setting/log_kinds)."""

import ctypes
import errno
import os
import select
import socket
import struct
import sys

libc = ctypes.CDLL(None, use_errno=True)
libc.fdopen.restype = ctypes.c_void_p
libc.gethostbyname.restype = ctypes.c_void_p
libc.fgets.restype = ctypes.c_void_p
kept = []


def keep(*things):
    kept.extend(things)
    return things[0]


def tcp():
    """A socket that is connected to one that neither sends nor receives."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        return keep(client, listener.accept()[0])


def full(one):
    """Nothing more goes out of it, of AF_UNIX: not a byte."""
    one.setblocking(False)
    for size in 1 << 16, 1:
        try:
            while True:
                one.send(bytes(size))
        except BlockingIOError:
            pass
    one.setblocking(True)
    return one


def pair():
    """A socketpair with a name, which is no channel of the program's own."""
    one, other = socket.socketpair()
    one.bind("")
    return keep(one, other)


def named():
    """As tcp(), of AF_UNIX."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("")
        listener.listen()
        client = keep(socket.socket(socket.AF_UNIX))
        client.connect(listener.getsockname())
        return keep(client, listener.accept()[0])


def sender():
    return full(pair())


def listener():
    return keep(socket.create_server(("127.0.0.1", 0)))


def unanswered(family=socket.AF_INET):
    """The address of a listener that takes no more connections."""
    one = keep(socket.socket(family))
    one.bind(("127.0.0.1", 0) if family == socket.AF_INET else "")
    one.listen(0)
    for _ in range(3):
        client = keep(socket.socket(family))
        client.setblocking(False)
        client.connect_ex(one.getsockname())
    return one.getsockname()


def fails(call, *arguments):
    """A function of libc, which gives -1, or nothing."""
    ctypes.set_errno(0)
    assert call(*arguments) in (-1, 0, None, 0xFFFFFFFF)
    assert ctypes.get_errno() == errno.ETIMEDOUT, ctypes.get_errno()


def raises(call, *arguments):
    try:
        call(*arguments)
    except TimeoutError:
        return
    raise AssertionError("it has not failed")


def buffers(size=8):
    buffer = keep(ctypes.create_string_buffer(size))
    vector = keep(struct.pack("@PN", ctypes.addressof(buffer), size))
    return vector


def messages():
    vector = keep(ctypes.create_string_buffer(buffers()))
    # struct mmsghdr: the struct msghdr and a length.
    return keep(
        ctypes.create_string_buffer(
            struct.pack("@PIPNPNiI", 0, 0, ctypes.addressof(vector), 1, 0, 0, 0, 0) + bytes(8)
        )
    )


def stream(one, mode):
    return ctypes.c_void_p(libc.fdopen(one.detach(), mode))


def writes(call, *arguments):
    """What is put into a stream goes out with the flush at the latest."""
    one = stream(sender(), b"w")
    call(*(one if argument is stream else argument for argument in arguments))
    if call is not libc.fprintf:
        libc.fflush(one)
    assert ctypes.get_errno() == errno.ETIMEDOUT


def told(one):
    """The wait has reported it: now it fails."""
    raises(one.recv, 1)


def polls(events, make=tcp, timeout=None):
    one = make()
    poll = select.poll()
    poll.register(one, events)
    assert poll.poll(timeout)[0][0] == one.fileno()
    told(one)


def connects(family=socket.AF_INET):
    one = keep(socket.socket(family))
    one.setblocking(False)
    assert one.connect_ex(unanswered(family)) == errno.EINPROGRESS
    return one


def selects(one):
    assert select.select([one], [], [])[0]
    told(one)


def epolls(one):
    with select.epoll() as epoll:
        epoll.register(one, select.EPOLLIN)
        assert epoll.poll()
    told(one)


def waits(call, one, *more):
    """ppoll, pselect, …: with memory of the program's own."""
    assert call(*more) == 1, ctypes.get_errno()
    told(one)


def ppoll():
    one = tcp()
    waits(libc.ppoll, one, keep(struct.pack("@ihh", one.fileno(), select.POLLIN, 0)), 1, None, None)


def pselect():
    one = tcp()
    bits = ctypes.create_string_buffer((1 << one.fileno()).to_bytes(128, sys.byteorder))
    waits(libc.pselect, one, one.fileno() + 1, bits, None, None, None, None)


def epoll_pwait():
    one = tcp()
    with select.epoll() as epoll:
        epoll.register(one, select.EPOLLIN)
        waits(libc.epoll_pwait, one, epoll.fileno(), bytes(12), 1, -1, None)


def splice_in():
    raises(os.splice, pair().fileno(), os.pipe()[1], 1)


def splice_out():
    source, sink = os.pipe()
    os.write(sink, b"x")
    raises(os.splice, source, sender().fileno(), 1)


def own_timeout(one, option, call, *arguments):
    """The program's own is longer: a rule enforces another."""
    one.setsockopt(socket.SOL_SOCKET, option, struct.pack("@ll", 30, 0))
    raises(call, *arguments)


def recv_enforced():
    one = tcp()
    own_timeout(one, socket.SO_RCVTIMEO, one.recv, 1)


def idle():
    one = tcp()
    assert select.select([one], [], [], 30)[0]
    told(one)


def lookup_fails(number):
    assert number == socket.EAI_AGAIN
    assert ctypes.get_errno() == errno.ETIMEDOUT


def resolves():
    ctypes.set_errno(0)
    lookup_fails(libc.getaddrinfo(b"name.test", None, None, ctypes.byref(ctypes.c_void_p())))


def datagram(call, *arguments):
    one = keep(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    one.connect(("127.0.0.1", 9))
    return call(one, *arguments)


BULK = bytes(1 << 24)
KINDS = {
    "connect": lambda: raises(keep(socket.socket()).connect, unanswered()),
    "connect unix": lambda: raises(
        keep(socket.socket(socket.AF_UNIX)).connect, unanswered(socket.AF_UNIX)
    ),
    "accept": lambda: fails(libc.accept, listener().fileno(), None, None),
    "accept4": lambda: raises(listener().accept),
    "recv": lambda: raises(tcp().recv, 1),
    "recv unix": lambda: raises(pair().recv, 1),
    "recv datagram": lambda: raises(datagram, socket.socket.recv, 1),
    "recvfrom": lambda: raises(tcp().recvfrom, 1),
    "recvmsg": lambda: raises(tcp().recvmsg, 1),
    "recvmmsg": lambda: fails(libc.recvmmsg, tcp().fileno(), messages(), 1, 0, None),
    "read": lambda: raises(os.read, tcp().fileno(), 1),
    "readv": lambda: fails(libc.readv, tcp().fileno(), buffers(), 1),
    "splice in": splice_in,
    "send": lambda: raises(sender().send, b"x"),
    "send some": lambda: tcp().send(BULK),
    "sendto": lambda: fails(libc.sendto, sender().fileno(), b"x", 1, 0, None, 0),
    "sendmsg": lambda: raises(sender().sendmsg, [b"x"]),
    "sendmmsg": lambda: fails(libc.sendmmsg, sender().fileno(), messages(), 1, 0),
    "write": lambda: raises(os.write, sender().fileno(), b"x"),
    "writev": lambda: fails(libc.writev, sender().fileno(), buffers(), 1),
    "sendfile": lambda: raises(
        os.sendfile, sender().fileno(), os.open(__file__, os.O_RDONLY), 0, 1
    ),
    "splice out": splice_out,
    "poll": lambda: polls(select.POLLIN),
    "poll out": lambda: polls(select.POLLOUT, lambda: full(named())),
    "poll connect": lambda: polls(select.POLLOUT, connects),
    "ppoll": ppoll,
    "select": lambda: selects(tcp()),
    "pselect": pselect,
    "epoll_wait": lambda: epolls(tcp()),
    "epoll_pwait": epoll_pwait,
    "getaddrinfo": resolves,
    "gethostbyname": lambda: fails(libc.gethostbyname, b"name.test"),
    "getc": lambda: fails(libc.getc, stream(tcp(), b"r")),
    "fgets": lambda: fails(libc.fgets, ctypes.create_string_buffer(8), 8, stream(tcp(), b"r")),
    "fread": lambda: fails(libc.fread, ctypes.create_string_buffer(8), 1, 8, stream(tcp(), b"r")),
    "fscanf": lambda: fails(
        libc.fscanf, stream(tcp(), b"r"), b"%d", ctypes.byref(ctypes.c_int())
    ),
    "fflush": lambda: writes(libc.fputs, b"text", stream),
    "fwrite": lambda: writes(libc.fwrite, BULK, 1, 1 << 20, stream),
    "dprintf": lambda: fails(libc.dprintf, sender().fileno(), b"text"),
    "recv enforced": recv_enforced,
    "poll enforced": lambda: polls(select.POLLIN, tcp, 30000),
    "idle": idle,
    "deepbind": lambda: ctypes.CDLL("libutil.so.1", mode=os.RTLD_NOW | os.RTLD_DEEPBIND),
}

if __name__ == "__main__":
    for kind in sys.argv[1:]:
        try:
            KINDS[kind]()
        except Exception as error:
            raise AssertionError(kind) from error
