"""Runs log_waits.py by SPEC and by rules, with the log in each of its forms, and compares: log_kinds.py
SCHEMA, in namespaces of its own (tests/behaviour/setting/log_kinds)."""

import fcntl
import json
import os
import re
import socket
import struct
import subprocess
import sys
import tempfile

import jsonschema
import log_waits

JOURNAL = "/run/systemd/journal/socket"
# What differs between two runs of a program; ports and abstract names are the kernel's choice.
OF_THE_RUN = re.compile("time|pid|tid|elapsed|progress|.*_port|.*_abstract")
# What text has no room for: the end that is less telling, and what the rest implies.
NOT_IN_TEXT = {"time", "event", "tid", "timeout"}
# Each has a timeout, and the operation whose it is.
ALWAYS = {"call", "operation", "elapsed", "timeout"}

connects = ["connect", "connect unix", "poll connect"]
accepts = ["accept", "accept4"]
datagrams = ["recv datagram"]
lookups = ["getaddrinfo", "gethostbyname"]
sends = """send, send some, sendto, sendmsg, sendmmsg, write, writev, sendfile, splice out, poll out,
fflush, fwrite, dprintf""".replace("\n", " ").split(", ")
apart = ["recv enforced", "poll enforced", "idle", "deepbind"]
named = connects + accepts + datagrams + lookups + sends + apart
receives = [kind for kind in log_waits.KINDS if kind not in named]
all_kinds = receives + connects + accepts + datagrams + lookups + sends
waits = [kind for kind in receives if re.match("p?poll|p?select|epoll", kind)] + ["poll out"]

RULES = "SOCKTIMEOUT_RULES"
BY_OPERATION = """op=connect timeout=40ms # the first line
op=accept timeout=30ms; op=recv,type=SOCK_DGRAM timeout=50ms
op=send timeout=45ms
op=resolve timeout=55ms
op=recv timeout=35ms"""
# What is set, of which {file} is a policy file with that text; and the kinds by the lines of rules.
SCENARIOS = [
    ({"SOCKTIMEOUT": "40ms"}, "", {"": all_kinds + ["deepbind"]}),
    (
        {RULES: BY_OPERATION},
        "",
        {
            f"{RULES}:1": connects,
            f"{RULES}:2": accepts + datagrams,
            f"{RULES}:3": sends,
            f"{RULES}:4": lookups,
            f"{RULES}:5": receives,
        },
    ),
    # The file is the second source, or the only one; and SPEC where no rule speaks of a call.
    (
        {"SOCKTIMEOUT": "40ms", RULES: "op=send timeout=45ms"},
        "\n# a comment\nop=recv,type=SOCK_DGRAM timeout=50ms\n",
        {f"{RULES}:1": ["send"], "{file}:3": datagrams, "": ["recv"]},
    ),
    ({}, "\nop=wait timeout=45ms\n", {"{file}:2": waits}),
    # The kernel does not tell whom a socket is being connected to; the library remembers.
    (
        {"SOCKTIMEOUT": "40ms"},
        "op=send enforce\nto=127.0.0.0/8 timeout=45ms\nop=recv timeout=35ms",
        {"{file}:2": ["connect", "poll connect", "recv", "poll", "getc"], "{file}:3": ["recv unix"]},
    ),
    # The timeout is SPEC's, and that it holds is the rule's.
    (
        {"SOCKTIMEOUT": "40ms", RULES: "op=recv enforce"},
        "",
        {f"{RULES}:1": ["recv enforced", "poll enforced"]},
    ),
    ({RULES: "prog=* idle=80ms"}, "", {f"{RULES}:1": ["idle"]}),
    # Faults, which are told of and do not happen.
    (
        {
            RULES: "op=recv delay=1ms,error=EIO\nop=resolve error=EAI_FAIL\nprog=* timeout=40ms",
            "SOCKTIMEOUT_DRY_RUN": "1",
            "SOCKTIMEOUT_SEED": "7",
        },
        "",
        {f"{RULES}:3": ["recv", "getaddrinfo"]},
    ),
]


def start(settings, kinds, **more):
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("SOCKTIMEOUT")
    }
    environment.update(settings, **more)
    environment["LD_PRELOAD"] = os.environ["SOCKTIMEOUT_TEST_LIBRARY"]
    return subprocess.Popen([sys.executable, "-B", log_waits.__file__, *kinds], env=environment)


def entry(datagram):
    """An entry of the journal: its fields (systemd.io/JOURNAL_NATIVE_PROTOCOL)."""
    fields = {}
    while datagram:
        name, _, rest = datagram.partition(b"\n")
        if b"=" in name:
            name, _, value = name.partition(b"=")
            datagram = rest
        else:
            (length,) = struct.unpack("<Q", rest[:8])
            value, datagram = rest[8 : 8 + length], rest[9 + length :]
        assert name.decode() not in fields, name
        fields[name.decode()] = value.decode()
    return fields


def entries_of(journal):
    journal.setblocking(False)
    try:
        while True:
            yield entry(journal.recv(65536))
    except BlockingIOError:
        pass


def run(settings, kinds, journal):
    """The lines of JSON and of text, and the entries of the journal."""
    with tempfile.TemporaryDirectory() as directory:
        paths = {form: f"{directory}/{form}" for form in ("json", "text")}
        children = [start(settings, kinds, SOCKTIMEOUT_LOG="journal")]
        for form, path in paths.items():
            children.append(
                start(settings, kinds, SOCKTIMEOUT_LOG=path, SOCKTIMEOUT_LOG_FORMAT=form)
            )
        assert [child.wait(60) for child in children] == [0, 0, 0]
        lines = []
        for path in paths.values():
            with open(path, encoding="utf-8") as log:
                lines.append(log.read().splitlines())
    return *lines, list(entries_of(journal))


def value_pattern(name, value):
    """A value of that field, in another run."""
    if name.endswith("_port") or name == "progress":
        return "[0-9]+"
    if name == "elapsed":
        return r"[0-9]+\.[0-9]{3}"
    return "[0-9a-f]+" if name.endswith("_abstract") else re.escape(value)


class Shown:
    """A record's fields as text would show them; notes which it has been asked for."""

    def __init__(self, record):
        self.record, self.seen = record, set()

    def __call__(self, before, name, after=""):
        self.seen.add(name)
        if name not in self.record:
            return ""
        return before + value_pattern(name, self.record[name]) + after

    def end(self, which):
        """An address, and nothing of an end without one."""
        fields = [f"{which}_{part}" for part in ("address", "port", "path", "abstract")]
        self.seen.update(fields)
        if fields[0] in self.record:
            return self(", ", fields[0], ":") + self("", fields[1])
        return self(", ", fields[2]) + self(", @", fields[3])


def text_of(record):
    """The line of text of the same event in another run: an expression; and what it does not show."""
    shown = Shown(record)
    line = shown("", "call") + r"\("
    line += shown("", "lookup") + shown("", "path") + shown("", "fd")
    line += shown(", ", "family") + shown(", ", "type") + shown(", ", "protocol")
    line += (shown.end("peer") or shown.end("local")) + r"\)"
    if any(name.startswith("peer_") for name in record):
        shown.end("local")
    if record["event"] == "timeout":
        line += shown(" timed out after ", "elapsed", " s")
        if re.match("e?p?(poll|select)", record["call"]):
            line += shown(r" \(", "operation", r"\)")
        line += shown(" by ", "rule")
        line += shown(", second wait of ", "slice", " s for a silent socket")
        line += shown(", ", "progress", " done")
    elif record["event"] == "fault":
        line += ": would be " if "dry_run" in record else ": "
        line += shown("", "action") + shown(" by ", "rule") + shown(", count ", "count")
        line += shown(", seed ", "seed")
        shown.seen.update(("dry_run", "elapsed"))
    elif record["event"] == "deepbind":
        line += " without RTLD_DEEPBIND, so that what it loads is bounded too"
    # Another call than that of a wait tells by itself which operation it is.
    return line, set(record) - shown.seen - NOT_IN_TEXT - {"program", "pid", "operation"}


def check_text(record, line):
    expression, missing = text_of(record)
    assert not missing, (missing, line)
    head = rf"socktimeout: {re.escape(record['program'])}\[[0-9]+\]: "
    assert re.fullmatch(head + expression, line), (head + expression, line)


def check_journal(record, fields):
    expected = {f"SOCKTIMEOUT_{name.upper()}": name for name in record}
    for name in "time", "program", "pid":
        del expected[f"SOCKTIMEOUT_{name.upper()}"]
    assert fields.pop("SYSLOG_IDENTIFIER") == record["program"]
    assert fields.pop("SYSLOG_FACILITY") == "1"
    assert fields.pop("PRIORITY") == {"deepbind": "5"}.get(record["event"], "4")
    message = fields.pop("MESSAGE")
    assert re.fullmatch("socktimeout: " + text_of(record)[0], message), message
    assert set(fields) == set(expected), (set(fields) ^ set(expected), record)
    for own, name in expected.items():
        assert OF_THE_RUN.fullmatch(name) or fields[own] == record[name], (own, fields, record)


def check_json(validator, line):
    validator.validate(json.loads(line))
    # As it stands there: the journal has the same digits.
    record = json.loads(line, parse_float=str, parse_int=str)
    return {
        name: "true" if value is True else value
        for name, value in record.items()
    }


def check_fields(record, rule):
    event = record["event"]
    if event == "timeout":
        assert ALWAYS <= set(record), record
        assert record.get("rule", "") == rule, (record, rule)
        assert float(record["elapsed"]) >= float(record["timeout"]), record
        socket_fields = {"fd", "family", "type", "protocol"}
        wanted = {"lookup"} if record["operation"] == "resolve" else socket_fields
        assert wanted <= set(record), record


def check(validator, journal, settings, rules):
    kinds = [(kind, rule) for rule, kinds in rules.items() for kind in kinds]
    names = [kind for kind, _ in kinds]
    objects, lines, entries = run(settings, names, journal)
    records = [check_json(validator, line) for line in objects]
    assert len(records) == len(lines) == len(entries), lines
    for record, line, fields in zip(records, lines, entries):
        check_text(record, line)
        check_journal(record, fields)
    # One for each kind, but for the faults.
    told = [record for record in records if record["event"] != "fault"]
    assert len(told) == len(kinds), (lines, names)
    for record, (_, rule) in zip(told, kinds):
        check_fields(record, rule)
    return len(records)


def make_room():
    """In the queue of a socket for all that one program logs."""
    with open("/proc/sys/net/unix/max_dgram_qlen", "w", encoding="ascii") as file:
        file.write("100")


def bring_up_loopback():
    with socket.socket() as one:
        fcntl.ioctl(one, 0x8914, struct.pack("16sH14x", b"lo", 0x1))  # SIOCSIFFLAGS, IFF_UP


def main(schema_path):
    with open(schema_path, encoding="utf-8") as file:
        schema = json.load(file)
    validator = jsonschema.validators.validator_for(schema)(schema)
    bring_up_loopback()
    make_room()
    os.makedirs(os.path.dirname(JOURNAL))
    journal = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    journal.bind(JOURNAL)
    unasked = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    unasked.bind(("127.0.0.11", 53))
    for settings, text, rules in SCENARIOS:
        with tempfile.NamedTemporaryFile("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            number = check(
                validator,
                journal,
                dict(settings, SOCKTIMEOUT_CONFIG=file.name if text else ""),
                {rule.format(file=file.name): kinds for rule, kinds in rules.items()},
            )
        print(f"{number} records: {settings}")
    unasked.close()
    journal.close()


main(*sys.argv[1:])
