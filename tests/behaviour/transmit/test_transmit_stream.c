/*
 * Streams: a blocking send of many MiB takes everything, and what arrives is that, in order, each
 * byte once; at the deadline the count is the number of bytes that arrive.
 */
#include "config.h"

#include "harness/transmit.h"

/* Each method over one of the two, with buffers that do not grow: pair[0] is to send. */
static void method_pair(size_t method, int pair[2])
{
	stream_pair(method % 2 == 0 ? AF_INET : AF_UNIX, pair);
	for (int i = 0; i < 2; i++) {
		set_option(pair[i], SOL_SOCKET, SO_SNDBUF, 32768);
		set_option(pair[i], SOL_SOCKET, SO_RCVBUF, 32768);
	}
}

/* All of it in one call, with each method. slow: so many bytes are read with pauses. */
static void send_whole(int family, size_t length, size_t piece, size_t slow)
{
	for (size_t i = 0; i < method_count; i++) {
		struct reader reader = {.piece = piece, .slow = slow};
		int pair[2];
		ssize_t n;

		stream_pair(family, pair);
		reader.fd = pair[1];
		reader_start(&reader);
		errno = EXDEV;
		n = methods[i].send(pair[0], pattern, length);
		ck_assert_msg(n == (ssize_t)length, "%s: %zd of %zu (%s)", methods[i].name, n,
			      length, strerror(errno));
		ck_assert_int_eq(errno, EXDEV);
		ck_assert_int_eq(close(pair[0]), 0);
		reader_finish(&reader, length);
		ck_assert_int_eq(close(pair[1]), 0);
	}
}

BEHAVIOUR_TEST(whole_inet, NATIVE | LONG)
{
	send_whole(AF_INET, PATTERN_SIZE, 0, 0);
}

BEHAVIOUR_TEST(whole_unix, NATIVE | LONG)
{
	send_whole(AF_UNIX, PATTERN_SIZE, 0, 0);
}

BEHAVIOUR_TEST(whole_inet_slow, NATIVE | LONG)
{
	send_whole(AF_INET, 12 * MIB + 1, 50001, 6 * MIB);
}

BEHAVIOUR_TEST(whole_unix_slow, NATIVE | LONG)
{
	send_whole(AF_UNIX, 6 * MIB + 1, 30001, 5 * MIB);
}

/* The calls end again and again in the middle; a program that goes on where the count says loses
 * nothing and doubles nothing. */
BEHAVIOUR_TEST(counts_add_up, SHORT)
{
	for (size_t i = 0; i < method_count; i++) {
		const size_t length = 6 * MIB;
		/* Longer than the short timeout. */
		struct reader reader = {.piece = 10007, .slow = 7 * MIB / 2};
		size_t sent = 0, calls = 0;
		int pair[2];

		method_pair(i, pair);
		reader.fd = pair[1];
		reader_start(&reader);
		while (sent < length) {
			const ssize_t n =
				methods[i].send(pair[0], pattern + sent, length - sent);

			if (n < 0)
				ck_assert_int_eq(errno, ETIMEDOUT);
			else
				sent += (size_t)n;
			calls++;
		}
		ck_assert_uint_gt(calls, 1);
		ck_assert_int_eq(close(pair[0]), 0);
		reader_finish(&reader, length);
		ck_assert_int_eq(close(pair[1]), 0);
	}
}

/* Nobody reads: the count is what then can be read, and the next call has nothing to count. */
BEHAVIOUR_TEST(deadline_count, SHORT)
{
	for (size_t i = 0; i < method_count; i++) {
		struct reader reader = {.fd = -1};
		size_t sent = 0;
		double started;
		ssize_t n;
		int pair[2];

		method_pair(i, pair);
		do {
			errno = EXDEV;
			started = now_ms();
			n = methods[i].send(pair[0], pattern + sent, PATTERN_SIZE / 2);
			ck_assert(n > 0 || (n == -1 && sent > 0));
			ck_assert_int_eq(errno, n > 0 ? EXDEV : ETIMEDOUT);
			ck_assert_double_ge(now_ms() - started, SHORT_MS);
			ck_in_time(started, SHORT_MS);
			sent += n > 0 ? (size_t)n : 0;
			/* TCP may find room for a little more, whoever asks. */
			ck_assert_uint_lt(sent, MIB);
		} while (n > 0);
		ck_assert_int_eq(close(pair[0]), 0);
		reader.fd = pair[1];
		reader_drain(&reader);
		ck_assert_uint_eq(reader.received, sent);
		ck_assert(!reader.wrong);
		ck_assert_int_eq(close(pair[1]), 0);
	}
}

/* The reader never stops for as long as T: the deadline is that of the call all the same. */
BEHAVIOUR_TEST(deadline_drip, SHORT)
{
	for (size_t i = 0; i < method_count; i++) {
		struct reader reader = {.piece = 5000, .slow = PATTERN_SIZE};
		double started, took;
		int pair[2];
		ssize_t n;

		method_pair(i, pair);
		reader.fd = pair[1];
		reader_start(&reader);
		started = now_ms();
		n = methods[i].send(pair[0], pattern, PATTERN_SIZE);
		took = now_ms() - started;
		ck_assert_int_gt(n, 0);
		ck_assert_int_lt(n, (ssize_t)PATTERN_SIZE);
		ck_assert_double_ge(took, SHORT_MS);
		ck_took_in_time(took, SHORT_MS);
		ck_assert_int_eq(close(pair[0]), 0);
		reader_finish(&reader, (size_t)n);
		ck_assert_int_eq(close(pair[1]), 0);
	}
}

struct racer {
	int fd;
	char letter;
	size_t sent;
};

static void *race(void *argument)
{
	struct racer *const racer = argument;
	char block[10007];

	memset(block, racer->letter, sizeof block);
	for (int i = 0; i < 300; i++) {
		const ssize_t n = send(racer->fd, block, sizeof block, 0);

		if (n < 0)
			ck_assert_int_eq(errno, ETIMEDOUT);
		else
			racer->sent += (size_t)n;
		ck_assert(mode() == MODE_SHORT || n == (ssize_t)sizeof block);
	}
	return NULL;
}

/* Several threads send on one socket: the losers of each race for room go on; each one's bytes
 * arrive as often as its counts say. */
BEHAVIOUR_TEST(racing_senders, NATIVE | LONG)
{
	for (size_t f = 0; f < 2; f++) {
		struct racer racers[4];
		size_t total = 0, got = 0, of[4] = {0};
		static char buffer[100000];
		pthread_t threads[4];
		int pair[2];
		pid_t id;

		stream_pair(f == 0 ? AF_INET : AF_UNIX, pair);
		small_buffers(pair[0]);
		for (size_t i = 0; i < 4; i++) {
			racers[i] = (struct racer){pair[0], (char)('0' + i), 0};
			threads[i] = background(&id, race, &racers[i]);
		}
		while (got < 4 * 300 * 10007) {
			const ssize_t n = recv(pair[1], buffer, sizeof buffer, MSG_DONTWAIT);

			if (n < 0 && mode() == MODE_SHORT)
				break;
			for (ssize_t i = 0; i < n; i++)
				of[buffer[i] - '0']++;
			got += n > 0 ? (size_t)n : 0;
		}
		for (size_t i = 0; i < 4; i++) {
			ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
			total += racers[i].sent;
		}
		ck_assert_int_eq(close(pair[0]), 0);
		for (ssize_t n; (n = recv(pair[1], buffer, sizeof buffer, 0)) > 0;)
			for (ssize_t i = 0; i < n; i++)
				of[buffer[i] - '0']++;
		for (size_t i = 0; i < 4; i++)
			ck_assert_uint_eq(of[i], racers[i].sent);
		ck_assert_uint_gt(total, 0);
	}
}

int main(int argc, char **argv)
{
	pattern_make();
	return behaviour_main(argc, argv, "transmit: streams");
}
