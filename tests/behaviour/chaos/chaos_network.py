"""What a program sees of a network that tests/behaviour/chaos/chaos_network makes: chaos_network.py MODE."""
import hashlib
import os
import select
import socket
import sys
import tempfile
import threading
import time

DATA = bytes(i * i % 251 for i in range(1 << 20))


def serve():
    """A server that answers each request with DATA, and ends the connection. Returns its address."""
    listener = socket.create_server(("127.0.0.1", 0))

    def answer(peer):
        with peer:
            peer.recv(100)
            try:
                peer.sendall(DATA)
            except OSError:
                pass

    def accept():
        while True:
            threading.Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()


def download(address, blocking):
    """Returns the bytes, the seconds, and the error."""
    start = time.monotonic()
    got = b""
    error = ""
    with socket.create_connection(address) as connection:
        connection.sendall(b"GET")
        connection.setblocking(blocking)
        try:
            while True:
                try:
                    piece = connection.recv(1 << 16)
                except BlockingIOError:
                    select.select([connection], [], [])
                    continue
                if not piece:
                    break
                got += piece
        except OSError as problem:
            error = type(problem).__name__
    return got, time.monotonic() - start, error


def show(got, seconds, error):
    right = hashlib.sha256(got).digest() == hashlib.sha256(DATA).digest()
    print(len(got), "right" if right else "part", round(seconds, 1), error)


def upload(blocking):
    """Send 1 MiB to a peer that reads: the calls, the bytes, the seconds."""
    listener = socket.create_server(("127.0.0.1", 0))
    got = []

    def take():
        peer = listener.accept()[0]
        while True:
            piece = peer.recv(1 << 20)
            if not piece:
                break
            got.append(len(piece))

    reader = threading.Thread(target=take)
    reader.start()
    start = time.monotonic()
    with socket.create_connection(listener.getsockname()) as connection:
        connection.setblocking(blocking)
        at = 0
        while at < len(DATA):
            try:
                at += connection.send(DATA[at:])
            except BlockingIOError:
                select.select([], [connection], [])
    seconds = time.monotonic() - start
    reader.join()
    print(sum(got), round(seconds, 1))


def datagrams():
    """1,000 datagrams: which came, in order of their coming."""
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one.bind(("127.0.0.1", 0))
    other.connect(one.getsockname())
    one.setblocking(False)
    got = []
    for number in range(1000):
        text = b"%d" % number
        if other.send(text) != len(text):
            print("short")
        try:
            while True:
                got.append(int(one.recv(100)))
        except BlockingIOError:
            pass
    digest = hashlib.sha256(repr(got).encode()).hexdigest()[:8]
    print(len(got), len(set(got)), got == sorted(got), digest)


def blocking_datagrams():
    """A receive that blocks goes on to the next datagram when one is lost."""
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one.bind(("127.0.0.1", 0))

    def send():
        for number in range(5):
            time.sleep(0.05)
            other.sendto(b"%d" % number, one.getsockname())

    threading.Thread(target=send).start()
    got = []
    try:
        while True:
            got.append(one.recv(100).decode())
    except TimeoutError:
        got.append("timeout")
    print(" ".join(got))


def nobody():
    """A datagram to a port that is closed: the receive fails with the error that came back."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed:
        closed.bind(("127.0.0.1", 0))
        address = closed.getsockname()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.connect(address)
        one.send(b"x")
        try:
            one.recv(10)
        except ConnectionRefusedError:
            print("refused")
        except TimeoutError:
            print("timeout")


def outage():
    """Connect every 50 ms for 2.5 s: how did it go, repetitions left out?"""
    address = serve()
    went = [" "]
    start = time.monotonic()
    while time.monotonic() < start + 2.5:
        try:
            socket.create_connection(address).close()
            now = "connected"
        except ConnectionRefusedError:
            now = "refused"
        if now != went[-1]:
            went.append(now)
        time.sleep(0.05)
    print(" ".join(went[1:]))


def hosts():
    """Connect to an address with a name, and to the same address without one."""
    port = serve()[1]
    if sys.argv[2:]:
        socket.getaddrinfo(sys.argv[2], port, socket.AF_INET, socket.SOCK_STREAM)
    try:
        socket.create_connection(("127.0.0.1", port)).close()
        print("connected")
    except OSError as problem:
        print(type(problem).__name__)


def two():
    """Two downloads at the same time: the seconds of the slower one."""
    address = serve()
    took = []
    threads = [threading.Thread(target=lambda: took.append(download(address, True)[1]))
               for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(round(max(took), 1))


def spliced(connection, pipe):
    moved = os.splice(connection.fileno(), pipe[1], 65536)
    left = moved
    while left:
        left -= len(os.read(pipe[0], left))
    return moved


def receives():
    """What each call that receives gets before it fails."""
    address = serve()
    pipe = os.pipe()
    calls = [
        lambda one: len(one.recv(50000, socket.MSG_WAITALL)),
        lambda one: len(one.recv(100000, socket.MSG_WAITALL)),
        lambda one: len(os.read(one.fileno(), 100000)),
        lambda one: os.readv(one.fileno(), [bytearray(1000), bytearray(99000)]),
        lambda one: len(one.recvmsg(100000)[0]),
        lambda one: len(one.recvfrom(100000)[0]),
    ]
    if hasattr(os, "splice"):
        calls.append(lambda one: spliced(one, pipe))
    went = set()
    for call in calls:
        got = 0
        with socket.create_connection(address) as connection:
            connection.sendall(b"GET")
            try:
                while True:
                    got += call(connection)
            except OSError as problem:
                went.add((got, type(problem).__name__))
    print(went)


def sends():
    """What each call that sends sends before it fails, and what comes."""
    with tempfile.TemporaryFile() as file:
        file.write(DATA)
        file.flush()
        calls = [
            lambda one, at: one.send(DATA[at:]),
            lambda one, at: os.write(one.fileno(), DATA[at:]),
            lambda one, at: os.writev(one.fileno(), [DATA[at:at + 10], DATA[at + 10:]]),
            lambda one, at: one.sendmsg([DATA[at:]]),
            lambda one, at: os.sendfile(one.fileno(), file.fileno(), at, len(DATA)),
        ]
        went = set()
        for call in calls:
            one, other = socket.socketpair()
            got = []
            reader = threading.Thread(target=lambda: got.append(len(read_all(other))))
            reader.start()
            sent = 0
            try:
                while True:
                    sent += call(one, sent)
            except OSError as problem:
                one.close()
                reader.join()
                went.add((sent, got[0], type(problem).__name__))
    print(went)


def read_all(connection):
    got = b""
    while piece := connection.recv(1 << 20):
        got += piece
    return got


def each_datagram():
    """Six datagrams by each call, and which of them came."""
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one.bind(("127.0.0.1", 0))
    one.setblocking(False)
    other.connect(one.getsockname())
    vector = bytearray(1)
    receives = [
        lambda: one.recv(9),
        lambda: os.read(one.fileno(), 9),
        lambda: (os.readv(one.fileno(), [vector]), bytes(vector))[1],
        lambda: one.recvmsg(9)[0],
        lambda: one.recvfrom(9)[0],
    ]
    sends = [
        other.send,
        lambda text: os.write(other.fileno(), text),
        lambda text: os.writev(other.fileno(), [text]),
        lambda text: other.sendmsg([text]),
    ]
    went = set()
    for receive in receives:
        for send in sends:
            got = ""
            for number in range(6):
                if send(b"%d" % number) != 1:
                    print("short")
            try:
                while True:
                    got += receive().decode()
            except BlockingIOError:
                went.add(got)
    print(went)


MODES = {
    "receives": receives,
    "sends": sends,
    "each-datagram": each_datagram,
    "download": lambda: show(*download(serve(), True)),
    "download-nonblocking": lambda: show(*download(serve(), False)),
    "upload": lambda: upload(True),
    "upload-nonblocking": lambda: upload(False),
    "datagrams": datagrams,
    "blocking-datagrams": blocking_datagrams,
    "nobody": nobody,
    "outage": outage,
    "hosts": hosts,
    "two": two,
}
MODES[sys.argv[1]]()
