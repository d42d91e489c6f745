"""What Python's socket module, the reference client, does under the library.

Run by tests/behaviour/setting/python in three modes, of which SOCKTIMEOUT_TEST_MODE tells: native, long
and short (harness.h).
"""

import errno
import os
import signal
import socket
import threading
import time
import unittest

SHORT = os.environ["SOCKTIMEOUT_TEST_MODE"] == "short"
SECONDS = 0.3  # of the short timeout
LATE = 10


def tcp_pair():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        return client, listener.accept()[0]


def wait_until_blocked(thread_id):
    """Wait until a thread sleeps in a system call, of which poll and recvfrom are the ones here."""
    end = time.monotonic() + LATE
    while time.monotonic() < end:
        with open(f"/proc/self/task/{thread_id}/syscall", encoding="ascii") as file:
            if file.read().split()[0] in ("7", "45", "271"):
                return
        time.sleep(0.001)
    raise AssertionError("the thread does not wait")


class Reference(unittest.TestCase):
    def setUp(self):
        self.client, self.server = tcp_pair()
        self.addCleanup(self.client.close)
        self.addCleanup(self.server.close)

    def assert_times_out(self, function, *arguments):
        started = time.monotonic()
        with self.assertRaises(TimeoutError) as caught:
            function(*arguments)
        took = time.monotonic() - started
        self.assertEqual(caught.exception.errno, errno.ETIMEDOUT)
        self.assertIs(socket.timeout, TimeoutError)
        self.assertGreaterEqual(took, SECONDS)
        self.assertLess(took, SECONDS + LATE)

    def test_answered(self):
        threading.Timer(0.05, self.server.sendall, (b"hello",)).start()
        self.assertEqual(self.client.recv(100), b"hello")
        threading.Timer(0.05, self.server.close).start()
        self.assertEqual(self.client.recv(100), b"")

    def test_much(self):
        much = os.urandom(1 << 20) * 16
        received = []

        def receive():
            with self.server.makefile("rb") as file:
                received.append(file.read())

        reader = threading.Thread(target=receive)
        reader.start()
        self.client.sendall(much)
        self.client.shutdown(socket.SHUT_WR)
        reader.join()
        self.assertEqual(received, [much])

    @unittest.skipUnless(SHORT, "waits for ever")
    def test_silent(self):
        self.assert_times_out(self.client.recv, 1)
        self.assert_times_out(self.client.recv_into, bytearray(1))
        self.assert_times_out(self.client.makefile("rb", buffering=0).read, 1)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.assert_times_out(listener.accept)
        # The connection is as good as before.
        self.server.sendall(b"x")
        self.assertEqual(self.client.recv(1), b"x")

    def test_own_timeout(self):
        """Python's own timeouts, shorter and longer than ours, are what they are."""
        for seconds in (0.05, 2 * SECONDS):
            self.client.settimeout(seconds)
            started = time.monotonic()
            with self.assertRaises(TimeoutError) as caught:
                self.client.recv(1)
            self.assertGreaterEqual(time.monotonic() - started, seconds)
            # Not the kernel's, but Python's own.
            self.assertIsNone(caught.exception.errno)
        self.client.setblocking(False)
        with self.assertRaises(BlockingIOError):
            self.client.recv(1)

    @unittest.skipUnless(os.uname().machine == "x86_64", "numbers of system calls")
    def test_interrupted(self):
        """Ctrl-C ends a recv; a handler that does not raise lets it go on (PEP 475)."""
        main = threading.get_native_id()
        handled = []

        def interrupt():
            wait_until_blocked(main)
            os.kill(os.getpid(), signal.SIGUSR1)
            while not handled:
                time.sleep(0.001)
            wait_until_blocked(main)
            os.kill(os.getpid(), signal.SIGINT)

        signal.signal(signal.SIGUSR1, lambda *_: handled.append(True))
        # A shell without job control has it ignored in what it starts in the background.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        other = threading.Thread(target=interrupt)
        other.start()
        with self.assertRaises(KeyboardInterrupt):
            while True:
                try:
                    self.client.recv(1)
                except TimeoutError:
                    # In the short mode, on a machine that is busy.
                    self.assertTrue(SHORT)
        other.join()
        self.assertEqual(handled, [True])


if __name__ == "__main__":
    unittest.main()
