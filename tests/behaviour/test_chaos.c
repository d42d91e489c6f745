/*
 * Each fault in calls that block: what the call gives, when, and what is left behind. What a case
 * does it does natively too, without the fault.
 */
#include "config.h"

#include "ruled.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

/* result is expected under the rules; natively it is good. */
#define ck_fault(result, error)                                                                \
	do {                                                                                   \
		const long fault_result = (long)(result);                                      \
		if (ruled()) {                                                                 \
			const int fault_errno = errno;                                         \
			ck_assert_int_eq(fault_result, -1);                                    \
			ck_assert_int_eq(fault_errno, (error));                                \
		} else {                                                                       \
			ck_assert_int_ge(fault_result, 0);                                     \
		}                                                                              \
	} while (0)

/* It took ms under the rules, and not much more. */
static void ck_late(double started, double ms)
{
	const double took = now_ms() - started;

	if (ruled())
		ck_assert_double_ge(took, ms);
	ck_assert_double_le(took, ms + LATE_MS);
}

static void ck_ends(int fd, int error)
{
	char byte;

	if (error != 0)
		ck_failed(recv(fd, &byte, 1, 0), error);
	else
		ck_assert_int_eq(recv(fd, &byte, 1, 0), 0);
}

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

START_TEST(connect_error)
{
	struct sockaddr_in address;
	const int listener = tcp_listener(&address, 4);
	const int fd = socket(AF_INET, SOCK_STREAM, 0);
	int error = -1;
	socklen_t length = sizeof error;
	char byte;

	ck_fault(connect(fd, (struct sockaddr *)&address, sizeof address), ECONNREFUSED);
	if (!ruled())
		return;
	/* As after the kernel's own. */
	ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length), 0);
	ck_assert_int_eq(error, 0);
	ck_failed(recv(fd, &byte, 1, 0), ENOTCONN);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	ck_assert_int_ge(accept(listener, NULL, NULL), 0);
}
END_TEST

START_TEST(connect_late_error)
{
	struct sockaddr_in address;
	const int listener = tcp_listener(&address, 4);
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct pollfd descriptor = {.fd = fd, .events = POLLOUT};
	int error = -1;
	socklen_t length = sizeof error;

	ck_assert_int_ge(listener, 0);
	ck_failed(connect(fd, (struct sockaddr *)&address, sizeof address), EINPROGRESS);
	ck_assert_int_eq(poll(&descriptor, 1, LATE_MS), 1);
	ck_assert_int_ne(descriptor.revents & POLLOUT, 0);
	ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length), 0);
	ck_assert_int_eq(error, ruled() ? ECONNREFUSED : 0);
	if (ruled()) {
		ck_assert_int_ne(descriptor.revents & POLLERR, 0);
		ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length), 0);
		ck_assert_int_eq(error, 0);
		/* The second is good. */
		ck_failed(connect(fd, (struct sockaddr *)&address, sizeof address),
			  EINPROGRESS);
		ck_assert_int_eq(poll(&descriptor, 1, LATE_MS), 1);
		ck_assert_int_eq(descriptor.revents, POLLOUT);
	}
}
END_TEST

START_TEST(accept_error)
{
	struct sockaddr_in address;
	const int listener = tcp_listener(&address, 4);
	const int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	ck_fault(accept(listener, NULL, NULL), EMFILE);
	/* The connection is still there. */
	if (ruled())
		ck_assert_int_ge(accept(listener, NULL, NULL), 0);
}
END_TEST

START_TEST(delays)
{
	struct sockaddr_in address;
	const int listener = tcp_listener(&address, 4);
	const int fd = socket(AF_INET, SOCK_STREAM, 0);
	double started = now_ms();
	char buffer[8];
	int peer;

	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	ck_late(started, 60);
	started = now_ms();
	peer = accept(listener, NULL, NULL);
	ck_assert_int_ge(peer, 0);
	ck_late(started, 60);
	started = now_ms();
	ck_assert_int_eq(send(fd, "abc", 3, 0), 3);
	ck_late(started, 60);
	started = now_ms();
	ck_assert_int_eq(recv(peer, buffer, 8, 0), 3);
	ck_late(started, 60);
	if (ruled())
		ck_assert_int_eq(faults_logged(), 4);
}
END_TEST

/* The timeout is over first. */
START_TEST(delay_is_waiting)
{
	struct sockaddr_in address;
	const int listener = tcp_listener(&address, 4);
	const int fd = socket(AF_INET, SOCK_STREAM, 0);
	double started = now_ms();
	char byte;
	int pair[2];

	ck_timed_out(connect(fd, (struct sockaddr *)&address, sizeof address), started);
	ck_assert_int_ge(listener, 0);
	tcp_pair(pair);
	started = now_ms();
	ck_timed_out(send(pair[0], "a", 1, 0), started);
	started = now_ms();
	ck_timed_out(recv(pair[0], &byte, 1, 0), started);
	ck_assert_int_eq(timeouts_logged(), 3);
}
END_TEST

/* The delay and what is left of the timeout. */
START_TEST(delay_is_part)
{
	double started;
	char byte;
	int pair[2];

	tcp_pair(pair);
	started = now_ms();
	ck_timed_out(recv(pair[0], &byte, 1, 0), started);
	ck_assert_double_lt(now_ms() - started, SHORT_MS + 180);
}
END_TEST

/* … of the program's own. */
START_TEST(delay_is_part_of_own)
{
	const struct timeval own = {.tv_usec = 400000};
	double started;
	char byte;
	int pair[2];

	tcp_pair(pair);
	ck_assert_int_eq(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &own, sizeof own), 0);
	started = now_ms();
	ck_failed(recv(pair[0], &byte, 1, 0), EAGAIN);
	ck_assert_double_ge(now_ms() - started, 390);
	ck_assert_double_lt(now_ms() - started, 560);
}
END_TEST

static volatile sig_atomic_t handled;

static void on_alarm(int number)
{
	(void)number;
	handled = 1;
}

static void *interrupt(void *thread)
{
	wait_until_blocked((pid_t)(intptr_t)thread, -1);
	ck_assert_int_eq(kill(getpid(), SIGUSR1), 0);
	return NULL;
}

static void handle(int flags)
{
	const struct sigaction action = {.sa_handler = on_alarm, .sa_flags = flags};
	sigset_t set;

	ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	ck_assert_int_eq(pthread_sigmask(SIG_UNBLOCK, &set, NULL), 0);
}

static pthread_t interrupted_by(void)
{
	pthread_t thread;
	sigset_t set, before;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	ck_assert_int_eq(pthread_sigmask(SIG_BLOCK, &set, &before), 0);
	ck_assert_int_eq(
		pthread_create(&thread, NULL, interrupt, (void *)(intptr_t)thread_id()), 0);
	ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, &before, NULL), 0);
	return thread;
}

START_TEST(delay_interrupted)
{
	char byte;
	int pair[2];
	double started;
	pthread_t thread;

	tcp_pair(pair);
	ck_assert_int_eq(send(pair[1], "a", 1, 0), 1);
	handle(0);
	started = now_ms();
	thread = interrupted_by();
	ck_failed(recv(pair[0], &byte, 1, 0), EINTR);
	ck_assert_double_lt(now_ms() - started, 1000 + LATE_MS);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	handle(SA_RESTART);
	handled = 0;
	thread = interrupted_by();
	started = now_ms();
	ck_assert_int_eq(recv(pair[0], &byte, 1, 0), 1);
	ck_assert_double_ge(now_ms() - started, 1000);
	ck_assert_int_eq(handled, 1);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}
END_TEST

static void *receive_one(void *fd)
{
	char byte;

	(void)recv((int)(intptr_t)fd, &byte, 1, 0);
	return NULL;
}

START_TEST(delay_cancelled)
{
	pid_t id;
	int pair[2];
	pthread_t thread;
	void *result;

	tcp_pair(pair);
	thread = background(&id, receive_one, (void *)(intptr_t)pair[0]);
	wait_until_blocked(id, -1);
	ck_assert_int_eq(pthread_cancel(thread), 0);
	ck_assert_int_eq(pthread_join(thread, &result), 0);
	ck_assert_ptr_eq(result, PTHREAD_CANCELED);
}
END_TEST

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
	struct sockaddr_in address;
	const int listener = tcp_listener(&address, 4);
	const int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_failed(connect(fd, (struct sockaddr *)&address, sizeof address), ECONNRESET);
	ck_ends(accept(listener, NULL, NULL), ECONNRESET);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	ck_assert_int_ge(accept(listener, NULL, NULL), 0);
}
END_TEST

START_TEST(reset_of_accept)
{
	struct sockaddr_in address;
	const int listener = tcp_listener(&address, 4);
	const int fd = socket(AF_INET, SOCK_STREAM, 0);
	int peer;

	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	peer = accept(listener, NULL, NULL);
	ck_assert_int_ge(peer, 0);
	ck_ends(peer, ECONNRESET);
	ck_ends(fd, ECONNRESET);
}
END_TEST

START_TEST(blackholes)
{
	struct sockaddr_in address;
	const int listener = tcp_listener(&address, 4);
	const int fd = socket(AF_INET, SOCK_STREAM, 0);
	double started = now_ms();
	char byte;
	int pair[2];

	ck_timed_out(connect(fd, (struct sockaddr *)&address, sizeof address), started);
	/* Nobody has heard of it. */
	make_nonblocking(listener, true);
	ck_failed(accept(listener, NULL, NULL), EAGAIN);
	make_nonblocking(listener, false);
	started = now_ms();
	ck_timed_out(accept(listener, NULL, NULL), started);
	stream_pair(AF_UNIX, pair);
	started = now_ms();
	ck_timed_out(send(pair[0], "a", 1, 0), started);
	started = now_ms();
	ck_timed_out(recv(pair[1], &byte, 1, 0), started);
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

START_TEST(lookup_swallowed)
{
	const double started = now_ms();
	struct addrinfo *found = NULL;

	ck_assert_int_eq(getaddrinfo("localhost", "80", NULL, &found), EAI_AGAIN);
	ck_assert_int_eq(errno, ETIMEDOUT);
	ck_assert_double_ge(now_ms() - started, SHORT_MS);
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

#define SHORT "300ms"

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
	{.name = "connect error",
	 .rules = "op=connect,when=1 error=ECONNREFUSED",
	 .native = true,
	 .test = &connect_error},
	{.name = "connect error later",
	 .rules = "op=connect,when=1 error=ECONNREFUSED",
	 .native = true,
	 .test = &connect_late_error},
	{.name = "accept error",
	 .rules = "op=accept,when=1 error=EMFILE",
	 .native = true,
	 .test = &accept_error},
	{.name = "delays",
	 .rules = "family=AF_INET delay=60ms",
	 .native = true,
	 .test = &delays},
	{.name = "delays, bounded",
	 .rules = "family=AF_INET delay=60ms",
	 .spec = "60s",
	 .test = &delays},
	{.name = "jitter", .rules = "family=AF_INET delay=60ms,jitter=20ms", .test = &delays},
	{.name = "delay is waiting",
	 .rules = "op=connect,when=1 delay=5s; op=send delay=5s; op=recv delay=5s",
	 .spec = SHORT,
	 .test = &delay_is_waiting},
	{.name = "delay is part",
	 .rules = "op=recv delay=200ms",
	 .spec = SHORT,
	 .test = &delay_is_part},
	{.name = "delay is part of own",
	 .rules = "op=recv delay=200ms",
	 .test = &delay_is_part_of_own},
	{.name = "delay interrupted", .rules = "op=recv delay=1s", .test = &delay_interrupted},
	{.name = "delay interrupted, bounded",
	 .rules = "op=recv delay=1s",
	 .spec = "60s",
	 .test = &delay_interrupted},
	{.name = "delay cancelled", .rules = "op=recv delay=60s", .test = &delay_cancelled},
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
	 .spec = SHORT,
	 .test = &blackholes},
	{.name = "lookup error",
	 .rules = "op=resolve error=EAI_AGAIN",
	 .native = true,
	 .test = &lookup_errors},
	{.name = "lookup swallowed",
	 .rules = "op=resolve blackhole",
	 .spec = SHORT,
	 .test = &lookup_swallowed},
	{.name = "other destinations",
	 .rules = "op=recv,to=127.0.0.0/8 error=EIO",
	 .test = &other_destinations},
};

int main(int argc, char **argv)
{
	return ruled_main(argc, argv, "chaos", cases, sizeof cases / sizeof *cases);
}
