/*
 * connect that is answered, refused or bounded by the program itself: as without the library.
 */
#include "config.h"

#include "harness/harness.h"

#include <arpa/inet.h>
#include <sys/time.h>

extern int other_connect(int fd, const struct sockaddr *address,
			 socklen_t length) __asm__("__connect");

static int stream(int family)
{
	const int fd = socket(family, SOCK_STREAM, 0);

	ck_assert_int_ge(fd, 0);
	return fd;
}

BEHAVIOUR_TEST(answered, ALL)
{
	struct sockaddr_in address;
	const int listener = tcp_listener(&address, 8);

	errno = EXDEV;
	ck_assert_int_eq(connect(stream(AF_INET), (struct sockaddr *)&address, sizeof address),
			 0);
	ck_assert_int_eq(errno, EXDEV);
	ck_assert_int_eq(
		other_connect(stream(AF_INET), (struct sockaddr *)&address, sizeof address), 0);
	ck_assert_int_eq(errno, EXDEV);
	/* Of this number nothing is known. */
	ck_assert_int_eq(
		connect(dup(stream(AF_INET)), (struct sockaddr *)&address, sizeof address), 0);
	ck_assert_int_eq(errno, EXDEV);
	close(listener);
}

BEHAVIOUR_TEST(answered_over_ipv6, ALL)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6,
				       .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	socklen_t length = sizeof address;
	const int listener = socket(AF_INET6, SOCK_STREAM, 0);

	if (listener < 0 || bind(listener, (struct sockaddr *)&address, length) != 0)
		return; /* no IPv6 here */
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &length), 0);
	ck_assert_int_eq(connect(stream(AF_INET6), (struct sockaddr *)&address, length), 0);
	close(listener);
	ck_failed(connect(stream(AF_INET6), (struct sockaddr *)&address, length), ECONNREFUSED);
}

BEHAVIOUR_TEST(refused, ALL)
{
	struct sockaddr_in address;
	struct sockaddr_un local = {.sun_family = AF_UNIX, .sun_path = "/nonexistent/socket"};
	socklen_t length = sizeof local;
	const int bound = stream(AF_UNIX), fd = stream(AF_INET);

	close(tcp_listener(&address, 1));
	ck_failed(connect(fd, (struct sockaddr *)&address, sizeof address), ECONNREFUSED);
	/* And once more on the same socket. */
	ck_failed(connect(fd, (struct sockaddr *)&address, sizeof address), ECONNREFUSED);
	ck_failed(connect(stream(AF_UNIX), (struct sockaddr *)&local, length), ENOENT);
	local = (struct sockaddr_un){.sun_family = AF_UNIX};
	ck_assert_int_eq(bind(bound, (struct sockaddr *)&local, sizeof(sa_family_t)), 0);
	ck_assert_int_eq(getsockname(bound, (struct sockaddr *)&local, &length), 0);
	ck_failed(connect(stream(AF_UNIX), (struct sockaddr *)&local, length), ECONNREFUSED);
}

BEHAVIOUR_TEST(errors, ALL)
{
	struct sockaddr_in address, nowhere = loopback(htons(9));
	const int listener = tcp_listener(&address, 8), fd = stream(AF_INET);
	int ends[2];

	/* A group is no peer (net/ipv4/tcp_ipv4.c: tcp_v4_connect); nothing is sent. */
	ck_assert_int_eq(inet_pton(AF_INET, "224.0.0.1", &nowhere.sin_addr), 1);
	ck_failed(connect(fd, (struct sockaddr *)&nowhere, sizeof nowhere), ENETUNREACH);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	ck_failed(connect(fd, (struct sockaddr *)&address, sizeof address), EISCONN);
	ck_failed(connect(listener, (struct sockaddr *)&address, sizeof address), EISCONN);
	ck_failed(connect(-1, (struct sockaddr *)&address, sizeof address), EBADF);
	ck_assert_int_eq(pipe(ends), 0);
	for (int i = 0; i < 2; i++)
		ck_failed(connect(ends[0], (struct sockaddr *)&address, sizeof address),
			  ENOTSOCK);
	ck_failed(connect(stream(AF_INET), (struct sockaddr *)&address, 1), EINVAL);
	ck_failed(connect(stream(AF_INET), (struct sockaddr *)(uintptr_t)8, sizeof address),
		  EFAULT);
	address.sin_family = AF_UNIX;
	ck_failed(connect(stream(AF_INET), (struct sockaddr *)&address, sizeof address),
		  EAFNOSUPPORT);
}

BEHAVIOUR_TEST(to_nowhere, ALL)
{
	const struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
	struct sockaddr_in address;
	socklen_t length = sizeof address;
	const int listener = tcp_listener(&address, 8), fd = stream(AF_INET);
	int pair[2];

	ck_assert_int_eq(connect(fd, &nowhere, sizeof nowhere), 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	ck_assert_int_eq(connect(fd, &nowhere, sizeof nowhere), 0);
	ck_failed(getpeername(fd, (struct sockaddr *)&address, &length), ENOTCONN);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	udp_pair(pair);
	ck_assert_int_eq(connect(pair[0], &nowhere, sizeof nowhere), 0);
	ck_failed(send(pair[0], "x", 1, 0), EDESTADDRREQ);
	close(listener);
}

BEHAVIOUR_TEST(datagrams, ALL)
{
	struct sockaddr_in address = loopback(htons(9)), peer;
	struct sockaddr_un local = {.sun_family = AF_UNIX};
	socklen_t length = sizeof peer, local_length = sizeof local;
	const int receiver = socket(AF_UNIX, SOCK_DGRAM, 0);

	for (int i = 0; i < 2; i++) {
		int fd = socket(AF_INET, SOCK_DGRAM, 0);

		if (i == 1)
			fd = dup(fd);
		ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
		ck_assert_int_eq(getpeername(fd, (struct sockaddr *)&peer, &length), 0);
		ck_assert_int_eq(peer.sin_port, address.sin_port);
	}
	ck_assert_int_eq(bind(receiver, (struct sockaddr *)&local, sizeof(sa_family_t)), 0);
	ck_assert_int_eq(getsockname(receiver, (struct sockaddr *)&local, &local_length), 0);
	ck_assert_int_eq(connect(socket(AF_UNIX, SOCK_DGRAM, 0), (struct sockaddr *)&local,
				 local_length),
			 0);
}

struct connecting {
	int fd;
	const struct sockaddr *address;
	socklen_t length;
	int result, error;
};

static void *connect_there(void *argument)
{
	struct connecting *const connecting = argument;

	errno = EXDEV;
	connecting->result = connect(connecting->fd, connecting->address, connecting->length);
	connecting->error = errno;
	return NULL;
}

static void ignore(int number)
{
	(void)number;
}

/* A connect that a signal ended has gone on in the kernel: called again it waits for that one,
 * and so it does when its SYN gets through at last (after a second, RFC 6298). */
BEHAVIOUR_TEST(again_after_interruption, NATIVE | LONG)
{
	const struct sigaction action = {.sa_handler = ignore};
	const struct itimerval once = {.it_value = {0, 50000}};
	struct sockaddr_in address;
	int keep[8];
	const int listener = tcp_black_hole(&address, keep);
	struct connecting connecting = {.fd = stream(AF_INET),
					.address = (struct sockaddr *)&address,
					.length = sizeof address};
	pthread_t thread;
	pid_t id;

	ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &once, NULL), 0);
	ck_failed(connect(connecting.fd, connecting.address, connecting.length), EINTR);
	thread = background(&id, connect_there, &connecting);
	wait_until_blocked(id, SYS_connect);
	for (int i = 0; i < 3; i++)
		close(accept(listener, NULL, NULL));
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(connecting.result, 0);
	ck_failed(connect(connecting.fd, connecting.address, connecting.length), EISCONN);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "connect, as natively");
}
