/*
 * Faults of connects in each way that a connect ends: blocking, in progress, on an AF_UNIX socket that does
 * not block, refused, interrupted. And faults that show when a delay is over.
 */
#include "config.h"

#include "harness/ruled.h"

#include <poll.h>

#define DELAY 300

/* fd becomes ready, not earlier than ms after started. */
static void ck_ready_after(int fd, short events, double started, double ms)
{
	struct pollfd descriptor = {.fd = fd, .events = events};

	ck_assert_int_eq(poll(&descriptor, 1, HANG_MS), 1);
	ck_assert_double_ge(now_ms() - started, ms);
	ck_assert_int_ne(descriptor.revents & events, 0);
}

/* A listener of AF_UNIX, and a socket that is to connect to it. */
static int unix_opening(int flags, struct sockaddr_un *address, socklen_t *length)
{
	const int listener = socket(AF_UNIX, SOCK_STREAM, 0);

	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	*length = sizeof *address;
	ck_assert_int_eq(bind(listener, (struct sockaddr *)address, sizeof(sa_family_t)), 0);
	ck_assert_int_eq(listen(listener, 5), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)address, length), 0);
	return socket(AF_UNIX, SOCK_STREAM | flags, 0);
}

/* With EINTR, EINPROGRESS and EALREADY the connect goes on. */
START_TEST(goes_on)
{
	const struct opening one = tcp_opening(0);
	struct sockaddr_in peer;
	socklen_t length = sizeof peer;

	ck_fault(opening_connect(&one), EINTR);
	ck_ready_after(one.fd, POLLOUT, 0, 0);
	ck_assert_int_eq(socket_error(one.fd), 0);
	ck_assert_int_eq(getpeername(one.fd, (struct sockaddr *)&peer, &length), 0);
	ck_assert_int_ge(accept(one.listener, NULL, NULL), 0);
}
END_TEST

START_TEST(goes_on_unix)
{
	struct sockaddr_un address;
	socklen_t length;
	const int fd = unix_opening(SOCK_NONBLOCK, &address, &length);

	ck_fault(connect(fd, (struct sockaddr *)&address, length), EINPROGRESS);
	ck_ready_after(fd, POLLOUT, 0, 0);
	ck_assert_int_eq(socket_error(fd), 0);
	ck_assert_int_eq(send(fd, "a", 1, 0), 1);
}
END_TEST

/* The kernel refuses the connect: no fault hides this. */
START_TEST(refused_all_the_same)
{
	const struct opening one = tcp_opening(0);

	ck_assert_int_eq(close(one.listener), 0);
	ck_failed(opening_connect(&one), ECONNREFUSED);
}
END_TEST

START_TEST(reset_in_progress)
{
	const struct opening one = tcp_opening(SOCK_NONBLOCK);
	struct pollfd descriptor = {.fd = one.fd, .events = POLLOUT};

	ck_failed(opening_connect(&one), EINPROGRESS);
	ck_assert_int_eq(poll(&descriptor, 1, HANG_MS), 1);
	if (ruled())
		ck_assert_int_ne(descriptor.revents & POLLERR, 0);
	ck_assert_int_eq(socket_error(one.fd), ruled() ? ECONNRESET : 0);
	if (ruled())
		ck_failed(send(one.fd, "a", 1, MSG_NOSIGNAL), EPIPE);
}
END_TEST

START_TEST(reset_blocking)
{
	const struct opening one = tcp_opening(0);

	ck_fault(opening_connect(&one), ECONNRESET);
	ck_assert_int_eq(socket_error(one.fd), 0);
	/* The socket can be used again. */
	if (ruled())
		ck_assert_int_eq(opening_connect(&one), 0);
}
END_TEST

/* Natively the socket is connected at once. */
START_TEST(delayed_unix)
{
	struct sockaddr_un address;
	socklen_t length;
	const int fd = unix_opening(SOCK_NONBLOCK, &address, &length);
	struct pollfd descriptor = {.fd = fd, .events = POLLOUT};
	const double started = now_ms();

	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, length), 0);
	if (ruled()) {
		ck_assert_int_eq(poll(&descriptor, 1, 0), 0);
		ck_failed(send(fd, "a", 1, 0), EAGAIN);
	}
	ck_ready_after(fd, POLLOUT, started, ruled() ? DELAY : 0);
	ck_assert_int_eq(send(fd, "a", 1, 0), 1);
}
END_TEST

/* The rule ends, and the connect goes on. */
#define UNTIL_MS 2000
START_TEST(swallowed_until)
{
	const struct opening one = tcp_opening(SOCK_NONBLOCK);
	struct pollfd descriptor = {.fd = one.fd, .events = POLLOUT};
	const double started = now_ms();

	ck_failed(opening_connect(&one), EINPROGRESS);
	if (ruled())
		ck_assert_int_eq(poll(&descriptor, 1, 0), 0);
	ck_ready_after(one.fd, POLLOUT, started, 0);
	ck_in_time(started, UNTIL_MS);
	ck_assert_int_eq(socket_error(one.fd), 0);
	ck_assert_int_ge(accept(one.listener, NULL, NULL), 0);
}
END_TEST

static void on_signal(int number)
{
	(void)number;
}

static void *interrupt(void *thread)
{
	wait_until_blocked((pid_t)(intptr_t)thread, -1);
	ck_assert_int_eq(tgkill(getpid(), (pid_t)(intptr_t)thread, SIGUSR1), 0);
	return NULL;
}

/* A delayed connect is interrupted: what happened in the meantime shows as after a native EINTR. */
static void interrupted(const struct opening *one)
{
	const struct sigaction action = {.sa_handler = on_signal};
	const double started = now_ms();
	pthread_t thread;

	ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
	ck_assert_int_eq(
		pthread_create(&thread, NULL, interrupt, (void *)(intptr_t)thread_id()), 0);
	ck_failed(opening_connect(one), EINTR);
	ck_in_time(started, 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

START_TEST(interrupted_connect)
{
	const struct opening one = tcp_opening(0);

	interrupted(&one);
	ck_ready_after(one.fd, POLLOUT, 0, 0);
	ck_assert_int_eq(socket_error(one.fd), 0);
	ck_assert_int_eq(send(one.fd, "a", 1, 0), 1);
}
END_TEST

START_TEST(interrupted_refusal)
{
	const struct opening one = tcp_opening(0);

	ck_assert_int_eq(close(one.listener), 0);
	interrupted(&one);
	ck_ready_after(one.fd, POLLERR, 0, 0);
	ck_assert_int_eq(socket_error(one.fd), ECONNREFUSED);
	ck_assert_int_eq(socket_error(one.fd), 0);
}
END_TEST

/* A receive that does not block: EAGAIN, readiness when the delay is over, and then the rest of the fault. */
static void late(int family, int error)
{
	double started;
	int pair[2];
	char byte;

	stream_pair(family, pair);
	make_nonblocking(pair[0], true);
	ck_assert_int_eq(send(pair[1], "a", 1, 0), 1);
	ck_ready_after(pair[0], POLLIN, 0, 0);
	started = now_ms();
	ck_failed(recv(pair[0], &byte, 1, 0), EAGAIN);
	ck_failed(recv(pair[0], &byte, 1, 0), EAGAIN);
	ck_ready_after(pair[0], POLLIN, started, DELAY);
	ck_failed(recv(pair[0], &byte, 1, 0), error);
	ck_assert_int_eq(faults_logged(), 1);
}

START_TEST(late_error)
{
	late(AF_INET, EIO);
}
END_TEST

START_TEST(late_error_unix)
{
	late(AF_UNIX, EIO);
}
END_TEST

START_TEST(late_reset)
{
	late(AF_INET, ECONNRESET);
}
END_TEST

START_TEST(late_reset_unix)
{
	late(AF_UNIX, ECONNRESET);
}
END_TEST

#define LATE_ERROR "op=recv,when=1 delay=300ms,error=EIO"
#define LATE_RESET "op=recv,when=1 delay=300ms,reset"

static const struct ruled cases[] = {
	{.name = "EINTR",
	 .rules = "op=connect,when=1 error=EINTR",
	 .native = true,
	 .test = &goes_on},
	{.name = "EINTR, bounded",
	 .rules = "op=connect,when=1 error=EINTR",
	 .spec = "60s",
	 .test = &goes_on},
	{.name = "EINPROGRESS, AF_UNIX",
	 .rules = "op=connect,when=1 error=EINPROGRESS",
	 .native = true,
	 .test = &goes_on_unix},
	{.name = "EINTR, refused",
	 .rules = "op=connect,when=1 error=EINTR",
	 .native = true,
	 .test = &refused_all_the_same},
	{.name = "reset in progress",
	 .rules = "op=connect,when=1 reset",
	 .native = true,
	 .test = &reset_in_progress},
	{.name = "reset",
	 .rules = "op=connect,when=1 reset",
	 .native = true,
	 .test = &reset_blocking},
	{.name = "delay, AF_UNIX",
	 .rules = "op=connect delay=300ms",
	 .native = true,
	 .test = &delayed_unix},
	{.name = "blackhole until",
	 .rules = "op=connect,until=2s blackhole",
	 .native = true,
	 .test = &swallowed_until},
	{.name = "interrupted", .rules = "op=connect delay=60s", .test = &interrupted_connect},
	{.name = "interrupted, bounded",
	 .rules = "op=connect delay=50s",
	 .spec = "60s",
	 .test = &interrupted_connect},
	{.name = "interrupted, refused",
	 .rules = "op=connect delay=60s",
	 .test = &interrupted_refusal},
	{.name = "late error", .rules = LATE_ERROR, .test = &late_error},
	{.name = "late error, AF_UNIX", .rules = LATE_ERROR, .test = &late_error_unix},
	{.name = "late reset", .rules = LATE_RESET, .test = &late_reset},
	{.name = "late reset, AF_UNIX", .rules = LATE_RESET, .test = &late_reset_unix},
};

int main(int argc, char **argv)
{
	return ruled_main(argc, argv, "chaos, connects", cases, sizeof cases / sizeof *cases);
}
