/*
 * Errors by rules in calls that block, and in lookups: what the call gives, and what is left behind.
 * What a case does it does natively too, without the fault.
 */
#include "config.h"

#include "harness/ruled.h"
#include "harness/waiting.h"

#include <netdb.h>
#include <poll.h>

START_TEST(recv_error)
{
	char buffer[8];
	int pair[2];

	tcp_pair(pair);
	ck_assert_int_eq(send(pair[1], "abcd", 4, 0), 4);
	ck_fault(recv(pair[0], buffer, 2, 0), ECONNRESET);
	ck_fault(read(pair[0], buffer, 2), ECONNRESET);
	if (!ruled())
		ck_assert_int_eq(send(pair[1], "abcd", 4, 0), 4);
	/* Nothing was lost. */
	ck_assert_int_eq(recv(pair[0], buffer, 8, 0), 4);
	ck_assert_mem_eq(buffer, "abcd", 4);
}
END_TEST

START_TEST(send_error)
{
	int pair[2];

	stream_pair(AF_UNIX, pair);
	ck_fault(send(pair[0], "a", 1, 0), ENOBUFS);
	ck_assert_int_eq(write(pair[0], "b", 1), 1);
}
END_TEST

static volatile sig_atomic_t pipes;

static void on_pipe(int number)
{
	(void)number;
	pipes++;
}

START_TEST(send_error_epipe)
{
	int pair[2];

	stream_pair(AF_UNIX, pair);
	(void)signal(SIGPIPE, on_pipe);
	ck_fault(send(pair[0], "a", 1, 0), EPIPE);
	ck_assert_int_eq(pipes, ruled());
	ck_fault(send(pair[0], "a", 1, MSG_NOSIGNAL), EPIPE);
	ck_assert_int_eq(pipes, ruled());
}
END_TEST

/* The flag of a call with several messages counts, too. */
START_TEST(send_error_many)
{
	struct iovec vector = {(void *)(uintptr_t) "a", 1};
	struct mmsghdr message = {.msg_hdr = {.msg_iov = &vector, .msg_iovlen = 1}};
	int pair[2];

	stream_pair(AF_UNIX, pair);
	(void)signal(SIGPIPE, on_pipe);
	ck_fault(sendmmsg(pair[0], &message, 1, MSG_NOSIGNAL), EPIPE);
	ck_assert_int_eq(pipes, 0);
}
END_TEST

START_TEST(connect_error)
{
	const struct opening one = tcp_opening(0);
	char byte;

	ck_fault(opening_connect(&one), ECONNREFUSED);
	if (!ruled())
		return;
	/* As after the kernel's own. */
	ck_assert_int_eq(socket_error(one.fd), 0);
	ck_failed(recv(one.fd, &byte, 1, 0), ENOTCONN);
	ck_assert_int_eq(opening_connect(&one), 0);
	ck_assert_int_ge(accept(one.listener, NULL, NULL), 0);
}
END_TEST

/* Nothing listens. The rule meets the second connect on the same socket. */
START_TEST(connect_second)
{
	const struct opening one = tcp_opening(0);

	ck_assert_int_eq(close(one.listener), 0);
	ck_failed(opening_connect(&one), ECONNREFUSED);
	ck_failed(opening_connect(&one), ruled() ? EHOSTUNREACH : ECONNREFUSED);
	if (ruled())
		ck_assert_int_eq(faults_logged(), 1);
}
END_TEST

START_TEST(connect_late_error)
{
	const struct opening one = tcp_opening(SOCK_NONBLOCK);
	struct pollfd descriptor = {.fd = one.fd, .events = POLLOUT};

	ck_failed(opening_connect(&one), EINPROGRESS);
	ck_assert_int_eq(poll(&descriptor, 1, HANG_MS), 1);
	ck_assert_int_ne(descriptor.revents & POLLOUT, 0);
	ck_assert_int_eq(socket_error(one.fd), ruled() ? ECONNREFUSED : 0);
	if (ruled()) {
		ck_assert_int_ne(descriptor.revents & POLLERR, 0);
		ck_assert_int_eq(socket_error(one.fd), 0);
		/* The second is good. */
		ck_failed(opening_connect(&one), EINPROGRESS);
		ck_assert_int_eq(poll(&descriptor, 1, HANG_MS), 1);
		ck_assert_int_eq(descriptor.revents, POLLOUT);
	}
}
END_TEST

START_TEST(accept_error)
{
	const struct opening one = tcp_opening(0);

	ck_assert_int_eq(opening_connect(&one), 0);
	ck_fault(accept(one.listener, NULL, NULL), EMFILE);
	/* The connection is still there. */
	if (ruled())
		ck_assert_int_ge(accept(one.listener, NULL, NULL), 0);
}
END_TEST

/* The send that poll(2) does not call ready any more, and that does not block yet. */
#define FULLER 60
static void send_fuller(int type)
{
	static const char block[1000];
	struct pollfd descriptor = {.events = POLLOUT};
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, type | SOCK_NONBLOCK, 0, pair), 0);
	descriptor.fd = pair[0];
	for (int i = 1; i < FULLER; i++)
		ck_assert_int_eq(send(pair[0], block, sizeof block, 0), sizeof block);
	ck_assert_int_eq(poll(&descriptor, 1, 0), 0);
	ck_fault(send(pair[0], block, sizeof block, 0), EIO);
}

START_TEST(fuller_than_a_quarter)
{
	send_fuller(SOCK_STREAM);
}
END_TEST

START_TEST(fuller_messages)
{
	send_fuller(SOCK_SEQPACKET);
}
END_TEST

/* The receive that poll(2) does not call ready, and that does not block. */
START_TEST(fewer_than_lowat)
{
	const int low = 100;
	int peer;
	struct pollfd descriptor = {.fd = with_input(AF_INET, &peer), .events = POLLIN};
	char byte;

	ck_assert_int_eq(setsockopt(descriptor.fd, SOL_SOCKET, SO_RCVLOWAT, &low, sizeof low),
			 0);
	ck_assert_int_eq(poll(&descriptor, 1, 0), 0);
	ck_fault(recv(descriptor.fd, &byte, 1, 0), EIO);
}
END_TEST

/* A mistaken accept on a connection does not end the faults of its receives. */
START_TEST(accept_of_connection)
{
	int pair[2];
	char byte;

	stream_pair(AF_INET, pair);
	ck_assert_int_eq(write(pair[1], "a", 1), 1);
	ck_failed(accept(pair[0], NULL, NULL), EINVAL);
	ck_fault(recv(pair[0], &byte, 1, 0), EIO);
}
END_TEST

/* A socket listens after a receive that no rule concerns. */
START_TEST(accept_after_recv)
{
	static const int kinds[][2] = {
		{AF_INET, SOCK_STREAM}, {AF_UNIX, SOCK_STREAM}, {AF_UNIX, SOCK_SEQPACKET}};

	for (int i = 0; i < COUNT(kinds); i++) {
		const int family = kinds[i][0], type = kinds[i][1];
		const int listener = socket(family, type, 0), fd = socket(family, type, 0);
		struct sockaddr_storage address = {.ss_family = (sa_family_t)family};
		socklen_t length = sizeof address;
		char byte;

		/* An AF_UNIX socket gets a name of the kernel's choice (unix(7)). */
		if (family == AF_UNIX)
			ck_assert_int_eq(bind(listener, (struct sockaddr *)&address,
					      sizeof(sa_family_t)),
					 0);
		ck_assert_int_eq(recv(listener, &byte, 1, 0), -1);
		ck_assert_int_eq(listen(listener, 1), 0);
		ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &length),
				 0);
		ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, length), 0);
		ck_fault(accept(listener, NULL, NULL), EMFILE);
	}
}
END_TEST

START_TEST(lookup_errors)
{
	struct addrinfo *found = NULL;
	struct hostent entry, *host = NULL;
	char buffer[1024];
	int error = 0, status;

	status = getaddrinfo("localhost", "80", NULL, &found);
	ck_assert_int_eq(status, ruled() ? EAI_AGAIN : 0);
	h_errno = 0;
	host = gethostbyname("localhost");
	ck_assert_int_eq(host == NULL, ruled());
	if (ruled())
		ck_assert_int_eq(h_errno, TRY_AGAIN);
	status = gethostbyname_r("localhost", &entry, buffer, sizeof buffer, &host, &error);
	ck_assert_int_eq(host == NULL, ruled());
	ck_assert_int_eq(status, ruled() ? EAGAIN : 0);
	if (ruled())
		ck_assert_int_eq(error, TRY_AGAIN);
	/* No lookup, no fault. */
	ck_assert_int_eq(getaddrinfo("127.0.0.1", "80", NULL, &found), 0);
	if (ruled())
		ck_assert_int_eq(faults_logged(), 3);
}
END_TEST

/* The h_errno of functions that have no EAI_ values. */
static const struct {
	int error, host_error;
} lookup_codes[] = {
	{EAI_AGAIN, TRY_AGAIN},       {EAI_NONAME, HOST_NOT_FOUND}, {EAI_NODATA, NO_DATA},
	{EAI_ADDRFAMILY, NO_DATA},    {EAI_MEMORY, NETDB_INTERNAL}, {EAI_FAIL, NO_RECOVERY},
	{EAI_SYSTEM, NETDB_INTERNAL},
};

START_TEST(lookup_codes_of_rules)
{
	for (int i = 0; i < COUNT(lookup_codes); i++) {
		struct addrinfo *found = NULL;

		h_errno = 0;
		ck_assert_ptr_null(gethostbyname("localhost"));
		ck_assert_int_eq(h_errno, lookup_codes[i].host_error);
		errno = 0;
		ck_assert_int_eq(getaddrinfo("localhost", "80", NULL, &found),
				 lookup_codes[i].error);
		ck_assert_ptr_null(found);
		if (lookup_codes[i].error == EAI_SYSTEM)
			ck_assert_int_eq(errno, EIO);
	}
}
END_TEST

START_TEST(other_destinations)
{
	char byte;
	int pair[2], other[2];

	tcp_pair(pair);
	stream_pair(AF_UNIX, other);
	ck_assert_int_eq(send(other[1], "a", 1, 0), 1);
	ck_assert_int_eq(recv(other[0], &byte, 1, 0), 1);
	ck_fault(recv(pair[0], &byte, 1, MSG_DONTWAIT | (ruled() ? 0 : MSG_OOB)), EAGAIN);
}
END_TEST

static const struct ruled cases[] = {
	{.name = "recv error",
	 .rules = "op=recv,when=1..2 error=ECONNRESET",
	 .native = true,
	 .test = &recv_error},
	{.name = "send error",
	 .rules = "op=send,when=1 error=ENOBUFS",
	 .native = true,
	 .test = &send_error},
	{.name = "send EPIPE",
	 .rules = "op=send error=EPIPE",
	 .native = true,
	 .test = &send_error_epipe},
	{.name = "send EPIPE, messages",
	 .rules = "op=send error=EPIPE",
	 .native = true,
	 .test = &send_error_many},
	{.name = "connect error",
	 .rules = "op=connect,when=1 error=ECONNREFUSED",
	 .native = true,
	 .test = &connect_error},
	{.name = "second connect",
	 .rules = "op=connect,when=2 error=EHOSTUNREACH",
	 .native = true,
	 .test = &connect_second},
	{.name = "connect error later",
	 .rules = "op=connect,when=1 error=ECONNREFUSED",
	 .native = true,
	 .test = &connect_late_error},
	{.name = "fuller than a quarter",
	 .rules = "op=send,when=60 error=EIO",
	 .native = true,
	 .test = &fuller_than_a_quarter},
	{.name = "fuller than a quarter, messages",
	 .rules = "op=send,when=60 error=EIO",
	 .native = true,
	 .test = &fuller_messages},
	{.name = "fewer bytes than SO_RCVLOWAT",
	 .rules = "op=recv error=EIO",
	 .native = true,
	 .test = &fewer_than_lowat},
	{.name = "accept of a connection",
	 .rules = "op=recv error=EIO",
	 .native = true,
	 .test = &accept_of_connection},
	{.name = "accept error",
	 .rules = "op=accept,when=1 error=EMFILE",
	 .native = true,
	 .test = &accept_error},
	{.name = "accept, after a receive",
	 .rules = "op=accept error=EMFILE",
	 .native = true,
	 .test = &accept_after_recv},
	{.name = "lookup error",
	 .rules = "op=resolve error=EAI_AGAIN",
	 .native = true,
	 .test = &lookup_errors},
	{.name = "lookup errors",
	 .rules = "op=resolve,when=1..2 error=EAI_AGAIN\n"
		  "op=resolve,when=3..4 error=EAI_NONAME\n"
		  "op=resolve,when=5..6 error=EAI_NODATA\n"
		  "op=resolve,when=7..8 error=EAI_ADDRFAMILY\n"
		  "op=resolve,when=9..10 error=EAI_MEMORY\n"
		  "op=resolve,when=11..12 error=EAI_FAIL\n"
		  "op=resolve,when=13..14 error=EIO",
	 .test = &lookup_codes_of_rules},
	{.name = "other destinations",
	 .rules = "op=recv,to=127.0.0.0/8 error=EIO",
	 .test = &other_destinations},
};

int main(int argc, char **argv)
{
	return ruled_main(argc, argv, "chaos, errors", cases, sizeof cases / sizeof *cases);
}
