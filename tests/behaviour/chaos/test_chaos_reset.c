/*
 * What rules cut short, reset or swallow in calls that block: what the call gives, and what both
 * sides see afterwards.
 */
#include "config.h"

#include "harness/ruled.h"

#include <netdb.h>
#include <sys/uio.h>

static volatile sig_atomic_t pipes;

static void on_pipe(int number)
{
	(void)number;
	pipes++;
}

static void ck_ends(int fd, int error)
{
	char byte;

	if (error != 0)
		ck_failed(recv(fd, &byte, 1, 0), error);
	else
		ck_assert_int_eq(recv(fd, &byte, 1, 0), 0);
}

START_TEST(shorts)
{
	const struct iovec out[] = {{(void *)(uintptr_t) "ab", 2},
				    {(void *)(uintptr_t) "cd", 2}};
	char a[2], b[8];
	struct iovec in[] = {{a, 2}, {b, 8}};
	struct msghdr message = {.msg_iov = in, .msg_iovlen = 2};
	void *volatile const nowhere = (void *)16;
	int pair[2];

	tcp_pair(pair);
	ck_assert_int_eq(send(pair[0], "abcd", 4, 0), ruled() ? 3 : 4);
	ck_assert_int_eq(write(pair[0], "abcd", 4), ruled() ? 3 : 4);
	ck_assert_int_eq(writev(pair[0], out, 2), ruled() ? 3 : 4);
	ck_assert_int_eq(recv(pair[1], b, 2, MSG_WAITALL), 2);
	ck_assert_int_eq(recv(pair[1], b, 7, MSG_WAITALL), 7);
	if (!ruled())
		return;
	/* Exactly these bytes, and everything in its place. */
	ck_assert_mem_eq(b, "cabcabc", 7);
	ck_assert_int_eq(send(pair[0], "efgh", 4, 0), 3);
	ck_assert_int_eq(readv(pair[1], in, 2), 3);
	ck_assert_mem_eq(a, "ef", 2);
	ck_assert_int_eq(b[0], 'g');
	ck_assert_int_eq(send(pair[0], "efgh", 4, 0), 3);
	ck_assert_int_eq(recvmsg(pair[1], &message, 0), 3);
	ck_assert_ptr_eq(message.msg_iov, in);
	ck_assert_uint_eq(in[1].iov_len, 8);
	/* A bad pointer is refused as ever. */
	ck_failed(recvmsg(pair[1], nowhere, 0), EFAULT);
	ck_failed(writev(pair[0], nowhere, 2), EFAULT);
}
END_TEST

START_TEST(short_records)
{
	char buffer[16];
	int pair[2];

	udp_pair(pair);
	ck_assert_int_eq(send(pair[0], "abcdef", 6, 0), 6);
	ck_assert_int_eq(recv(pair[1], buffer, 16, 0), 6);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	ck_assert_int_eq(send(pair[0], "abcdef", 6, 0), 6);
	ck_assert_int_eq(recv(pair[1], buffer, 16, 0), 6);
	if (ruled())
		ck_assert_int_eq(faults_logged(), 0);
}
END_TEST

START_TEST(resets)
{
	char byte;
	int pair[2];

	(void)signal(SIGPIPE, on_pipe);
	tcp_pair(pair);
	ck_assert_int_eq(send(pair[1], "a", 1, 0), 1);
	ck_fault(recv(pair[0], &byte, 1, 0), ECONNRESET);
	if (!ruled())
		return;
	/* As after a reset by the other side. */
	ck_ends(pair[0], 0);
	ck_ends(pair[0], 0);
	ck_failed(send(pair[0], "a", 1, 0), EPIPE);
	ck_assert_int_eq(pipes, 1);
	/* It really is. */
	ck_ends(pair[1], ECONNRESET);
	ck_ends(pair[1], 0);
}
END_TEST

START_TEST(reset_sending)
{
	int pair[2];

	(void)signal(SIGPIPE, on_pipe);
	tcp_pair(pair);
	ck_failed(send(pair[0], "a", 1, 0), ECONNRESET);
	ck_failed(send(pair[0], "a", 1, 0), EPIPE);
	ck_assert_int_eq(pipes, 1);
	ck_ends(pair[1], ECONNRESET);
}
END_TEST

START_TEST(reset_of_unix)
{
	int pair[2];
	char byte;

	stream_pair(AF_UNIX, pair);
	ck_failed(recv(pair[0], &byte, 1, 0), ECONNRESET);
	ck_ends(pair[0], 0);
	ck_ends(pair[1], 0);
	ck_failed(send(pair[1], "a", 1, MSG_NOSIGNAL), EPIPE);
}
END_TEST

START_TEST(reset_of_connect)
{
	const struct opening one = tcp_opening(0);

	ck_failed(opening_connect(&one), ECONNRESET);
	ck_ends(accept(one.listener, NULL, NULL), ECONNRESET);
	ck_assert_int_eq(opening_connect(&one), 0);
	ck_assert_int_ge(accept(one.listener, NULL, NULL), 0);
}
END_TEST

START_TEST(reset_of_accept)
{
	const struct opening one = tcp_opening(0);
	int peer;

	ck_assert_int_eq(opening_connect(&one), 0);
	peer = accept(one.listener, NULL, NULL);
	ck_assert_int_ge(peer, 0);
	ck_ends(peer, ECONNRESET);
	ck_ends(one.fd, ECONNRESET);
}
END_TEST

START_TEST(blackholes)
{
	const struct opening one = tcp_opening(0);
	double started = now_ms();
	char byte;
	int pair[2];

	ck_timed_out(opening_connect(&one), started);
	/* Nobody has heard of it. */
	make_nonblocking(one.listener, true);
	ck_failed(accept(one.listener, NULL, NULL), EAGAIN);
	make_nonblocking(one.listener, false);
	started = now_ms();
	ck_timed_out(accept(one.listener, NULL, NULL), started);
	stream_pair(AF_UNIX, pair);
	started = now_ms();
	ck_timed_out(send(pair[0], "a", 1, 0), started);
	started = now_ms();
	ck_timed_out(recv(pair[1], &byte, 1, 0), started);
}
END_TEST

START_TEST(lookup_swallowed)
{
	const double started = now_ms();
	struct addrinfo *found = NULL;

	ck_assert_int_eq(getaddrinfo("localhost", "80", NULL, &found), EAI_AGAIN);
	ck_assert_int_eq(errno, ETIMEDOUT);
	ck_assert_double_ge(now_ms() - started, SHORT_MS);
	ck_in_time(started, SHORT_MS);
}
END_TEST

#define SHORT_SPEC "300ms"

static const struct ruled cases[] = {
	{.name = "short", .rules = "type=SOCK_STREAM short=3", .native = true, .test = &shorts},
	{.name = "short, bounded",
	 .rules = "type=SOCK_STREAM short=3",
	 .spec = "60s",
	 .test = &shorts},
	{.name = "short records",
	 .rules = "op=recv short=3; op=send short=2",
	 .native = true,
	 .test = &short_records},
	{.name = "reset", .rules = "op=recv,when=1 reset", .native = true, .test = &resets},
	{.name = "reset, bounded",
	 .rules = "op=recv,when=1 reset",
	 .spec = "60s",
	 .test = &resets},
	{.name = "reset sending", .rules = "op=send,when=1 reset", .test = &reset_sending},
	{.name = "reset of AF_UNIX", .rules = "op=recv,when=1 reset", .test = &reset_of_unix},
	{.name = "reset of connect",
	 .rules = "op=connect,when=1 reset",
	 .test = &reset_of_connect},
	{.name = "reset of accept", .rules = "op=accept reset", .test = &reset_of_accept},
	{.name = "blackhole",
	 .rules = "op=connect blackhole;op=accept,when=1 blackhole;op=recv "
		  "blackhole;op=send blackhole",
	 .spec = SHORT_SPEC,
	 .test = &blackholes},
	{.name = "lookup swallowed",
	 .rules = "op=resolve blackhole",
	 .spec = SHORT_SPEC,
	 .test = &lookup_swallowed},
};

int main(int argc, char **argv)
{
	return ruled_main(argc, argv, "chaos, resets", cases, sizeof cases / sizeof *cases);
}
