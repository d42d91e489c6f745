/*
 * What epoll promises of events (EPOLLET, EPOLLONESHOT, …) holds for reported failures too.
 */
#include "config.h"

#include "harness/waiting.h"

#include <sys/resource.h>
#include <sys/wait.h>

#define DEAD_IN ((uint32_t)(EPOLLIN | EPOLLERR | EPOLLHUP))

static int new_set(void)
{
	const int set = epoll_create1(EPOLL_CLOEXEC);

	ck_assert_int_ge(set, 0);
	return set;
}

static int control(int set, int operation, int fd, uint32_t events, uint64_t data)
{
	struct epoll_event event = {.events = events, .data.u64 = data};

	return epoll_ctl(set, operation, fd, &event);
}

/* A silent TCP socket in a new set. */
static int silent_in(int *set, uint32_t events, uint64_t data)
{
	int pair[2];

	*set = new_set();
	open_pair(PAIR_TCP, pair);
	ck_assert_int_eq(control(*set, EPOLL_CTL_ADD, pair[0], events, data), 0);
	return pair[0];
}

BEHAVIOUR_TEST(data, SHORT)
{
	static const uint64_t values[] = {0, UINT64_MAX, UINT64_C(0x0123456789abcdef), 7};
	const int count = sizeof values / sizeof *values;
	const int set = new_set();
	struct epoll_event events[8];
	unsigned int seen = 0;

	for (int i = 0; i < count; i++) {
		int pair[2];

		open_pair(PAIR_TCP, pair);
		ck_assert_int_eq(control(set, EPOLL_CTL_ADD, pair[0],
					 i == 1 ? EPOLLIN | EPOLLRDHUP | EPOLLPRI : EPOLLIN,
					 values[i]),
				 0);
	}
	ck_assert_int_eq(epoll_wait(set, events, 8, -1), count);
	for (int i = 0; i < count; i++)
		for (int k = 0; k < count; k++)
			if (events[i].data.u64 == values[k]) {
				seen |= 1u << k;
				ck_assert_uint_eq(events[i].events,
						  k == 1 ? DEAD_IN | EPOLLRDHUP : DEAD_IN);
			}
	ck_assert_uint_eq(seen, (1u << count) - 1);
}

BEHAVIOUR_TEST(edge, SHORT)
{
	struct epoll_event event;
	int set, fd = silent_in(&set, EPOLLIN | EPOLLET, 1);
	double started = now_ms();

	ck_assert_int_eq(epoll_wait(set, &event, 1, -1), 1);
	ck_assert_double_ge(now_ms() - started, SHORT_MS);
	ck_in_time(started, SHORT_MS);
	ck_assert_uint_eq(event.events, DEAD_IN);
	/* Reported once. */
	ck_assert_int_eq(epoll_wait(set, &event, 1, 0), 0);
	ck_assert_int_eq(epoll_wait(set, &event, 1, SHORT_MS + 50), 0);
	/* Reported again after EPOLL_CTL_MOD, as natively. */
	ck_assert_int_eq(control(set, EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLET, 2), 0);
	ck_assert_int_eq(epoll_wait(set, &event, 1, -1), 1);
	ck_assert_uint_eq(event.data.u64, 2);
	ck_assert_int_eq(epoll_wait(set, &event, 1, 0), 0);
	ck_told(fd);
	/* The next failure is reported too. */
	started = now_ms();
	ck_assert_int_eq(epoll_wait(set, &event, 1, -1), 1);
	ck_assert_double_ge(now_ms() - started, SHORT_MS);
	ck_in_time(started, SHORT_MS);
	ck_told(fd);
}

BEHAVIOUR_TEST(one_shot, SHORT)
{
	struct epoll_event event;
	int set, fd = silent_in(&set, EPOLLIN | EPOLLONESHOT, 1);

	ck_assert_int_eq(epoll_wait(set, &event, 1, -1), 1);
	ck_assert_uint_eq(event.events, DEAD_IN);
	/* The report disables the member in the kernel. */
	ck_assert_int_eq(epoll_wait(set, &event, 1, 0), 0);
	ck_assert_int_eq(epoll_wait(set, &event, 1, SHORT_MS + 50), 0);
	ck_assert_int_eq(control(set, EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLONESHOT, 2), 0);
	ck_assert_int_eq(epoll_wait(set, &event, 1, 0), 1);
	ck_assert_uint_eq(event.data.u64, 2);
	ck_told(fd);
	/* A disabled member does not fail; an enabled one has the whole timeout. */
	ck_assert_int_eq(epoll_wait(set, &event, 1, SHORT_MS + 50), 0);
	ck_empty(fd);
	ck_assert_int_eq(control(set, EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLONESHOT, 3), 0);
	{
		const double started = now_ms();

		ck_assert_int_eq(epoll_wait(set, &event, 1, -1), 1);
		ck_assert_double_ge(now_ms() - started, SHORT_MS);
		ck_in_time(started, SHORT_MS);
	}
	ck_told(fd);
}

/* Fewer places for events than failures: no failure is lost. */
EACH_TEST(maximum, SHORT, 3)
{
	static const uint32_t modes[] = {0, EPOLLET, EPOLLONESHOT};
	const int set = new_set();
	struct epoll_event events[2];
	int pair[7][2], seen = 0, told[7] = {0};

	for (int i = 0; i < 7; i++) {
		open_pair(PAIR_TCP, pair[i]);
		ck_assert_int_eq(control(set, EPOLL_CTL_ADD, pair[i][0], EPOLLIN | modes[_i],
					 (uint64_t)i),
				 0);
	}
	while (seen < 7) {
		const int n = epoll_wait(set, events, 2, -1);

		ck_assert(n == 2 || (seen == 6 && n == 1));
		for (int i = 0; i < n; i++) {
			ck_assert_uint_eq(events[i].events, DEAD_IN);
			ck_assert_int_eq(told[events[i].data.u64]++, 0);
			ck_told(pair[events[i].data.u64][0]);
			seen++;
		}
	}
	ck_assert_int_eq(epoll_wait(set, events, 2, 0), 0);
}

BEHAVIOUR_TEST(exclusive, SHORT)
{
	struct epoll_event event;
	int set, fd = silent_in(&set, EPOLLIN | EPOLLEXCLUSIVE, 5);

	ck_assert_int_eq(epoll_wait(set, &event, 1, -1), 1);
	ck_assert_uint_eq(event.events, DEAD_IN);
	ck_assert_uint_eq(event.data.u64, 5);
	ck_told(fd);
}

/* A member that was changed or removed neither fails nor is reported. */
BEHAVIOUR_TEST(changed, SHORT)
{
	struct epoll_event event;
	int set, fd = silent_in(&set, EPOLLIN, 1);

	ck_assert_int_eq(control(set, EPOLL_CTL_MOD, fd, 0, 1), 0);
	ck_assert_int_eq(epoll_wait(set, &event, 1, SHORT_MS - 1), 0);
	ck_assert_int_eq(epoll_wait(set, &event, 1, SHORT_MS - 1), 0);
	ck_assert_int_eq(epoll_wait(set, &event, 1, SHORT_MS - 1), 0);
	ck_empty(fd);
	ck_assert_int_eq(control(set, EPOLL_CTL_MOD, fd, EPOLLIN, 1), 0);
	ck_assert_int_eq(epoll_wait(set, &event, 1, -1), 1);
	ck_assert_int_eq(control(set, EPOLL_CTL_DEL, fd, 0, 0), 0);
	ck_assert_int_eq(epoll_wait(set, &event, 1, SHORT_MS - 1), 0);
	ck_told(fd);
	ck_assert_int_eq(epoll_wait(set, &event, 1, SHORT_MS - 1), 0);
	ck_empty(fd);
}

/* The number was closed, and a duplicate keeps the socket in the set: no number can fail. */
BEHAVIOUR_TEST(closed_member, SHORT)
{
	struct epoll_event event;
	int set, fd = silent_in(&set, EPOLLIN, 1), other[2];
	const int copy = dup(fd);

	open_pair(PAIR_TCP, other);
	ck_assert_int_eq(control(set, EPOLL_CTL_ADD, other[0], EPOLLIN, 2), 0);
	/* Another socket has the number. */
	ck_assert_int_eq(dup2(other[1], fd), fd);
	ck_assert_int_eq(epoll_wait(set, &event, 1, -1), 1);
	ck_assert_uint_eq(event.data.u64, 2);
	ck_told(other[0]);
	ck_empty(fd);
	ck_empty(copy);
}

#define MANY 1000

BEHAVIOUR_TEST(many, SHORT)
{
	const struct rlimit limit = {4096, 4096};
	static struct epoll_event events[MANY];
	static int pairs[MANY][2];
	struct sockaddr_in address;
	const int set = new_set(), listener = tcp_listener(&address, 16);
	double started;

	(void)setrlimit(RLIMIT_NOFILE, &limit);
	for (int i = 0; i < MANY; i++) {
		pairs[i][0] = socket(AF_INET, SOCK_STREAM, 0);
		ck_assert_int_eq(
			connect(pairs[i][0], (struct sockaddr *)&address, sizeof address), 0);
		pairs[i][1] = accept(listener, NULL, NULL);
		ck_assert_int_ge(pairs[i][1], 0);
		ck_assert_int_eq(control(set, EPOLL_CTL_ADD, pairs[i][0], EPOLLIN, (uint64_t)i),
				 0);
	}
	started = now_ms();
	ck_assert_int_eq(epoll_wait(set, events, MANY, -1), MANY);
	ck_assert_double_ge(now_ms() - started, SHORT_MS);
	ck_in_time(started, SHORT_MS);
	for (int i = 0; i < MANY; i++)
		ck_told(pairs[i][0]);
	ck_assert_int_eq(epoll_wait(set, events, MANY, 0), 0);
}

/* The set cannot be listed: the wait is native. */
static void unlisted(int set, int fd)
{
	struct epoll_event event;

	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(epoll_wait(set, &event, 1, SHORT_MS - 1), 0);
	ck_empty(fd);
}

/* No descriptor is free for the list of the set, until one is closed. */
BEHAVIOUR_TEST(no_descriptor, ALL)
{
	struct epoll_event event;
	struct rlimit limit;
	int set, fd = silent_in(&set, EPOLLIN, 1);

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = 0;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	unlisted(set, fd);
	limit.rlim_cur = limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	if (mode() == MODE_SHORT) {
		ck_assert_int_eq(epoll_wait(set, &event, 1, -1), 1);
		ck_told(fd);
	}
}

BEHAVIOUR_TEST(no_proc, ALL)
{
	char directory[] = "/tmp/no-proc-XXXXXX";
	int set, fd = silent_in(&set, EPOLLIN, 1), status;
	pid_t pid;

	ck_assert_ptr_nonnull(mkdtemp(directory));
	fflush(NULL);
	pid = fork();
	/* Only root may do so. */
	if (pid == 0 && chroot(directory) == 0)
		unlisted(set, fd);
	if (pid == 0)
		_exit(EXIT_SUCCESS);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(rmdir(directory), 0);
	ck_assert_int_eq(status, 0);
}

/* Parent and child share the set, and each gets its own failure. */
BEHAVIOUR_TEST(after_fork, SHORT)
{
	struct epoll_event event;
	int set, fd = silent_in(&set, EPOLLIN, 1), status;
	double started = now_ms();
	pid_t pid;

	fflush(NULL);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	ck_assert_int_eq(epoll_wait(set, &event, 1, -1), 1);
	ck_assert_double_ge(now_ms() - started, SHORT_MS);
	ck_in_time(started, SHORT_MS);
	ck_assert_uint_eq(event.events, DEAD_IN);
	ck_told(fd);
	if (pid == 0)
		_exit(EXIT_SUCCESS);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	/* And a failure from before the fork. */
	ck_assert_int_eq(epoll_wait(set, &event, 1, -1), 1);
	pid = fork();
	ck_assert_int_eq(epoll_wait(set, &event, 1, 0), 1);
	ck_told(fd);
	if (pid == 0)
		_exit(EXIT_SUCCESS);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "waits on epoll sets");
}
