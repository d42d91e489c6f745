/*
 * Faults of readiness waits for some sockets: the library remembers which descriptors no rule concerns, and
 * forgets where a descriptor, the members of a set, or the rules change.
 */
#include "config.h"

#include "harness/ruled.h"
#include "harness/waiting.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <sys/time.h>
#include <sys/wait.h>

/* The address that the rules name. */
#define OTHER (INADDR_LOOPBACK + 1)

static void address_of(int port_of, in_addr_t host, struct sockaddr_in *address)
{
	socklen_t length = sizeof *address;

	ck_assert_int_eq(getsockname(port_of, (struct sockaddr *)address, &length), 0);
	address->sin_addr.s_addr = htonl(host);
}

/* A datagram socket that is readable, whatever it is connected to later. */
static int readable_datagram(struct sockaddr_in *other)
{
	const int fd = socket(AF_INET, SOCK_DGRAM, 0), sender = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in any = {.sin_family = AF_INET}, own;

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&any, sizeof any), 0);
	ck_assert_int_eq(bind(sender, (struct sockaddr *)&any, sizeof any), 0);
	address_of(fd, INADDR_LOOPBACK, &own);
	ck_assert_int_eq(sendto(sender, "x", 1, 0, (struct sockaddr *)&own, sizeof own), 1);
	address_of(sender, OTHER, other);
	return fd;
}

static void ck_ready(int set, int fd)
{
	struct epoll_event event;

	ck_assert_int_eq(wait_once(WAITER_POLL, fd, -1), 1);
	ck_assert_int_eq(wait_once(WAITER_SELECT, fd, 1000), 1);
	ck_assert_int_eq(epoll_wait(set, &event, 1, -1), 1);
}

static void ck_fails(int set, int fd)
{
	struct epoll_event event;

	ck_failed(wait_once(WAITER_POLL, fd, -1), ENOMEM);
	ck_failed(wait_once(WAITER_SELECT, fd, 1000), ENOMEM);
	ck_failed(epoll_wait(set, &event, 1, -1), ENOMEM);
}

static int set_of(int fd)
{
	const int set = epoll_create1(0);
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	ck_assert_int_eq(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event), 0);
	return set;
}

START_TEST(another_member)
{
	struct epoll_event event = {.events = EPOLLIN};
	int peer;
	const int fd = with_input(AF_INET, &peer), set = set_of(fd);
	struct sockaddr_in other;
	const int second = readable_datagram(&other);

	ck_ready(set, fd);
	ck_ready(set, fd);
	ck_assert_int_eq(connect(second, (struct sockaddr *)&other, sizeof other), 0);
	ck_assert_int_eq(epoll_ctl(set, EPOLL_CTL_ADD, second, &event), 0);
	ck_failed(epoll_wait(set, &event, 1, -1), ENOMEM);
	ck_failed(epoll_wait(set, &event, 1, -1), ENOMEM);
	ck_assert_int_eq(epoll_ctl(set, EPOLL_CTL_DEL, second, NULL), 0);
	ck_ready(set, fd);
	ck_ready(set, fd);
}
END_TEST

START_TEST(connected_anew)
{
	const struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
	struct sockaddr_in other, first;
	const int fd = readable_datagram(&other), set = set_of(fd);

	first = other;
	first.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (int i = 0; i < 2; i++) {
		ck_ready(set, fd);
		ck_ready(set, fd);
		ck_assert_int_eq(connect(fd, (struct sockaddr *)&other, sizeof other), 0);
		ck_fails(set, fd);
		ck_assert_int_eq(connect(fd, &nowhere, sizeof nowhere), 0);
		ck_ready(set, fd);
		ck_assert_int_eq(connect(fd, (struct sockaddr *)&first, sizeof first), 0);
	}
}
END_TEST

static int listener_of_other(void)
{
	const struct sockaddr_in any = {.sin_family = AF_INET};
	const int listener = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(bind(listener, (const struct sockaddr *)&any, sizeof any), 0);
	ck_assert_int_eq(listen(listener, 4), 0);
	return listener;
}

/* A connected stream, whose address is remembered, is disconnected and connected anew. */
START_TEST(stream_connected_anew)
{
	const struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
	struct sockaddr_in any = {.sin_family = AF_INET}, address;
	const int listener = socket(AF_INET, SOCK_STREAM, 0),
		  fd = socket(AF_INET, SOCK_STREAM, 0);
	struct epoll_event event = {.events = EPOLLOUT};
	const int set = epoll_create1(0);

	ck_assert_int_eq(bind(listener, (struct sockaddr *)&any, sizeof any), 0);
	ck_assert_int_eq(listen(listener, 4), 0);
	address_of(listener, INADDR_LOOPBACK, &address);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	ck_assert_int_eq(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event), 0);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(epoll_wait(set, &event, 1, -1), 1);
	ck_assert_int_eq(connect(fd, &nowhere, sizeof nowhere), 0);
	address_of(listener, OTHER, &address);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	ck_failed(epoll_wait(set, &event, 1, -1), ENOMEM);
}
END_TEST

/* What is remembered of a set as a descriptor that another wait waits for is not about its members. */
START_TEST(set_that_is_waited_for)
{
	struct sockaddr_in other;
	const int fd = readable_datagram(&other), set = set_of(fd), outer = set_of(set);
	struct epoll_event event;

	ck_assert_int_eq(connect(fd, (struct sockaddr *)&other, sizeof other), 0);
	for (int i = 0; i < 2; i++) {
		ck_failed(epoll_wait(set, &event, 1, -1), ENOMEM);
		ck_ready(outer, set);
	}
}
END_TEST

/* A datagram socket is connected by another number of the same socket, or in another process. */
START_TEST(connected_by_duplicate)
{
	struct sockaddr_in other;
	const int fd = readable_datagram(&other), set = set_of(fd), copy = dup(fd);

	ck_assert_int_ge(copy, 0);
	ck_ready(set, fd);
	ck_ready(set, fd);
	ck_assert_int_eq(connect(copy, (struct sockaddr *)&other, sizeof other), 0);
	ck_fails(set, fd);
}
END_TEST

START_TEST(connected_by_child)
{
	struct sockaddr_in other;
	const int fd = readable_datagram(&other), set = set_of(fd);
	int status;
	pid_t child;

	ck_ready(set, fd);
	ck_ready(set, fd);
	child = fork();
	if (child == 0)
		_exit(connect(fd, (struct sockaddr *)&other, sizeof other) != 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_fails(set, fd);
}
END_TEST

/* A number means another socket. */
START_TEST(another_socket)
{
	struct sockaddr_in other;
	const int fd = readable_datagram(&other), second = readable_datagram(&other);
	int set = set_of(fd);

	ck_ready(set, fd);
	ck_assert_int_eq(connect(second, (struct sockaddr *)&other, sizeof other), 0);
	ck_assert_int_eq(dup2(second, fd), fd);
	ck_assert_int_eq(close(set), 0);
	set = set_of(fd);
	ck_fails(set, fd);
}
END_TEST

/* Descriptors that no rule can concern, and a connect in progress, of which the kernel does not show the
 * address. */
START_TEST(of_all_kinds)
{
	struct epoll_event event = {.events = EPOLLIN};
	struct sockaddr_in other, address;
	const int fd = readable_datagram(&other), set = set_of(fd);
	const int one = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	int ends[2], keep[8] = {0}, listener;
	double started;

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(epoll_ctl(set, EPOLL_CTL_ADD, ends[0], &event), 0);
	listener = tcp_black_hole(&address, keep);
	ck_ready(set, fd);
	ck_ready(set, fd);
	ck_assert_int_eq(epoll_ctl(set, EPOLL_CTL_DEL, fd, NULL), 0);
	ck_failed(connect(one, (struct sockaddr *)&address, sizeof address), EINPROGRESS);
	event.events = EPOLLOUT;
	ck_assert_int_eq(epoll_ctl(set, EPOLL_CTL_ADD, one, &event), 0);
	ck_assert_int_eq(epoll_wait(set, &event, 1, 50), 0);
	ck_assert_int_eq(epoll_wait(set, &event, 1, 50), 0);
	/* The backlog has room, and the others do not ask again. */
	make_nonblocking(listener, true);
	for (int i = 0; keep[i] != 0; i++)
		ck_assert_int_eq(close(keep[i]), 0);
	while (accept(listener, NULL, NULL) >= 0)
		;
	/* The kernel sends the request again after a second (tcp(7)). */
	(void)epoll_wait(set, &event, 1, HANG_MS);
	started = now_ms();
	ck_failed(epoll_wait(set, &event, 1, -1), ENOMEM);
	ck_in_time(started, 0);
}
END_TEST

/* The counts of the rules begin anew in a child, also for what was over in the parent. */
START_TEST(over_in_the_parent)
{
	const int listener = listener_of_other(), fd = socket(AF_INET, SOCK_STREAM, 0);
	const int set = set_of(fd);
	struct sockaddr_in address;
	struct epoll_event event;
	int status;
	pid_t child;

	address_of(listener, OTHER, &address);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	ck_assert_int_eq(write(accept(listener, NULL, NULL), "a", 1), 1);
	ck_failed(epoll_wait(set, &event, 1, -1), ENOMEM);
	ck_ready(set, fd);
	ck_ready(set, fd);
	child = fork();
	if (child == 0)
		_exit(epoll_wait(set, &event, 1, -1) == -1 && errno == ENOMEM &&
				      epoll_wait(set, &event, 1, -1) == 1
			      ? 0
			      : 1);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	ck_ready(set, fd);
}
END_TEST

static atomic_int handlers;

static void count_handler(int number)
{
	(void)number;
	atomic_fetch_add(&handlers, 1);
}

/* A signal that only the wait does not block ends the wait. */
START_TEST(signal_in_mask)
{
	const struct sigaction action = {.sa_handler = count_handler};
	struct sockaddr_in other;
	int pair[2];
	struct pollfd descriptor = {.events = POLLIN};
	struct timespec timeout = {.tv_sec = 10};
	sigset_t mask, blocked;
	fd_set readable;

	(void)readable_datagram(&other);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	descriptor.fd = pair[0];
	ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
	ck_assert_int_eq(sigemptyset(&blocked), 0);
	ck_assert_int_eq(sigaddset(&blocked, SIGUSR1), 0);
	ck_assert_int_eq(sigprocmask(SIG_BLOCK, &blocked, &mask), 0);
	for (int i = 0; i < 2; i++) {
		const double started = now_ms();

		ck_assert_int_eq(raise(SIGUSR1), 0);
		FD_ZERO(&readable);
		FD_SET(pair[0], &readable);
		ck_failed(i == 0 ? ppoll(&descriptor, 1, &timeout, &mask)
				 : pselect(pair[0] + 1, &readable, NULL, NULL, &timeout, &mask),
			  EINTR);
		ck_assert_double_lt(now_ms() - started, 5000);
		ck_assert_int_eq(atomic_load(&handlers), i + 1);
	}
}
END_TEST

static sigjmp_buf home;

static void jump(int number)
{
	(void)number;
	siglongjmp(home, 1);
}

static int count_descriptors(void)
{
	DIR *const directory = opendir("/proc/self/fd");
	int count = 0;

	ck_assert_ptr_nonnull(directory);
	while (readdir(directory) != NULL)
		count++;
	ck_assert_int_eq(closedir(directory), 0);
	return count;
}

/* A handler leaves the wait while the library reads the members of the set. */
START_TEST(jumped_out_of)
{
	const int set = epoll_create1(0);
	struct epoll_event event = {.events = EPOLLIN};
	volatile int jumps = 0;
	int before;

	for (int i = 0; i < 300; i++) {
		const int fd = socket(AF_INET, SOCK_DGRAM, 0);

		ck_assert_int_eq(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event), 0);
	}
	ck_assert(signal(SIGALRM, jump) != SIG_ERR);
	before = count_descriptors();
	while (jumps++ < 500) {
		const struct itimerval once = {{0, 0}, {0, 50 + jumps * 37 % 1500}};

		if (sigsetjmp(home, 1) == 0) {
			/* No ck_assert: the jump would leave a lock of stdio. */
			(void)setitimer(ITIMER_REAL, &once, NULL);
			(void)epoll_wait(set, &event, 1, -1);
		}
	}
	ck_assert_int_eq(count_descriptors(), before);
}
END_TEST

#define OTHERS "op=wait,to=127.0.0.2 error=ENOMEM"

static const struct ruled cases[] = {
	{.name = "another member", .rules = OTHERS, .test = &another_member},
	{.name = "connected anew", .rules = OTHERS, .test = &connected_anew},
	{.name = "stream, connected anew", .rules = OTHERS, .test = &stream_connected_anew},
	{.name = "set that is waited for", .rules = OTHERS, .test = &set_that_is_waited_for},
	{.name = "connected by a child", .rules = OTHERS, .test = &connected_by_child},
	{.name = "connected by a duplicate", .rules = OTHERS, .test = &connected_by_duplicate},
	{.name = "another socket", .rules = OTHERS, .test = &another_socket},
	{.name = "of all kinds",
	 .rules = "op=wait,to=127.0.0.0/8 error=ENOMEM",
	 .test = &of_all_kinds},
	{.name = "over in the parent",
	 .rules = "op=wait,to=127.0.0.2,when=1 error=ENOMEM",
	 .test = &over_in_the_parent},
	{.name = "signal in the mask", .rules = OTHERS, .test = &signal_in_mask},
	{.name = "jumped out of",
	 .rules = "op=wait,port=9 delay=1s",
	 .native = true,
	 .test = &jumped_out_of},
};

int main(int argc, char **argv)
{
	return ruled_main(argc, argv, "chaos, members of waits", cases, COUNT(cases));
}
