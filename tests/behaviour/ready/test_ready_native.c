/*
 * Waits that the kernel ends: the results are those without the library.
 */
#include "config.h"

#include "harness/waiting.h"

#include <sys/resource.h>
#include <sys/wait.h>

int __poll_chk(struct pollfd *descriptors, nfds_t count, int timeout, size_t size);
int __ppoll_chk(struct pollfd *descriptors, nfds_t count, const struct timespec *timeout,
		const sigset_t *mask, size_t size);

static void *send_one(void *argument)
{
	const int *to = argument;

	wait_until_waiting(to[1]);
	return (void *)(intptr_t)send(to[0], "x", 1, 0);
}

EACH_TEST(bad_descriptor, ALL, WAITER_COUNT)
{
	struct wait wait;
	int pair[2];

	open_pair(PAIR_TCP, pair);
	wait_open(&wait, (enum waiter)_i);
	wait_add(&wait, pair[0], POLLIN);
	ck_assert_int_eq(close(pair[0]), 0);
	if (waiter_is_epoll(wait.waiter)) {
		ck_assert_int_eq(close(wait.set), 0);
		ck_failed(wait_for(&wait, -1), EBADF);
	} else if (waiter_is_select(wait.waiter)) {
		ck_failed(wait_for(&wait, -1), EBADF);
	} else {
		ck_assert_int_eq(wait_for(&wait, -1), 1);
		ck_assert_int_eq(wait.member[0].revents, POLLNVAL);
	}
}

/* What the kernel refuses, inside a quiet period and outside. */
static void refuse_all(int set)
{
	/* volatile: the compiler would warn. */
	struct pollfd *volatile const bad = (struct pollfd *)8;
	struct pollfd *const nowhere = bad;
	const struct timespec negative = {-1, 0}, large = {0, 1000000000};
	struct timeval before = {-1, 0};
	struct epoll_event event;
	struct rlimit limit;

	ck_failed(poll(nowhere, 1, 20), EFAULT);
	ck_failed(ppoll(nowhere, 1, NULL, NULL), EFAULT);
	ck_failed(ppoll(NULL, 0, &negative, NULL), EINVAL);
	ck_failed(ppoll(NULL, 0, &large, NULL), EINVAL);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_failed(poll(nowhere, (nfds_t)limit.rlim_cur + 1, 20), EINVAL);
	ck_failed(select(0, NULL, NULL, NULL, &before), EINVAL);
	ck_failed(select(-1, NULL, NULL, NULL, NULL), EINVAL);
	ck_failed(pselect(0, NULL, NULL, NULL, &negative, NULL), EINVAL);
	ck_failed(pselect(0, NULL, NULL, NULL, &large, NULL), EINVAL);
	ck_failed(epoll_wait(set, &event, 0, 20), EINVAL);
	ck_failed(epoll_wait(0, &event, 1, 20), EINVAL);
	ck_failed(epoll_pwait2(set, &event, 1, &negative, NULL), EINVAL);
	ck_failed(epoll_pwait2(set, &event, 1, &large, NULL), EINVAL);
}

BEHAVIOUR_TEST(refused, ALL)
{
	const int set = epoll_create1(0);
	struct pollfd member = {.events = POLLIN};
	int pair[2];

	refuse_all(set);
	open_pair(PAIR_TCP, pair);
	member.fd = pair[0];
	ck_assert_int_eq(poll(&member, 1, 20), 0);
	refuse_all(set);
	if (mode() != MODE_SHORT)
		return;
	ck_assert_int_eq(poll(&member, 1, -1), 1);
	/* A failure is pending. */
	refuse_all(set);
	ck_told(pair[0]);
}

/* select stores the rest of the timeout. */
BEHAVIOUR_TEST(select_time_left, ALL)
{
	struct timeval left = {20, 0};
	fd_set readable;
	int pair[2];

	open_pair(PAIR_TCP, pair);
	ck_assert_int_eq(send(pair[1], "x", 1, 0), 1);
	FD_ZERO(&readable);
	FD_SET(pair[0], &readable);
	ck_assert_int_eq(select(pair[0] + 1, &readable, NULL, NULL, &left), 1);
	ck_assert(left.tv_sec == 19 || (left.tv_sec == 20 && left.tv_usec == 0));
	for (int milliseconds = 20; milliseconds < 500; milliseconds += 190) {
		left = (struct timeval){0, milliseconds * 1000};
		FD_ZERO(&readable);
		FD_SET(pair[1], &readable);
		ck_assert_int_eq(select(pair[1] + 1, &readable, NULL, NULL, &left), 0);
		ck_assert_int_eq(left.tv_sec, 0);
		ck_assert_int_eq(left.tv_usec, 0);
		ck_assert(!FD_ISSET(pair[1], &readable));
	}
}

/* Inside a quiet period. */
BEHAVIOUR_TEST(select_time_left_in_silence, NATIVE | LONG)
{
	int pair[2], arguments[2];
	struct timeval left;
	fd_set readable;
	pthread_t thread;

	open_pair(PAIR_TCP, pair);
	for (int i = 0; i < 2; i++) {
		left = (struct timeval){0, i == 0 ? 20000 : 299999};
		FD_ZERO(&readable);
		FD_SET(pair[0], &readable);
		arguments[0] = pair[1];
		arguments[1] = thread_id();
		if (i == 1)
			ck_assert_int_eq(pthread_create(&thread, NULL, send_one, arguments), 0);
		ck_assert_int_eq(select(pair[0] + 1, &readable, NULL, NULL, &left), i);
	}
	ck_assert_int_eq(left.tv_sec, 0);
	ck_assert_int_gt(left.tv_usec, 0);
	ck_assert_int_lt(left.tv_usec, 299999);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

/* A sleep: a wait for no descriptor. */
BEHAVIOUR_TEST(nothing, ALL)
{
	struct timeval left = {0, 20000};
	const struct timespec time = {0, 350000000};
	double started = now_ms();

	ck_assert_int_eq(poll(NULL, 0, 350), 0);
	ck_assert_int_eq(poll(NULL, 0, 20), 0);
	ck_assert_int_eq(ppoll(NULL, 0, &time, NULL), 0);
	ck_assert_int_eq(select(0, NULL, NULL, NULL, &left), 0);
	ck_assert_int_eq(pselect(0, NULL, NULL, NULL, &time, NULL), 0);
	ck_assert_double_ge(now_ms() - started, 350 + 20 + 350 + 20 + 350);
}

/* A timeout of nanoseconds is not rounded to milliseconds. */
BEHAVIOUR_TEST(epoll_fine, ALL)
{
	const struct timespec fine = {0, 50000};
	const int set = epoll_create1(0);
	struct epoll_event event;
	double best = 1e9;

	for (int i = 0; i < 50; i++) {
		const double started = now_ms();

		ck_assert_int_eq(epoll_pwait2(set, &event, 1, &fine, NULL), 0);
		best = now_ms() - started < best ? now_ms() - started : best;
	}
	ck_assert_double_ge(best, 0.05);
	ck_assert_double_lt(best, 0.9);
}

static void overflow_poll(struct pollfd *set)
{
	(void)__poll_chk(set, 2, 0, sizeof *set);
}

static void overflow_ppoll(struct pollfd *set)
{
	(void)__ppoll_chk(set, 2, NULL, NULL, sizeof *set);
}

EACH_TEST(overflow, ALL, 2)
{
	struct pollfd set[2] = {{-1, 0, 0}, {-1, 0, 0}};
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		/* glibc writes a message to the terminal. */
		(void)close(STDERR_FILENO);
		(void)setsid();
		(_i == 0 ? overflow_poll : overflow_ppoll)(set);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGABRT);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "waits that are native");
}
