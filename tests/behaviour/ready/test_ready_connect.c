/*
 * A non-blocking connect to an address where nobody answers: the wait fails as after the kernel's own
 * timeout.
 */
#include "config.h"

#include "harness/waiting.h"

static int begin(const struct sockaddr_in *address)
{
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	ck_assert_int_ge(fd, 0);
	ck_failed(connect(fd, (const struct sockaddr *)address, sizeof *address), EINPROGRESS);
	return fd;
}

/* The socket can be connected again and used. */
static void connects(int fd)
{
	struct sockaddr_in address;
	const int listener = tcp_listener(&address, 1);
	struct wait wait;
	int peer;

	ck_assert(connect(fd, (struct sockaddr *)&address, sizeof address) == 0 ||
		  errno == EINPROGRESS);
	wait_open(&wait, WAITER_POLL);
	wait_add(&wait, fd, POLLOUT);
	ck_assert_int_eq(wait_for(&wait, -1), 1);
	ck_assert_int_eq(wait.member[0].revents, POLLOUT);
	ck_assert_int_eq(socket_error(fd), 0);
	peer = accept(listener, NULL, NULL);
	ck_assert_int_eq(send(peer, "x", 1, 0), 1);
	wait.member[0].events = POLLIN;
	ck_assert_int_eq(wait_for(&wait, -1), 1);
	ck_assert_int_eq(recv(fd, (char[1]){0}, 1, 0), 1);
}

EACH_TEST(black_hole, SHORT, WAITER_COUNT)
{
	struct sockaddr_in address;
	struct wait wait;
	int keep[8];

	(void)tcp_black_hole(&address, keep);
	wait_open(&wait, (enum waiter)_i);
	wait_add(&wait, begin(&address), POLLOUT);
	wait_fails(&wait);
	ck_assert_int_eq(wait_for(&wait, 0), 1);
	ck_assert_int_eq(socket_error(wait.member[0].fd), ETIMEDOUT);
	ck_assert_int_eq(socket_error(wait.member[0].fd), 0);
	connects(wait.member[0].fd);
	wait_close(&wait);
}

/* The other calls that report the error. */
static ssize_t tell_connect(int fd, const struct sockaddr_in *address)
{
	return connect(fd, (const struct sockaddr *)address, sizeof *address);
}

static ssize_t tell_send(int fd, const struct sockaddr_in *address)
{
	(void)address;
	return send(fd, "x", 1, MSG_NOSIGNAL);
}

static ssize_t tell_read(int fd, const struct sockaddr_in *address)
{
	char byte;

	(void)address;
	return read(fd, &byte, 1);
}

EACH_TEST(told, SHORT, 3)
{
	static ssize_t (*const tell[])(int, const struct sockaddr_in *) = {
		tell_connect, tell_send, tell_read};
	struct sockaddr_in address;
	struct wait wait;
	int keep[8], fd;

	(void)tcp_black_hole(&address, keep);
	fd = begin(&address);
	wait_open(&wait, WAITER_POLL);
	wait_add(&wait, fd, POLLOUT);
	wait_fails(&wait);
	ck_failed(tell[_i](fd, &address), ETIMEDOUT);
	ck_assert_int_eq(socket_error(fd), 0);
	connects(fd);
	wait_close(&wait);
}

/* Waits in slices. Another socket had the number before, and the connect begins late. */
EACH_TEST(slices, SHORT, WAITER_COUNT)
{
	struct sockaddr_in address;
	struct wait wait;
	int keep[8], fd, n = 0;
	double since;

	(void)tcp_black_hole(&address, keep);
	fd = begin(&address);
	wait_open(&wait, (enum waiter)_i);
	wait_add(&wait, fd, POLLOUT);
	for (int i = 0; i < 4 && n == 0; i++)
		n = wait_for(&wait, 50);
	ck_assert_int_eq(close(fd), 0);
	since = now_ms();
	ck_assert_int_eq(begin(&address), fd);
	wait.count = 0;
	wait_add(&wait, fd, POLLOUT);
	do
		n = wait_for(&wait, 50);
	while (n == 0);
	ck_assert_double_ge(now_ms() - since, SHORT_MS);
	ck_in_time(since, SHORT_MS);
	ck_assert_int_eq(n, 1);
	ck_dead(&wait, 0);
	ck_assert_int_eq(socket_error(fd), ETIMEDOUT);
	wait_close(&wait);
}

/* A listener answers. */
BEHAVIOUR_TEST(answered, ALL)
{
	connects(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
}

/* No listener is there. */
EACH_TEST(refused, ALL, WAITER_COUNT)
{
	struct sockaddr_in address;
	struct wait wait;
	int fd;

	ck_assert_int_eq(close(tcp_listener(&address, 1)), 0);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	(void)connect(fd, (struct sockaddr *)&address, sizeof address);
	wait_open(&wait, (enum waiter)_i);
	wait_add(&wait, fd, POLLOUT);
	ck_assert_int_eq(wait_for(&wait, -1), 1);
	ck_dead(&wait, 0);
	ck_assert_int_eq(socket_error(fd), ECONNREFUSED);
	wait_close(&wait);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "waits for a connection");
}
