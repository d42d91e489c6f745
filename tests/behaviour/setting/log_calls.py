"""Every wrapped call is printed at the log level `call` (tests/behaviour/setting/log).

log_calls.py call NAME...: calls each of these functions once, without waiting, with a call of dup(2)
before each and at the end, to be known by.
log_calls.py check LOG NAME...: that this has been logged as text.
"""

import ctypes
import re
import sys

libc = ctypes.CDLL(None)
POINTER = ctypes.c_void_p
libc.__res_state.restype = POINTER
buffer = ctypes.create_string_buffer(4096)
zeros = ctypes.create_string_buffer(64)
pointer = ctypes.byref(POINTER())
number = ctypes.byref(ctypes.c_int())
# A va_list without arguments in registers, or on the stack (System V ABI, x86-64).
no_arguments = ctypes.byref((ctypes.c_long * 4)(48 << 32 | 48, 0, 0, 0))
LOOPBACK = b"\x7f\0\0\1"
QUESTION = (b"x.", 1, 1, buffer, 0)


def thread():
    started = ctypes.c_ulong()
    libc.pthread_create(ctypes.byref(started), None, libc.pause, None)
    return started


def formatted(name):
    """dprintf and its kind."""
    several, checked = re.fullmatch("(?:__)?(v?)dprintf(_chk)?", name).groups()
    return (-1, *([1] if checked else []), b"q", *([no_arguments] if several else []))


def resolver(name):
    state = [POINTER(libc.__res_state())] if name.startswith("res_n") else []
    kind = name.replace("res_n", "res_")
    if kind == "res_send":
        return *state, zeros, 12, buffer, 0
    return (*state, b"x", b"", *QUESTION[1:]) if kind == "res_querydomain" else (*state, *QUESTION)


# The arguments of a function whose name is matched; of the others a descriptor that is none.
ARGUMENTS = [
    (".*printf.*", formatted),
    ("res_.*", resolver),
    ("getaddrinfo", lambda _: (b"127.0.0.1", None, None, pointer)),
    ("getnameinfo", lambda _: (zeros, 16, None, 0, None, 0, 0)),
    ("gethostbyname", lambda _: (b"127.0.0.1",)),
    ("gethostbyname2", lambda _: (b"127.0.0.1", 2)),
    ("gethostbyaddr", lambda _: (LOOPBACK, 4, 2)),
    ("gethostbyname_r", lambda _: (b"127.0.0.1", zeros, buffer, 4096, pointer, number)),
    ("gethostbyname2_r", lambda _: (b"127.0.0.1", 2, zeros, buffer, 4096, pointer, number)),
    ("gethostbyaddr_r", lambda _: (LOOPBACK, 4, 2, zeros, buffer, 4096, pointer, number)),
    ("dlopen", lambda _: (b"libutil.so.1", 2)),
    ("dlmopen", lambda _: (0, b"libutil.so.1", 2)),
    ("pthread_cancel", lambda _: (thread(),)),
    ("prctl", lambda _: (3, 0, 0, 0, 0)),
    ("close_range", lambda _: (9999, 9999, 0)),
    ("closefrom", lambda _: (9999,)),
    ("socket|socketpair", lambda _: (-1, 1, 0, buffer)),
    ("(__)?poll(_chk)?", lambda _: (buffer, 0, 0, 8)),
    ("(__)?ppoll(_chk)?", lambda _: (buffer, 0, zeros, None, 8)),
    ("p?select", lambda _: (0, None, None, None, zeros, None)),
    ("sigaction", lambda _: (10, None, None)),
    ("(sysv_)?signal|sigset", lambda _: (-1, POINTER(1))),
    ("siginterrupt", lambda _: (10, 0)),
    ("fdopen", lambda _: (0, b"r")),
    (".*", lambda _: (-1, 0, 0, 0, 0, 0, 0)),
]


def arguments(name):
    for pattern, make in ARGUMENTS:
        if re.fullmatch(pattern, name):
            return make(name)
    raise AssertionError(name)


def call(*names):
    for index, name in enumerate(names):
        given = arguments(name)
        libc.dup(-2 - index)
        getattr(libc, name)(*given)
    libc.dup(-2 - len(names))


def check(path, *names):
    with open(path, encoding="utf-8", errors="replace") as log:
        # dup(-1) is one that is named.
        parts = re.split(r".*: dup\(-(?!1\))[0-9]+\) = .*\n", log.read())
    assert len(parts) == len(names) + 2, (len(parts), len(names))
    missing = [
        (name, part)
        for name, part in zip(names, parts[1:])
        # A checked call is printed as the one that it checks.
        if f": {name}(" not in part and f": {name[2:-4]}(" not in part
    ]
    assert not missing, missing


{"call": call, "check": check}[sys.argv[1]](*sys.argv[2:])
