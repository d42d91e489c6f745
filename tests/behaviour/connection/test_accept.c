/*
 * accept and accept4: bounded where nobody comes, native in all else.
 */
#include "config.h"

#include "harness/harness.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>

/* A listener of that family, and its address. */
struct listener {
	int fd;
	struct sockaddr_storage address;
	socklen_t length;
};

static struct listener listener_of(int family, int type)
{
	struct listener listener = {.length = sizeof listener.address};
	struct sockaddr_in loop = loopback(0);
	const struct sockaddr_un anything = {.sun_family = AF_UNIX};

	listener.fd = socket(family, type, 0);
	ck_assert_int_ge(listener.fd, 0);
	if (family == AF_UNIX)
		ck_assert_int_eq(bind(listener.fd, (const struct sockaddr *)&anything,
				      sizeof(sa_family_t)),
				 0);
	else
		ck_assert_int_eq(bind(listener.fd, (struct sockaddr *)&loop, sizeof loop), 0);
	ck_assert_int_eq(listen(listener.fd, 8), 0);
	ck_assert_int_eq(getsockname(listener.fd, (struct sockaddr *)&listener.address,
				     &listener.length),
			 0);
	return listener;
}

static int connect_to(const struct listener *listener)
{
	int type, fd;
	socklen_t length = sizeof type;

	ck_assert_int_eq(getsockopt(listener->fd, SOL_SOCKET, SO_TYPE, &type, &length), 0);
	fd = socket(listener->address.ss_family, type, 0);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(
		connect(fd, (const struct sockaddr *)&listener->address, listener->length), 0);
	return fd;
}

static void timer_is(int fd, long milliseconds)
{
	struct timeval timer = {-1, -1};
	socklen_t length = sizeof timer;

	ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timer, &length), 0);
	ck_assert_int_eq(length, sizeof timer);
	ck_assert_int_eq(timer.tv_sec * 1000 + timer.tv_usec / 1000, milliseconds);
}

static const struct {
	int family, type;
} kinds[] = {{AF_INET, SOCK_STREAM}, {AF_UNIX, SOCK_STREAM}, {AF_UNIX, SOCK_SEQPACKET}};
#define KINDS ((int)(sizeof kinds / sizeof *kinds))

/* What there is no descriptor for is not waited for. */
BEHAVIOUR_LOOP(no_descriptor, ALL, KINDS)
{
	const struct listener listener = listener_of(kinds[_i].family, kinds[_i].type);
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	for (int again = 0; again < 3; again++) {
		const int client = again == 2 ? connect_to(&listener) : -1;
		const int free_one = dup(listener.fd);
		const struct rlimit full = {(rlim_t)free_one, limit.rlim_max};

		ck_assert_int_eq(close(free_one), 0);
		ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &full), 0);
		ck_failed(accept(listener.fd, NULL, NULL), EMFILE);
		ck_failed(accept4(listener.fd, NULL, NULL, SOCK_CLOEXEC), EMFILE);
		ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
		if (client >= 0)
			ck_assert_int_ge(accept(listener.fd, NULL, NULL), 0);
	}
}

BEHAVIOUR_LOOP(ready, ALL, KINDS)
{
	const struct listener listener = listener_of(kinds[_i].family, kinds[_i].type);
	struct sockaddr_storage from = {.ss_family = AF_APPLETALK};
	socklen_t length = sizeof from;

	for (int flags = 0; flags < 4; flags++) {
		const int wanted = ((flags & 1) != 0 ? SOCK_CLOEXEC : 0) |
				   ((flags & 2) != 0 ? SOCK_NONBLOCK : 0);
		int fd;

		connect_to(&listener);
		errno = EXDEV;
		fd = accept4(listener.fd, NULL, NULL, wanted);
		ck_assert_int_ge(fd, 0);
		ck_assert_int_eq(errno, EXDEV);
		ck_assert_int_eq((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0, (flags & 1) != 0);
		ck_assert_int_eq((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0, (flags & 2) != 0);
		if ((flags & 2) != 0)
			ck_failed(recv(fd, &from, 1, 0), EAGAIN);
		timer_is(fd, 0);
		timer_is(listener.fd, 0);
	}
	connect_to(&listener);
	ck_assert_int_ge(accept(listener.fd, (struct sockaddr *)&from, &length), 0);
	ck_assert_int_eq(from.ss_family, kinds[_i].family);
	ck_assert_int_eq(length, kinds[_i].family == AF_UNIX ? sizeof(sa_family_t)
							     : sizeof(struct sockaddr_in));
}

/* What is accepted has no timer of ours: it waits as long as it should. */
BEHAVIOUR_LOOP(accepted_waits, SHORT, KINDS)
{
	const struct listener listener = listener_of(kinds[_i].family, kinds[_i].type);
	char letter;
	double started;
	int fd;

	for (int i = 0; i < 2; i++) {
		connect_to(&listener);
		fd = accept(listener.fd, NULL, NULL);
		started = now_ms();
		ck_timed_out(recv(fd, &letter, 1, 0), started);
	}
}

BEHAVIOUR_TEST(errors, ALL)
{
	struct sockaddr_in address;
	int ends[2], pair[2];
	const int listener = tcp_listener(&address, 1);

	for (int i = 0; i < 2; i++) {
		ck_failed(accept(-1, NULL, NULL), EBADF);
		ck_failed(accept(socket(AF_INET, SOCK_STREAM, 0), NULL, NULL), EINVAL);
		ck_failed(accept(dup(socket(AF_INET, SOCK_STREAM, 0)), NULL, NULL), EINVAL);
		ck_failed(accept(socket(AF_UNIX, SOCK_STREAM, 0), NULL, NULL), EINVAL);
		ck_failed(accept(socket(AF_INET, SOCK_DGRAM, 0), NULL, NULL), EOPNOTSUPP);
		ck_failed(accept(socket(AF_UNIX, SOCK_DGRAM, 0), NULL, NULL), EOPNOTSUPP);
		ck_failed(accept4(listener, NULL, NULL, SOCK_STREAM), EINVAL);
		ck_failed(accept4(listener, NULL, NULL, -1), EINVAL);
	}
	ck_assert_int_eq(pipe(ends), 0);
	for (int i = 0; i < 2; i++)
		ck_failed(accept(ends[0], NULL, NULL), ENOTSOCK);
	stream_pair(AF_INET, pair);
	ck_failed(accept(pair[0], NULL, NULL), EINVAL);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ck_failed(accept(pair[0], NULL, NULL), EINVAL);
}

struct accepting {
	int listener, result, error;
};

static void *accept_there(void *argument)
{
	struct accepting *const accepting = argument;

	errno = EXDEV;
	accepting->result = accept(accepting->listener, NULL, NULL);
	accepting->error = errno;
	return NULL;
}

static void join(pthread_t thread)
{
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

BEHAVIOUR_LOOP(shut_down, ALL, KINDS)
{
	const struct listener listener = listener_of(kinds[_i].family, kinds[_i].type);
	struct accepting accepting = {.listener = listener.fd};
	pid_t id;
	const pthread_t thread = background(&id, accept_there, &accepting);

	wait_until_waiting(id);
	ck_assert_int_eq(shutdown(listener.fd, SHUT_RDWR), 0);
	join(thread);
	ck_assert_int_eq(accepting.result, -1);
	ck_assert_int_eq(accepting.error, EINVAL);
	ck_failed(accept(listener.fd, NULL, NULL), EINVAL);
}

/* Natively the accept goes on, and takes the next connection. Here it may also find that the
 * number is gone: but it must not take a connection of what has the number now. */
BEHAVIOUR_LOOP(closed, ALL, KINDS)
{
	const struct listener listener = listener_of(kinds[_i].family, kinds[_i].type);
	const struct listener other = listener_of(kinds[_i].family, kinds[_i].type);
	struct accepting accepting = {.listener = listener.fd};
	struct pollfd pending = {.fd = other.fd, .events = POLLIN};
	pid_t id;
	const pthread_t thread = background(&id, accept_there, &accepting);
	const int old = socket(listener.address.ss_family, kinds[_i].type, 0);

	wait_until_waiting(id);
	ck_assert_int_eq(dup2(other.fd, listener.fd), listener.fd);
	connect_to(&other);
	/* The last reference may be the accept's, which gives way to the connection. */
	(void)connect(old, (const struct sockaddr *)&listener.address, listener.length);
	join(thread);
	ck_assert(accepting.result >= 0 || accepting.error == EBADF);
	ck_assert_int_eq(poll(&pending, 1, 0), 1);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "accept");
}
