"""What the tests of bounding from outside share: peers on the loopback interface that misbehave, the
victims, and how results are told.

Started by make check in the top build directory. No wait may end early, or more than a second after the
latest time that is promised; what is late runs once more. Nothing here outlives LIFETIME seconds.
"""
import errno
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

LAUNCHER = os.path.abspath("src/launcher/socktimeout")
HERE = pathlib.Path(__file__).resolve().parent
LATE = 1.0
LIFETIME = 600

for name in ("SOCKTIMEOUT", "SOCKTIMEOUT_LOG", "SOCKTIMEOUT_RULES", "SOCKTIMEOUT_STATS", "LD_PRELOAD"):
    os.environ.pop(name, None)
os.environ["SOCKTIMEOUT_CONFIG"] = ""
os.environ["LC_ALL"] = "C"

work = pathlib.Path(tempfile.mkdtemp())
work.chmod(0o755)
passed = failed = 0


def check(what, good, *details):
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
        print("FAIL:", what, *details, flush=True)
    return good


def finish():
    shutil.rmtree(work, ignore_errors=True)
    print(f"{passed} passed, {failed} failed", flush=True)
    os._exit(1 if failed else 0)


def compile_victim(name, *command):
    """The path of the victim made by that compiler and those options; None where it cannot be made."""
    path = work / name
    made = subprocess.run([*command, "-O1", "-w", "-pthread", str(HERE / "victim.c"), "-o", str(path)],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if made.returncode == 0 and subprocess.run([str(path)]).returncode == 2:
        return str(path)
    print(f"no {name} victim: not tested")
    return None


def victims():
    compiler = os.environ.get("CC", "gcc").split()
    all_of_them = {"static": compile_victim("static", *compiler, "-static")}
    if shutil.which("musl-gcc"):
        all_of_them["musl"] = compile_victim("musl", "musl-gcc")
        all_of_them["musl-static"] = compile_victim("musl-static", "musl-gcc", "-static")
    else:
        print("no musl-gcc: not tested")
    # Debian has the kernel's headers of one machine only.
    headers = subprocess.run([*compiler, "-print-multiarch"], stdout=subprocess.PIPE, text=True)
    all_of_them["i386"] = compile_victim("i386", *compiler, "-m32", "-static",
                                         "-idirafter", "/usr/include/" + headers.stdout.strip())
    return {name: path for name, path in all_of_them.items() if path}


class Peer:
    """A server on a port of its own: behave(connection) runs in a thread for each connection."""

    def __init__(self, behave, backlog=1024):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen(backlog)
        self.port = self.socket.getsockname()[1]
        self.behave = behave
        self.connections = []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            connection = self.socket.accept()[0]
            self.connections.append(connection)
            threading.Thread(target=self.attend, args=(connection,), daemon=True).start()

    def attend(self, connection):
        try:
            self.behave(connection)
        except OSError:
            pass


def drain(connection):
    while connection.recv(1 << 16):
        pass


def answer_half(connection):
    connection.recv(1 << 16)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
    drain(connection)


def answer_slowly(connection, count=6):
    """An answer that takes its time: a byte a second."""
    connection.recv(1 << 16)
    for _ in range(count):
        connection.sendall(b"x")
        time.sleep(1)
    connection.close()


def answer_at_once(connection):
    while connection.recv(1 << 16):
        connection.sendall(b"!")


def silent():
    return Peer(drain)


def half():
    return Peer(answer_half)


def never_reading():
    return Peer(lambda connection: None)


class BlackHole:
    """A port that does not answer: the queue of connections is full, so SYNs are dropped."""

    def __init__(self):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen(0)
        self.port = self.socket.getsockname()[1]
        self.filling = []
        for _ in range(4):
            fill = socket.socket()
            fill.setblocking(False)
            try:
                fill.connect(("127.0.0.1", self.port))
            except BlockingIOError:
                pass
            self.filling.append(fill)


class QuietUdp:
    """A UDP port that does not answer."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]


class Run:
    """A finished command."""

    def __init__(self, *command, timeout=60, **options):
        self.again = lambda: Run(*command, timeout=timeout, **again)
        again = dict(options)
        begun = time.monotonic()
        process = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, stdin=options.pop("stdin", subprocess.DEVNULL),
                                 text=True, timeout=timeout, **options)
        self.elapsed = time.monotonic() - begun
        self.status, self.out, self.err = process.returncode, process.stdout, process.stderr

    def lines(self):
        """The victim's lines: mode, result, errno, seconds."""
        found = []
        for line in self.out.splitlines():
            words = line.split()
            if len(words) == 4:
                found.append((words[0], int(words[1]), int(words[2]), int(words[3]) / 1000))
        return found

    def __repr__(self):
        return f"status {self.status}, out {self.out!r}, err {self.err!r}"


def bounded(spec, *command, options=(), **more):
    return Run(LAUNCHER, "--log=stderr", *options, spec, *command, **more)


def seconds_of_last_line(run):
    lines = run.lines()
    return lines[-1][3] if lines else 0


def within(run, least, seconds=seconds_of_last_line):
    """Not early, whatever the machine does, and not late: T + T/4 is promised. A run that is late is made
    once more."""
    latest = least * 1.25 + LATE
    took = seconds(run)
    if took > latest:
        took = seconds(run.again())
        print(f"late, and once more {took} s: {run}", file=sys.stderr, flush=True)
    return least - 0.0015 <= took <= latest


def elapsed(run):
    return run.elapsed


def state_of(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        return file.read().rpartition(")")[2].split()[0]


def wait_for(condition, what):
    """Until the condition holds."""
    end = time.monotonic() + 60
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"{what}: has not come")
        time.sleep(0.005)


def blocked_in(pid, *numbers):
    """Whether the process sleeps in one of these system calls."""
    try:
        with open(f"/proc/{pid}/syscall", encoding="ascii") as file:
            return file.read().split()[0] in [str(number) for number in numbers]
    except OSError:
        return False


_watchdog = threading.Timer(LIFETIME, lambda: os._exit(3))
_watchdog.daemon = True
_watchdog.start()
