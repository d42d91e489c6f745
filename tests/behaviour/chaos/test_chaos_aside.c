/*
 * Which calls a fault concerns: not those that take urgent data or the error queue, which never wait; not a
 * look at a datagram (MSG_PEEK); each call anew after a delay that is over.
 */
#include "config.h"

#include "harness/ruled.h"

#include <poll.h>

static void wait_until_urgent(int fd)
{
	const double end = now_ms() + LATE_MS;
	char byte;

	while (recv(fd, &byte, 1, MSG_OOB | MSG_PEEK) != 1)
		ck_assert_msg(now_ms() < end, "no urgent data: %s", strerror(errno));
}

static ssize_t by_message(int fd, char *byte, int flags)
{
	struct iovec vector = {byte, 1};
	struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};

	return recvmsg(fd, &message, flags);
}

START_TEST(urgent)
{
	static const int families[] = {AF_INET, AF_UNIX};

	for (int i = 0; i < COUNT(families); i++) {
		char byte = 0;
		int pair[2];

		stream_pair(families[i], pair);
		ck_failed(recv(pair[0], &byte, 1, MSG_OOB), EINVAL);
		ck_assert_int_eq(send(pair[1], "x", 1, MSG_OOB), 1);
		wait_until_urgent(pair[0]);
		ck_assert_int_eq(by_message(pair[0], &byte, MSG_OOB), 1);
		ck_assert_int_eq(byte, 'x');
	}
	if (ruled())
		ck_assert_int_eq(faults_logged(), 0);
}
END_TEST

START_TEST(error_queue)
{
	char byte;
	int pair[2];

	tcp_pair(pair);
	ck_failed(recv(pair[0], &byte, 1, MSG_ERRQUEUE), EAGAIN);
	ck_failed(by_message(pair[0], &byte, MSG_ERRQUEUE), EAGAIN);
	if (ruled())
		ck_assert_int_eq(faults_logged(), 0);
	ck_assert_int_eq(send(pair[1], "a", 1, 0), 1);
	ck_fault(recv(pair[0], &byte, 1, 0), EIO);
}
END_TEST

/* `loss` does not discard the datagram that is only looked at. */
START_TEST(peek)
{
	char byte = 0;
	int pair[2];

	udp_pair(pair);
	ck_assert_int_eq(send(pair[1], "a", 1, 0), 1);
	ck_assert_int_eq(recv(pair[0], &byte, 1, MSG_PEEK), 1);
	ck_assert_int_eq(byte, 'a');
	ck_assert_int_eq(recv(pair[0], &byte, 1, MSG_PEEK | MSG_DONTWAIT), 1);
	if (ruled()) {
		ck_assert_int_eq(faults_logged(), 0);
		ck_failed(recv(pair[0], &byte, 1, MSG_DONTWAIT), EAGAIN);
		ck_failed(recv(pair[0], &byte, 1, MSG_PEEK | MSG_DONTWAIT), EAGAIN);
	}
}
END_TEST

/* Each datagram that is there when a call asks is late, the second as the first. */
START_TEST(each_late)
{
	char byte;
	int pair[2];

	udp_pair(pair);
	make_nonblocking(pair[0], true);
	for (int i = 0; i < 3; i++) {
		struct pollfd ready = {.fd = pair[0], .events = POLLIN};
		const double started = now_ms();

		ck_assert_int_eq(send(pair[1], "a", 1, 0), 1);
		ck_failed(recv(pair[0], &byte, 1, 0), EAGAIN);
		ck_assert_int_eq(poll(&ready, 1, -1), 1);
		ck_assert_double_ge(now_ms() - started, 100);
		ck_assert_int_eq(recv(pair[0], &byte, 1, 0), 1);
	}
	ck_assert_int_eq(faults_logged(), 3);
}
END_TEST

/* A connect that the timeout ended during its delay is abandoned: the socket can be connected again. */
START_TEST(connect_again)
{
	const struct opening one = tcp_opening(0);
	const double started = now_ms();
	struct sockaddr_in peer;
	socklen_t length = sizeof peer;

	ck_timed_out(opening_connect(&one), started);
	ck_failed(getpeername(one.fd, (struct sockaddr *)&peer, &length), ENOTCONN);
	ck_assert_int_eq(opening_connect(&one), 0);
	ck_assert_int_eq(getpeername(one.fd, (struct sockaddr *)&peer, &length), 0);
}
END_TEST

static const struct ruled cases[] = {
	{.name = "urgent data, error",
	 .rules = "op=recv error=EIO",
	 .native = true,
	 .test = &urgent},
	{.name = "urgent data, delay", .rules = "op=recv delay=300s", .test = &urgent},
	{.name = "urgent data, blackhole", .rules = "op=recv blackhole", .test = &urgent},
	{.name = "error queue",
	 .rules = "op=recv error=EIO",
	 .native = true,
	 .test = &error_queue},
	{.name = "peek", .rules = "op=recv loss", .native = true, .test = &peek},
	{.name = "each late", .rules = "op=recv delay=100ms", .test = &each_late},
	{.name = "connect again",
	 .rules = "op=connect,when=1 delay=60s",
	 .spec = "300ms",
	 .test = &connect_again},
};

int main(int argc, char **argv)
{
	return ruled_main(argc, argv, "the calls that faults concern", cases,
			  sizeof cases / sizeof *cases);
}
