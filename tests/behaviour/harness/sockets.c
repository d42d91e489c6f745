/*
 * The sockets of the behaviour tests; see harness.h.
 */
#include "config.h"

#include "harness/harness.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/time.h>

struct sockaddr_in loopback(in_port_t port_in_network_order)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = port_in_network_order};

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return address;
}

int tcp_listener(struct sockaddr_in *address, int backlog)
{
	socklen_t length = sizeof *address;
	const int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_ge(fd, 0);
	*address = loopback(0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)address, length), 0);
	ck_assert_int_eq(listen(fd, backlog), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)address, &length), 0);
	return fd;
}

struct opening tcp_opening(int flags)
{
	struct opening opening;

	opening.listener = tcp_listener(&opening.address, 4);
	opening.fd = socket(AF_INET, SOCK_STREAM | flags, 0);
	ck_assert_int_ge(opening.fd, 0);
	return opening;
}

int opening_connect(const struct opening *opening)
{
	return connect(opening->fd, (const struct sockaddr *)&opening->address,
		       sizeof opening->address);
}

void tcp_pair(int pair[2])
{
	struct sockaddr_in address;
	const int listener = tcp_listener(&address, 1);

	pair[0] = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_ge(pair[0], 0);
	ck_assert_int_eq(connect(pair[0], (struct sockaddr *)&address, sizeof address), 0);
	pair[1] = accept(listener, NULL, NULL);
	ck_assert_int_ge(pair[1], 0);
	ck_assert_int_eq(close(listener), 0);
}

void stream_pair(int family, int pair[2])
{
	if (family == AF_INET)
		tcp_pair(pair);
	else
		unix_pair(SOCK_STREAM, pair);
}

void unix_pair(int type, int pair[2])
{
	const struct sockaddr_un any = {.sun_family = AF_UNIX};

	ck_assert_int_eq(socketpair(AF_UNIX, type, 0, pair), 0);
	/* The kernel chooses an abstract name (unix(7), autobind). */
	ck_assert_int_eq(bind(pair[0], (const struct sockaddr *)&any, sizeof(sa_family_t)), 0);
}

void udp_pair(int pair[2])
{
	struct sockaddr_in address[2];

	for (int i = 0; i < 2; i++) {
		socklen_t length = sizeof address[i];

		pair[i] = socket(AF_INET, SOCK_DGRAM, 0);
		ck_assert_int_ge(pair[i], 0);
		address[i] = loopback(0);
		ck_assert_int_eq(bind(pair[i], (struct sockaddr *)&address[i], length), 0);
		ck_assert_int_eq(getsockname(pair[i], (struct sockaddr *)&address[i], &length),
				 0);
	}
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(connect(pair[i], (struct sockaddr *)&address[1 - i],
					 sizeof address[1 - i]),
				 0);
}

void small_buffers(int fd)
{
	const int least = 1;

	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &least, sizeof least), 0);
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &least, sizeof least), 0);
}

int socket_error(int fd)
{
	int error = -1;
	socklen_t length = sizeof error;

	ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length), 0);
	return error;
}

void make_nonblocking(int fd, bool nonblocking)
{
	const int flags = fcntl(fd, F_GETFL);

	ck_assert_int_ge(flags, 0);
	ck_assert_int_eq(
		fcntl(fd, F_SETFL, nonblocking ? flags | O_NONBLOCK : flags & ~O_NONBLOCK), 0);
}

void fill_backlog(int type, const struct sockaddr *address, socklen_t length, int keep[8])
{
	for (int i = 0; i < 8; i++) {
		struct pollfd ready = {.events = POLLOUT};
		int result;

		keep[i] = socket(address->sa_family, type | SOCK_NONBLOCK, 0);
		ck_assert_int_ge(keep[i], 0);
		result = connect(keep[i], address, length);
		if (result < 0 && errno == EAGAIN)
			return;
		ck_assert(result == 0 || errno == EINPROGRESS);
		ready.fd = keep[i];
		/* On loopback an answer comes at once; none in this time means that there is none. */
		if (result < 0 && poll(&ready, 1, 200) == 0)
			return;
	}
	ck_abort_msg("the backlog does not fill");
}

int tcp_black_hole(struct sockaddr_in *address, int keep[8])
{
	const int listener = tcp_listener(address, 0);

	fill_backlog(SOCK_STREAM, (struct sockaddr *)address, sizeof *address, keep);
	return listener;
}

int unix_black_hole(struct sockaddr_un *address, socklen_t *length, int keep[8])
{
	const int listener = socket(AF_UNIX, SOCK_STREAM, 0);

	ck_assert_int_ge(listener, 0);
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	/* Autobind: an abstract name that nobody else has (unix(7)). */
	ck_assert_int_eq(bind(listener, (struct sockaddr *)address, sizeof(sa_family_t)), 0);
	ck_assert_int_eq(listen(listener, 0), 0);
	*length = sizeof *address;
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)address, length), 0);
	fill_backlog(SOCK_STREAM, (struct sockaddr *)address, *length, keep);
	return listener;
}

size_t fill(int fd)
{
	static const char block[65536];
	size_t filled = 0;
	int in_a_row = 0;

	/* Twice: on loopback, what the peer's buffer takes makes room again. */
	while (in_a_row < 2) {
		struct pollfd ready = {.fd = fd, .events = POLLOUT};
		const ssize_t n = send(fd, block, sizeof block, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n > 0) {
			filled += (size_t)n;
			in_a_row = 0;
		} else {
			ck_assert_int_eq(errno, EAGAIN);
			/* Not a wait for fd, which would begin a quiet period of fd. */
			(void)poll(NULL, 0, 100);
			in_a_row = poll(&ready, 1, 0) == 0 ? in_a_row + 1 : 0;
		}
	}
	return filled;
}

/* syscall(2) is wrapped too. */
static long raw_getsockopt(int fd, int option, struct timeval *timer, socklen_t *length)
{
#if defined(__x86_64__)
	register socklen_t *fifth __asm__("r8") = length;
	register struct timeval *fourth __asm__("r10") = timer;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(SYS_getsockopt), "D"((long)fd), "S"((long)SOL_SOCKET),
			   "d"((long)option), "r"(fourth), "r"(fifth)
			 : "rcx", "r11", "memory");
	return result;
#else
	return syscall(SYS_getsockopt, fd, SOL_SOCKET, option, timer, length);
#endif
}

long kernel_timer(int fd, int option)
{
	struct timeval timer = {7, 7};
	socklen_t length = sizeof timer;

	if (raw_getsockopt(fd, option, &timer, &length) < 0)
		return -1;
	return timer.tv_sec * 1000 + timer.tv_usec / 1000;
}
