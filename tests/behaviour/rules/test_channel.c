/*
 * A program's own channels, AF_UNIX socketpairs without names: no default timeout applies, in any
 * call; a rule with to=unix: applies.
 */
#include "config.h"

#include "harness/ruled.h"
#include "harness/waiting.h"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/time.h>
#include <sys/uio.h>

static char buffer[64];
static struct iovec vector[1] = {{buffer, sizeof buffer}};

static ssize_t do_read(int fd)
{
	return read(fd, buffer, sizeof buffer);
}

static ssize_t do_readv(int fd)
{
	return readv(fd, vector, 1);
}

static ssize_t do_recv(int fd)
{
	return recv(fd, buffer, sizeof buffer, 0);
}

static ssize_t do_recv_all(int fd)
{
	return recv(fd, buffer, sizeof buffer, MSG_WAITALL);
}

static ssize_t do_recvmsg(int fd)
{
	struct msghdr message = {.msg_iov = vector, .msg_iovlen = 1};

	return recvmsg(fd, &message, 0);
}

static ssize_t do_recvmmsg(int fd)
{
	struct mmsghdr message = {.msg_hdr = {.msg_iov = vector, .msg_iovlen = 1}};

	return recvmmsg(fd, &message, 1, 0, NULL);
}

static ssize_t do_splice_in(int fd)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	return splice(fd, NULL, ends[1], NULL, sizeof buffer, 0);
}

static ssize_t do_getc(int fd)
{
	return getc(fdopen(fd, "r"));
}

static ssize_t do_poll(int fd)
{
	return wait_once(WAITER_POLL, fd, -1) > 0 ? do_recv(fd) : -1;
}

static ssize_t do_select(int fd)
{
	return wait_once(WAITER_SELECT, fd, -1) > 0 ? do_recv(fd) : -1;
}

static ssize_t do_epoll(int fd)
{
	return wait_once(WAITER_EPOLL_WAIT, fd, -1) > 0 ? do_recv(fd) : -1;
}

static ssize_t do_write(int fd)
{
	return write(fd, buffer, sizeof buffer);
}

static ssize_t do_writev(int fd)
{
	return writev(fd, vector, 1);
}

static ssize_t do_send(int fd)
{
	return send(fd, buffer, sizeof buffer, 0);
}

static ssize_t do_sendmsg(int fd)
{
	struct msghdr message = {.msg_iov = vector, .msg_iovlen = 1};

	return sendmsg(fd, &message, 0);
}

static ssize_t do_sendfile(int fd)
{
	const int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	ck_assert_int_ge(file, 0);
	return sendfile(fd, file, NULL, sizeof buffer);
}

static ssize_t do_splice_out(int fd)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(write(ends[1], buffer, sizeof buffer), sizeof buffer);
	return splice(ends[0], NULL, fd, NULL, sizeof buffer, 0);
}

static const struct {
	const char *name;
	ssize_t (*call)(int fd);
	bool sends;
} calls[] = {
	{"read", do_read, false},
	{"readv", do_readv, false},
	{"recv", do_recv, false},
	{"recv MSG_WAITALL", do_recv_all, false},
	{"recvmsg", do_recvmsg, false},
	{"recvmmsg", do_recvmmsg, false},
	{"splice in", do_splice_in, false},
	{"getc", do_getc, false},
	{"poll", do_poll, false},
	{"select", do_select, false},
	{"epoll_wait", do_epoll, false},
	{"write", do_write, true},
	{"writev", do_writev, true},
	{"send", do_send, true},
	{"sendmsg", do_sendmsg, true},
	{"sendfile", do_sendfile, true},
	{"splice out", do_splice_out, true},
};

static void note(int number)
{
	(void)number;
}

static int channel(int number)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	if (calls[number].sends) {
		(void)fill(pair[0]);
		/* What fill leaves free is less than a page. */
		while (send(pair[0], buffer, sizeof buffer, MSG_DONTWAIT) > 0)
			;
	}
	return pair[0];
}

/* A signal ends the call, long after T. */
static void rests(int number)
{
	const struct sigaction action = {.sa_handler = note};
	const struct itimerval once = {{0, 0}, {0, 2 * SHORT_MS * 1000}};
	const int fd = channel(number);

	ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &once, NULL), 0);
	ck_assert_msg(calls[number].call(fd) == -1, "%s", calls[number].name);
	ck_assert_msg(errno == EINTR, "%s: %s", calls[number].name, strerror(errno));
}

static void ends(int number)
{
	const int fd = channel(number);
	const double started = now_ms();

	ck_timed_out(calls[number].call(fd), started);
}

START_TEST(rest)
{
	together(COUNT(calls), rests);
	ck_assert_int_eq(timeouts_logged(), 0);
}
END_TEST

START_TEST(end)
{
	together(COUNT(calls), ends);
	ck_assert_int_eq(timeouts_logged(), COUNT(calls));
}
END_TEST

static const struct ruled cases[] = {
	{.name = "SPEC",
	 .rules = "op=accept timeout=1h",
	 .spec = "300ms",
	 .native = true,
	 .test = &rest},
	{.name = "SPEC, wait",
	 .rules = "op=accept timeout=1h",
	 .spec = "300ms,wait=300ms,idle=300ms",
	 .test = &rest},
	{.name = "rules without to",
	 .rules = "prog=* timeout=300ms; prog=* idle=300ms",
	 .test = &rest},
	{.name = "rules for other names", .rules = "to=unix:* timeout=300ms", .test = &rest},
	{.name = "to=unix:",
	 .rules = "prog=* timeout=1ms; to=unix: timeout=300ms",
	 .test = &end},
};

int main(int argc, char **argv)
{
	return ruled_main(argc, argv, "own channels", cases, COUNT(cases));
}
