/*
 * Sends that end in the middle, because the other side is gone or does not want more: the count
 * first, then the error of the next call, and SIGPIPE where it is due and as often.
 */
#include "config.h"

#include <poll.h>

#include "harness/transmit.h"

static volatile sig_atomic_t pipes_broken;

static void count_signal(int number)
{
	(void)number;
	pipes_broken++;
}

/* A sender in a thread of its own, and what happened to it. */
struct sender {
	const struct method *method;
	int fd;
	ssize_t result;
	int error;
	double took_ms;
	pthread_t thread;
	pid_t id;
};

static void *sender_run(void *argument)
{
	struct sender *const sender = argument;
	const double started = now_ms();

	errno = EXDEV;
	sender->result = sender->method->send(sender->fd, pattern, PATTERN_SIZE);
	sender->error = errno;
	sender->took_ms = now_ms() - started;
	return NULL;
}

/* Blocked in the middle of a long send; small, fixed buffers. */
static void start_sender(struct sender *sender, size_t method, int family, int pair[2])
{
	struct sigaction action = {.sa_handler = count_signal};

	ck_assert_int_eq(sigaction(SIGPIPE, &action, NULL), 0);
	pipes_broken = 0;
	stream_pair(family, pair);
	for (int i = 0; i < 2; i++) {
		set_option(pair[i], SOL_SOCKET, SO_SNDBUF, 32768);
		set_option(pair[i], SOL_SOCKET, SO_RCVBUF, 32768);
	}
	*sender = (struct sender){.method = &methods[method], .fd = pair[0]};
	sender->thread = background(&sender->id, sender_run, sender);
	wait_until_waiting(sender->id);
}

/* The call ends with its count, without error or signal, and not by the timeout. */
static void finish_sender(struct sender *sender)
{
	ck_assert_int_eq(pthread_join(sender->thread, NULL), 0);
	ck_assert_msg(sender->result > 0 && sender->result < (ssize_t)PATTERN_SIZE, "%s: %zd",
		      sender->method->name, sender->result);
	ck_assert_int_eq(sender->error, EXDEV);
	ck_assert_int_eq(pipes_broken, 0);
	if (mode() == MODE_LONG)
		ck_took_in_time(sender->took_ms, 0);
}

/* What the two calls after the end say, and the socket's error: no more than that. */
static void check_next(int fd, int first, int first_signals)
{
	ck_failed(send(fd, "x", 1, 0), first);
	ck_assert_int_eq(pipes_broken, first_signals);
	ck_failed(send(fd, "x", 1, 0), EPIPE);
	ck_assert_int_eq(pipes_broken, first_signals + 1);
	ck_assert_int_eq(socket_error(fd), 0);
}

/* Closed without having been read: a reset. */
BEHAVIOUR_TEST(reset_tcp, NATIVE | LONG)
{
	for (size_t i = 0; i < method_count; i++) {
		struct sender sender;
		int pair[2];

		start_sender(&sender, i, AF_INET, pair);
		ck_assert_int_eq(close(pair[1]), 0);
		finish_sender(&sender);
		if (strcmp(sender.method->name, "sendmmsg") != 0)
			check_next(pair[0], ECONNRESET, 0);
		ck_assert_int_eq(close(pair[0]), 0);
	}
}

/* AF_UNIX has told the call that ended. */
BEHAVIOUR_TEST(reset_unix, NATIVE | LONG)
{
	for (size_t i = 0; i < method_count; i++) {
		struct sender sender;
		char got;
		int pair[2];

		start_sender(&sender, i, AF_UNIX, pair);
		ck_assert_int_eq(close(pair[1]), 0);
		finish_sender(&sender);
		if (i % 2 == 0)
			ck_assert_int_eq(recv(pair[0], &got, 1, 0), 0);
		check_next(pair[0], EPIPE, 1);
		ck_assert_int_eq(close(pair[0]), 0);
	}
}

/* The program bounds it itself. */
BEHAVIOUR_TEST(reset_own, ALL)
{
	for (int f = 0; f < 2; f++) {
		struct sigaction action = {.sa_handler = count_signal};
		struct sender sender = {.method = &methods[0]};
		int pair[2];

		pipes_broken = 0;
		ck_assert_int_eq(sigaction(SIGPIPE, &action, NULL), 0);
		stream_pair(f == 0 ? AF_INET : AF_UNIX, pair);
		set_send_timeout(pair[0], 60000);
		sender.fd = pair[0];
		sender.thread = background(&sender.id, sender_run, &sender);
		wait_until_waiting(sender.id);
		ck_assert_int_eq(close(pair[1]), 0);
		finish_sender(&sender);
		check_next(pair[0], f == 0 ? ECONNRESET : EPIPE, f == 0 ? 0 : 1);
		ck_assert_int_eq(close(pair[0]), 0);
	}
}

/* The other side does not read any more, or this one does not write any more: AF_UNIX ends the
 * call at once, and poll shows nothing of it. */
BEHAVIOUR_TEST(shut_down, NATIVE | LONG)
{
	for (size_t i = 0; i < method_count; i++)
		for (int side = 0; side < 2; side++) {
			struct sender sender;
			int pair[2];

			start_sender(&sender, i, AF_UNIX, pair);
			ck_assert_int_eq(shutdown(pair[side], side == 0 ? SHUT_WR : SHUT_RD),
					 0);
			finish_sender(&sender);
			check_next(pair[0], EPIPE, 1);
			ck_assert_int_eq(close(pair[0]), 0);
			ck_assert_int_eq(close(pair[1]), 0);
		}
}

BEHAVIOUR_TEST(shut_down_tcp, NATIVE | LONG)
{
	struct sender sender;
	int pair[2];

	start_sender(&sender, 0, AF_INET, pair);
	ck_assert_int_eq(shutdown(pair[0], SHUT_WR), 0);
	finish_sender(&sender);
	check_next(pair[0], EPIPE, 1);
}

/* Nothing has gone of the call: it fails itself. */
struct blocked {
	int fd;
	ssize_t result;
	int error;
	pid_t id;
};

static void *blocked_run(void *argument)
{
	struct blocked *const blocked = argument;

	blocked->result = send(blocked->fd, pattern, 1000, 0);
	blocked->error = errno;
	return NULL;
}

BEHAVIOUR_TEST(nothing_gone, NATIVE | LONG)
{
	for (int how = 0; how < 3; how++) {
		struct sigaction action = {.sa_handler = count_signal};
		struct blocked blocked;
		pthread_t thread;
		int pair[2];

		ck_assert_int_eq(sigaction(SIGPIPE, &action, NULL), 0);
		pipes_broken = 0;
		stream_pair(AF_UNIX, pair);
		(void)fill(pair[0]);
		blocked = (struct blocked){.fd = pair[0]};
		thread = background(&blocked.id, blocked_run, &blocked);
		wait_until_waiting(blocked.id);
		if (how == 0)
			ck_assert_int_eq(close(pair[1]), 0);
		else
			ck_assert_int_eq(shutdown(pair[how - 1], how == 1 ? SHUT_WR : SHUT_RD),
					 0);
		ck_assert_int_eq(pthread_join(thread, NULL), 0);
		ck_assert_int_eq(blocked.result, -1);
		/* No signal from a call that has waited (net/core/sock.c: sock_alloc_send_pskb). */
		ck_assert_int_eq(blocked.error, how == 0 ? ECONNRESET : EPIPE);
		ck_assert_int_eq(pipes_broken, 0);
		check_next(pair[0], EPIPE, 1);
	}
}

/* sendmmsg stopped by a bad message, or by a shut socket: one signal and no more. */
BEHAVIOUR_TEST(sendmmsg_stopped, ALL)
{
	for (int f = 0; f < 2; f++) {
		struct sigaction action = {.sa_handler = count_signal};
		struct iovec good = {"x", 1}, bad = {(void *)8, 10};
		struct mmsghdr messages[] = {
			{{.msg_iov = &good, .msg_iovlen = 1}, 99},
			{{.msg_iov = &bad, .msg_iovlen = 1}, 99},
		};
		int pair[2];
		char got[8];

		ck_assert_int_eq(sigaction(SIGPIPE, &action, NULL), 0);
		pipes_broken = 0;
		stream_pair(f == 0 ? AF_INET : AF_UNIX, pair);
		ck_assert_int_eq(sendmmsg(pair[0], messages, 2, 0), 1);
		ck_assert_uint_eq(messages[0].msg_len, 1);
		ck_assert_uint_eq(messages[1].msg_len, 99);
		ck_assert_int_eq(recv(pair[1], got, sizeof got, 0), 1);
		ck_assert_int_eq(shutdown(pair[0], SHUT_WR), 0);
		messages[1].msg_hdr.msg_iov = &good;
		ck_failed(sendmmsg(pair[0], messages, 2, 0), EPIPE);
		ck_assert_int_eq(pipes_broken, 1);
	}
}

int main(int argc, char **argv)
{
	pattern_make();
	return behaviour_main(argc, argv, "transmit: broken off");
}
