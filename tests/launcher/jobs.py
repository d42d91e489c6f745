"""socktimeout --fail between a command and what signals it: kill(2), a terminal, a shell's jobs.

Started by tests/launcher/fail with the launcher as the argument. Every wait here ends when what it
waits for has happened, or fails after GENEROUS seconds.
"""
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time

LAUNCHER = sys.argv[1]
GENEROUS = 60

# Tells of each signal that it gets, by its number; ends with 5 after SIGUSR2.
TELLER = r"""
import os, signal, sys
numbers = signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP, signal.SIGCONT, signal.SIGTSTP,
                                    signal.SIGTTIN, signal.SIGTTOU}
signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
print("ready", flush=True)
while True:
    got = signal.sigwaitinfo(numbers)
    if got.si_signo == signal.SIGUSR2:
        sys.exit(5)
    print("got", int(got.si_signo), flush=True)
"""


def launched(*command, **options):
    # In a group of its own, with a parent in the session: in an orphaned one (where this runs under
    # setsid) the kernel discards SIGTSTP (kernel/signal.c: get_signal).
    return subprocess.Popen([LAUNCHER, "--fail", "5s", *command], stdout=subprocess.PIPE, text=True,
                            process_group=0, **options)


def told(process, expected):
    line = process.stdout.readline().strip()
    assert line == expected, f"{line!r}, not {expected!r}"


def state(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        return file.read().rpartition(")")[2].split()[0]


def becomes(pid, wanted):
    end = time.monotonic() + GENEROUS
    while state(pid) not in wanted:
        assert time.monotonic() < end, f"{pid} is {state(pid)}, not {wanted}"
        time.sleep(0.005)


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(child) for child in file.read().split()]


def test_each_signal():
    process = launched(sys.executable, "-c", TELLER)
    told(process, "ready")
    passed = signal.valid_signals() - {
        signal.SIGKILL, signal.SIGSTOP, signal.SIGCONT, signal.SIGTSTP, signal.SIGTTIN,
        signal.SIGTTOU, signal.SIGUSR2}
    for number in sorted(passed):
        os.kill(process.pid, number)
        told(process, f"got {int(number)}")
    os.kill(process.pid, signal.SIGUSR2)
    assert process.wait(GENEROUS) == 5
    assert process.stdout.read() == ""


def test_end_by_signal():
    for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT,
                   signal.SIGRTMIN):
        pid = os.posix_spawn(LAUNCHER, [LAUNCHER, "--fail", "5s", "sh", "-c",
                                        f"ulimit -c 0; kill -{int(number)} $$"], os.environ)
        status = os.waitpid(pid, 0)[1]
        assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == number, (number, status)
        assert not os.WCOREDUMP(status), number


def test_what_is_inherited():
    """The same process group, mask and dispositions as without --fail."""
    program = ("grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status; cut -d' ' -f5 /proc/$$/stat; "
               "ls /proc/$$/fd")

    def prepare():
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGALRM})

    outputs = [subprocess.run([LAUNCHER, *options, "5s", "sh", "-c", program], check=True,
                              stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
                              preexec_fn=prepare).stdout for options in ([], ["--fail"])]
    assert outputs[0] == outputs[1], outputs


def test_stop_and_continue():
    process = launched(sys.executable, "-c", TELLER)
    told(process, "ready")
    child, = children(process.pid)
    # The child alone is stopped: the launcher stops as well. What continues it is passed on.
    for number in (signal.SIGSTOP, signal.SIGTSTP):
        os.kill(child, number)
        stopped = os.waitpid(process.pid, os.WUNTRACED)[1]
        assert os.WIFSTOPPED(stopped) and os.WSTOPSIG(stopped) == number, stopped
        assert state(child) == "T"
        os.kill(process.pid, signal.SIGCONT)
        becomes(child, "SR")
        becomes(process.pid, "SR")
    os.kill(process.pid, signal.SIGTSTP)
    assert os.WIFSTOPPED(os.waitpid(process.pid, os.WUNTRACED)[1])
    assert state(child) == "T"
    os.kill(process.pid, signal.SIGCONT)
    os.kill(process.pid, signal.SIGUSR2)
    assert process.wait(GENEROUS) == 5


class Terminal:
    """bash, interactive, on a terminal of its own that does not echo."""

    def __init__(self):
        pid, self.fd = pty.fork()
        if pid == 0:
            os.environ.update(PS1="prompt> ", TERM="dumb", HISTFILE="")
            os.execvp("bash", ["bash", "--norc", "--noprofile", "--noediting", "-i"])
        self.pid = pid
        self.said = ""
        self.expect("prompt> ")
        self.send("stty -echo\n")
        self.expect("prompt> ")

    def send(self, text):
        os.write(self.fd, text.encode())

    def expect(self, pattern):
        """Wait for the pattern, and give away everything to its end."""
        end = time.monotonic() + GENEROUS
        while not (found := re.search(pattern, self.said)):
            ready = select.select([self.fd], [], [], max(0, end - time.monotonic()))[0]
            assert ready, f"no {pattern!r} in {self.said!r}"
            self.said += os.read(self.fd, 4096).decode()
        before, self.said = self.said[:found.end()], self.said[found.end():]
        return before

    def run(self, command):
        """A command that ends, or goes to the background; what it says."""
        self.send(command + "\n")
        return self.expect("prompt> ")

    def job(self, command):
        """Start it in the background under the launcher; the launcher's process."""
        said = self.run(f"'{LAUNCHER}' --fail 5s {command} &\necho 'pid='$!")
        said = said if "pid=" in said else self.expect("prompt> ")
        return int(re.search("pid=([0-9]+)", said)[1])

    def foreground(self):
        """Continue the only job, until the terminal is its own."""
        job, = children(self.pid)
        self.send("fg\n")
        end = time.monotonic() + GENEROUS
        while os.tcgetpgrp(self.fd) != os.getpgid(job) or state(job) == "T":
            assert time.monotonic() < end, "no job in the foreground"
            time.sleep(0.005)

    def close(self):
        self.send("exit\n")
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def test_keyboard():
    """^C and ^\\ come once, ^Z stops the job, fg and bg continue it, and its status is seen."""
    terminal = Terminal()
    program = os.path.join(os.environ["TMPDIR"], "teller.py")
    with open(program, "w", encoding="ascii") as file:
        file.write(TELLER)
    terminal.send(f"'{LAUNCHER}' --fail 5s '{sys.executable}' '{program}'\n")
    terminal.expect("ready")
    terminal.send("\x03")
    terminal.expect("got 2\r")
    terminal.send("\x1c")
    assert "got 2\r" not in terminal.expect("got 3\r"), "^C came twice"
    terminal.send("\x1a")
    assert "got" not in terminal.expect("Stopped"), "^\\ came twice"
    terminal.expect("prompt> ")
    terminal.foreground()
    terminal.send("\x03")
    terminal.expect("got 2\r")
    terminal.send("\x1a")
    terminal.expect("Stopped")
    terminal.expect("prompt> ")
    terminal.run("bg")
    assert "Running" in terminal.run("jobs")
    terminal.send("kill -USR2 $(jobs -p); wait $(jobs -p); echo 'status='$?\n")
    terminal.expect("status=5")
    terminal.close()
    os.unlink(program)


def test_input():
    """A job in the background that reads the terminal stops; in the foreground it reads."""
    terminal = Terminal()
    pid = terminal.job("cat")
    becomes(pid, "T")
    terminal.foreground()
    terminal.send("a line\n")
    terminal.expect("a line\r")
    terminal.send("\x04")
    terminal.expect("prompt> ")
    terminal.close()


def test_interrupt():
    """What ^C kills looks to the shell as if it had started it itself."""
    terminal = Terminal()
    pid = terminal.job("sleep 1000")
    terminal.foreground()
    terminal.send("\x03")
    terminal.expect("prompt> ")
    assert "status=130" in terminal.run("echo 'status='$?")
    terminal.close()


# Started in the background by a shell without job control they are ignored, and what is ignored at
# its start no shell restores (POSIX, trap).
for name in ("SIGINT", "SIGQUIT"):
    signal.signal(getattr(signal, name), signal.SIG_DFL)
for name, test in list(globals().items()):
    if name.startswith("test_"):
        test()
        print(name)
