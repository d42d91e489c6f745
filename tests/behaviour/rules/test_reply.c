/*
 * `reply`: a wait to receive ends when the other side owes an answer for so long, and only then: on a
 * connection that this process opened, after a connect and after a send, until something comes.
 */
#include "config.h"

#include "harness/ruled.h"
#include "harness/waiting.h"

#include <fcntl.h>
#include <sys/time.h>
#include <sys/uio.h>

static char buffer[64];

static ssize_t by_recv(int fd)
{
	return recv(fd, buffer, sizeof buffer, 0);
}

static ssize_t by_read(int fd)
{
	return read(fd, buffer, sizeof buffer);
}

static ssize_t by_recvmsg(int fd)
{
	struct iovec vector = {buffer, sizeof buffer};
	struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};

	return recvmsg(fd, &message, 0);
}

static ssize_t by_stdio(int fd)
{
	FILE *const stream = fdopen(fd, "r");
	const int c = getc(stream);

	return c == EOF ? -1 : 1;
}

static ssize_t by_wait(int fd, enum waiter waiter, int milliseconds)
{
	int n;

	make_nonblocking(fd, true);
	do
		n = wait_once(waiter, fd, milliseconds);
	while (n == 0);
	return n < 0 ? -1 : recv(fd, buffer, sizeof buffer, 0);
}

static ssize_t by_poll(int fd)
{
	return by_wait(fd, WAITER_POLL, -1);
}

static ssize_t by_select(int fd)
{
	return by_wait(fd, WAITER_SELECT, -1);
}

static ssize_t by_epoll(int fd)
{
	return by_wait(fd, WAITER_EPOLL_WAIT, -1);
}

static ssize_t by_slices(int fd)
{
	return by_wait(fd, WAITER_POLL, 50);
}

static ssize_t by_long_slices(int fd)
{
	return by_wait(fd, WAITER_POLL, SHORT_MS + 50);
}

static const struct {
	const char *name;
	ssize_t (*wait)(int fd);
} waits[] = {
	{"recv", by_recv},
	{"read", by_read},
	{"recvmsg", by_recvmsg},
	{"getc", by_stdio},
	{"poll", by_poll},
	{"select", by_select},
	{"epoll_wait", by_epoll},
	{"poll in slices", by_slices},
	{"poll in long slices", by_long_slices},
};

/* A connection: *peer gets the accepted end. */
static int opened(int number, int *peer)
{
	const bool local = number >= COUNT(waits);
	struct sockaddr_storage address = {.ss_family = local ? AF_UNIX : AF_INET};
	socklen_t length = local ? sizeof(sa_family_t) : sizeof(struct sockaddr_in);
	const int listener = socket(address.ss_family, SOCK_STREAM, 0);
	const int fd = socket(address.ss_family, SOCK_STREAM, 0);

	if (!local)
		*(struct sockaddr_in *)&address = loopback(0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, length), 0);
	length = sizeof address;
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &length), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, length), 0);
	*peer = accept(listener, NULL, NULL);
	ck_assert_int_ge(*peer, 0);
	ck_assert_int_eq(close(listener), 0);
	return fd;
}

/* The other side says something, which is received. */
static void hear(int fd, int peer)
{
	ck_assert_int_eq(send(peer, "x", 1, 0), 1);
	ck_assert_int_eq(recv(fd, buffer, 1, 0), 1);
}

static void say(int fd)
{
	ck_assert_int_eq(send(fd, "query", 5, 0), 5);
}

/* A wait of this kind ends by `reply`, not early. */
static void ends(int number, int fd)
{
	const double started = now_ms();
	const ssize_t n = waits[number % COUNT(waits)].wait(fd);

	ck_assert_msg(n == -1 && errno == ETIMEDOUT, "%s: %zd, %s",
		      waits[number % COUNT(waits)].name, n, strerror(errno));
	ck_assert_double_ge(now_ms() - started, SHORT_MS - 5);
	ck_in_time(started, SHORT_MS);
}

struct later {
	int peer;
};

static void *send_later(void *argument)
{
	const struct later *const later = argument;

	(void)poll(NULL, 0, 3 * SHORT_MS);
	return (void *)(intptr_t)send(later->peer, "x", 1, 0);
}

/* Such a wait goes on until something comes, long after the timeout. */
static void rests(int number, int fd, int peer)
{
	struct later later = {peer};
	pthread_t thread;
	ssize_t n;

	ck_assert_int_eq(pthread_create(&thread, NULL, send_later, &later), 0);
	n = waits[number % COUNT(waits)].wait(fd);
	ck_assert_msg(n == 1, "%s: %zd, %s", waits[number % COUNT(waits)].name, n,
		      strerror(errno));
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

/* Never greeted. */
static void greeting_each(int number)
{
	int peer;
	const int fd = opened(number, &peer);

	ends(number, fd);
}

static void query_each(int number)
{
	int peer;
	const int fd = opened(number, &peer);

	/* All within a tick of the kernel's clock. */
	hear(fd, peer);
	say(fd);
	hear(fd, peer);
	say(fd);
	ends(number, fd);
}

/* … over a duplicate of the descriptor. */
static void duplicate_each(int number)
{
	int peer, copy;
	const int fd = opened(number, &peer);

	copy = number % 2 == 0 ? dup(fd) : fcntl(fd, F_DUPFD, 100);
	ck_assert_int_eq(close(fd), 0);
	hear(copy, peer);
	say(copy);
	ends(number, copy);
}

static void idle_each(int number)
{
	int peer;
	const int fd = opened(number, &peer);

	hear(fd, peer);
	say(fd);
	hear(fd, peer);
	rests(number, fd, peer);
}

/* Half an answer is not what `reply` bounds. */
static void half_each(int number)
{
	int peer;
	const int fd = opened(number, &peer);

	hear(fd, peer);
	say(fd);
	ck_assert_int_eq(send(peer, "half", 4, 0), 4);
	ck_assert_int_eq(recv(fd, buffer, sizeof buffer, 0), 4);
	rests(number, fd, peer);
}

/* An accepted connection owes nothing, also after a send. */
static void accepted_each(int number)
{
	int peer;
	const int fd = opened(number, &peer);

	say(peer);
	rests(number, peer, fd);
}

static void *query_later(void *argument)
{
	const int *const fd = argument;

	(void)poll(NULL, 0, SHORT_MS / 2);
	return (void *)(intptr_t)send(*fd, "query", 5, 0);
}

/* Another thread sends while this one waits to receive. */
static void other_thread_each(int number)
{
	pthread_t thread;
	int peer, fd;

	fd = opened(number, &peer);
	hear(fd, peer);
	ck_assert_int_eq(pthread_create(&thread, NULL, query_later, &fd), 0);
	ends(number, fd);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

#define EACH(name, count, timeouts)                                                            \
	START_TEST(name)                                                                       \
	{                                                                                      \
		together(count, name##_each);                                                  \
		ck_assert_int_eq(timeouts_logged(), timeouts);                                 \
		if ((timeouts) != 0)                                                           \
			ck_assert_ptr_nonnull(strstr(log_text(), "timed out"));                \
	}                                                                                      \
	END_TEST

#define BOTH (2 * COUNT(waits))
EACH(greeting, BOTH, BOTH)
EACH(query, BOTH, BOTH)
EACH(duplicate, BOTH, BOTH)
EACH(idle, BOTH, 0)
EACH(half, BOTH, 0)
EACH(accepted, BOTH, 0)
EACH(other_thread, BOTH, BOTH)

/* `recv` and `reply` are separate; the earlier one ends the wait, and the log names it. */
START_TEST(earliest)
{
	int peer;
	const int fd = opened(0, &peer);
	const double started = now_ms();

	hear(fd, peer);
	say(fd);
	ck_failed(recv(fd, buffer, 1, 0), ETIMEDOUT);
	ck_assert_double_ge(now_ms() - started, SHORT_MS);
	ck_in_time(started, 3000);
	ck_assert_ptr_nonnull(strstr(log_text(), "SOCKTIMEOUT_RULES:1"));
}
END_TEST

#define REPLY(name)                                                                            \
	{                                                                                      \
#name, "op=accept timeout=1h", "reply=300ms", .test = &name                    \
	}
static const struct ruled cases[] = {
	REPLY(greeting),
	REPLY(query),
	REPLY(duplicate),
	REPLY(idle),
	REPLY(half),
	REPLY(accepted),
	REPLY(other_thread),
	{"a rule", "prog=* reply=300ms", "reply=1h", .test = &query},
	{"a rule without reply", "prog=* reply=off", "reply=300ms", .test = &idle},
	{"reply is earlier", "prog=* reply=300ms", "60s", .test = &earliest},
	{"recv is earlier", "prog=* timeout=300ms", "reply=60s", .test = &earliest},
};

int main(int argc, char **argv)
{
	return ruled_main(argc, argv, "reply", cases, COUNT(cases));
}
