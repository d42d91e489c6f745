/*
 * What the program bounds itself stays as it is: O_NONBLOCK, MSG_DONTWAIT and SO_SNDTIMEO, with
 * their partial counts, their EAGAIN and their time, shorter and longer than ours.
 */
#include "config.h"

#include "harness/transmit.h"

/* The program's own timeouts; ours is between them in the short mode. */
#define OWN_SHORT_MS 100
#define OWN_LONG_MS  (2 * SHORT_MS)

static void own_pair(int family, int pair[2])
{
	stream_pair(family, pair);
	for (int i = 0; i < 2; i++) {
		set_option(pair[i], SOL_SOCKET, SO_SNDBUF, 32768);
		set_option(pair[i], SOL_SOCKET, SO_RCVBUF, 32768);
	}
}

static void check_arrived(int pair[2], size_t sent)
{
	struct reader reader = {.fd = pair[1]};

	ck_assert_int_eq(close(pair[0]), 0);
	reader_drain(&reader);
	ck_assert_uint_eq(reader.received, sent);
	ck_assert(!reader.wrong);
	ck_assert_int_eq(close(pair[1]), 0);
}

/* Sends until there is nothing left to count, every call within that many milliseconds. */
static size_t until_refused(const struct method *method, int fd, double least, double most)
{
	size_t sent = 0;

	for (int round = 0;; round++) {
		const double started = now_ms();
		ssize_t n;
		double took;

		errno = EXDEV;
		n = method->send(fd, pattern + sent, PATTERN_SIZE / 2);
		ck_assert_int_eq(errno, n > 0 ? EXDEV : EAGAIN);
		took = now_ms() - started;
		ck_assert_msg(took >= least, "%s: %.0f ms", method->name, took);
		ck_assert_msg(took < most, LATE "%s: %.0f ms", method->name, took);
		ck_assert_int_ne(n, 0);
		ck_assert(n > 0 || round > 0);
		if (n < 0)
			return sent;
		sent += (size_t)n;
		/* TCP may find room for a little more, whoever asks. */
		ck_assert_uint_lt(sent, MIB);
	}
}

BEHAVIOUR_TEST(nonblocking, ALL)
{
	for (size_t i = 0; i < 2 * method_count; i++) {
		size_t sent;
		int pair[2];

		own_pair(i % 2 == 0 ? AF_INET : AF_UNIX, pair);
		make_nonblocking(pair[0], true);
		sent = until_refused(&methods[i / 2], pair[0], 0, LATE_MS);
		check_arrived(pair, sent);
	}
}

/* The other way round too: blocking again, it blocks again, and is bounded again. */
BEHAVIOUR_TEST(blocking_again, ALL)
{
	for (size_t i = 0; i < method_count; i++) {
		struct reader reader = {.fd = -1};
		size_t sent;
		int pair[2];

		own_pair(i % 2 == 0 ? AF_INET : AF_UNIX, pair);
		make_nonblocking(pair[0], true);
		sent = until_refused(&methods[i], pair[0], 0, LATE_MS);
		make_nonblocking(pair[0], false);
		if (mode() == MODE_SHORT) {
			const double started = now_ms();
			const ssize_t n = methods[i].send(pair[0], pattern + sent, MIB);

			ck_assert_double_ge(now_ms() - started, SHORT_MS);
			ck_in_time(started, SHORT_MS);
			ck_assert(n > 0 || errno == ETIMEDOUT);
			check_arrived(pair, sent + (n > 0 ? (size_t)n : 0));
		} else {
			reader.fd = pair[1];
			reader_start(&reader);
			ck_assert_int_eq(methods[i].send(pair[0], pattern + sent, MIB), MIB);
			ck_assert_int_eq(close(pair[0]), 0);
			reader_finish(&reader, sent + MIB);
		}
	}
}

BEHAVIOUR_TEST(dontwait, ALL)
{
	static char byte;

	for (int f = 0; f < 2; f++) {
		struct iovec vector = {pattern, 4 * MIB};
		struct mmsghdr message = {.msg_hdr = {.msg_iov = &vector, .msg_iovlen = 1}};
		const double started = now_ms();
		ssize_t n;
		int pair[2];

		own_pair(f == 0 ? AF_INET : AF_UNIX, pair);
		errno = EXDEV;
		n = send(pair[0], pattern, 4 * MIB, MSG_DONTWAIT);
		ck_assert(n > 0 && n < (ssize_t)(4 * MIB));
		ck_assert_int_eq(errno, EXDEV);
		(void)fill(pair[0]);
		if (f == 1) {
			ck_failed(send(pair[0], &byte, 1, MSG_DONTWAIT), EAGAIN);
			ck_failed(sendto(pair[0], &byte, 1, MSG_DONTWAIT, NULL, 0), EAGAIN);
			ck_failed(sendmsg(pair[0], &message.msg_hdr, MSG_DONTWAIT), EAGAIN);
			ck_failed(sendmmsg(pair[0], &message, 1, MSG_DONTWAIT), EAGAIN);
		}
		ck_in_time(started, 0);
	}
}

/* Shorter and longer than ours: the errno and the time are its own. */
static void own_timeout(unsigned int own, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t sent;
		int pair[2];

		own_pair(i % 2 == 0 ? AF_INET : AF_UNIX, pair);
		set_send_timeout(pair[0], own);
		/* The kernel rounds up to jiffies, but counts from the last tick. */
		sent = until_refused(&methods[i], pair[0], own - 10.0, (double)own + LATE_MS);
		check_arrived(pair, sent);
	}
}

BEHAVIOUR_TEST(own_shorter, ALL)
{
	own_timeout(OWN_SHORT_MS, method_count);
}

/* Natively no call waits, though getsockopt tells the same as of no timer. */
BEHAVIOUR_TEST(own_negative, ALL)
{
	const struct timeval past = {.tv_sec = -1};
	int pair[2];
	char bytes[4096] = {0};

	own_pair(AF_INET, pair);
	ck_assert_int_eq(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &past, sizeof past), 0);
	ck_assert_int_eq(setsockopt(pair[0], SOL_SOCKET, SO_SNDTIMEO, &past, sizeof past), 0);
	ck_failed(recv(pair[0], bytes, 1, 0), EAGAIN);
	while (send(pair[0], bytes, sizeof bytes, 0) > 0)
		;
	ck_assert_int_eq(errno, EAGAIN);
}

BEHAVIOUR_TEST(own_longer, SHORT)
{
	own_timeout(OWN_LONG_MS, 2);
}

struct once {
	int fd;
	size_t amount;
	unsigned int after_ms;
};

/* Makes room once. */
static void *read_once(void *argument)
{
	const struct once *once = argument;
	const double then = now_ms() + once->after_ms;
	char *buffer = malloc(once->amount);

	ck_assert_ptr_nonnull(buffer);
	while (now_ms() < then)
		(void)usleep(1000);
	ck_assert_int_gt(recv(once->fd, buffer, once->amount, 0), 0);
	free(buffer);
	return NULL;
}

/* TCP's is for the whole call (net/ipv4/tcp.c: tcp_sendmsg_locked), though there was room in the
 * middle of it; not twice as long, because the library made two calls of it. */
BEHAVIOUR_TEST(own_once, NATIVE | LONG)
{
	const unsigned int own = 1000;

	for (size_t i = 0; i < 5; i += 4) {
		struct once once = {.amount = 30000, .after_ms = own / 3};
		pthread_t thread;
		double started, took;
		int pair[2];
		pid_t id;

		own_pair(AF_INET, pair);
		set_send_timeout(pair[0], own);
		once.fd = pair[1];
		thread = background(&id, read_once, &once);
		started = now_ms();
		ck_assert_int_gt(methods[i].send(pair[0], pattern, PATTERN_SIZE), 0);
		took = now_ms() - started;
		ck_assert_double_ge(took, own - 10.0);
		ck_assert_msg(took < own + 3 * own / 4, "%s: %.0f ms", methods[i].name, took);
		ck_assert_int_eq(pthread_join(thread, NULL), 0);
	}
}

/* A receiver of datagrams that is full. */
BEHAVIOUR_TEST(own_datagrams, ALL)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t length = sizeof address;
	const int receiver = socket(AF_UNIX, SOCK_DGRAM, 0);
	const int sender = socket(AF_UNIX, SOCK_DGRAM, 0);
	struct timeval own;
	double started;

	ck_assert_int_eq(bind(receiver, (struct sockaddr *)&address, sizeof(sa_family_t)), 0);
	ck_assert_int_eq(getsockname(receiver, (struct sockaddr *)&address, &length), 0);
	for (int i = 0; i < 2; i++) {
		const unsigned int milliseconds = i == 0 ? OWN_SHORT_MS : OWN_LONG_MS;

		while (sendto(sender, "x", 1, MSG_DONTWAIT, (struct sockaddr *)&address,
			      length) == 1)
			;
		set_send_timeout(sender, milliseconds);
		started = now_ms();
		ck_failed(sendto(sender, "x", 1, 0, (struct sockaddr *)&address, length),
			  EAGAIN);
		ck_assert_double_ge(now_ms() - started, milliseconds - 10.0);
		length = sizeof own;
		ck_assert_int_eq(getsockopt(sender, SOL_SOCKET, SO_SNDTIMEO, &own, &length), 0);
		ck_assert_int_eq(own.tv_usec / 1000 + own.tv_sec * 1000, milliseconds);
		length = sizeof address;
		ck_assert_int_eq(getsockname(receiver, (struct sockaddr *)&address, &length),
				 0);
	}
	/* Taken away again: ours. */
	set_send_timeout(sender, 0);
	if (mode() == MODE_SHORT) {
		started = now_ms();
		ck_timed_out(sendto(sender, "x", 1, 0, (struct sockaddr *)&address, length),
			     started);
	}
}

int main(int argc, char **argv)
{
	pattern_make();
	return behaviour_main(argc, argv, "transmit: the program's own bounds");
}
