/*
 * Several threads that wait: on one set, and on sockets that others use.
 */
#include "config.h"

#include "harness/waiting.h"

#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <time.h>

#define LONG_MS (4 * SHORT_MS)

static void pass(int milliseconds)
{
	const struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};

	ck_assert_int_eq(clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL), 0);
}

static void set_add(int set, int fd, uint32_t events, int data)
{
	struct epoll_event event = {.events = events, .data.fd = data};

	ck_assert_int_eq(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event), 0);
}

#define SERVERS 6

struct service {
	int set;
	atomic_int failures, served, waiting;
};

/* Echo the data of every socket of the set, until somebody writes to descriptor `stop`. */
static int stop;

static void *serve(void *argument)
{
	struct service *const service = argument;

	atomic_fetch_add(&service->waiting, 1);
	for (;;) {
		struct epoll_event event;
		char byte;

		if (epoll_wait(service->set, &event, 1, -1) < 1)
			continue;
		if (event.data.fd == stop)
			return NULL;
		if (recv(event.data.fd, &byte, 1, MSG_DONTWAIT) == 1) {
			atomic_fetch_add(&service->served, 1);
			(void)send(event.data.fd, &byte, 1, MSG_NOSIGNAL);
		} else if (errno != EAGAIN) {
			atomic_fetch_add(&service->failures, 1);
		}
	}
}

/* One client asks all the time, another sends nothing: most of the threads are idle, and no socket
 * fails. */
EACH_TEST(idle_threads, ALL, 2 * PAIR_COUNT)
{
	struct service service = {.set = epoll_create1(0)};
	pthread_t threads[SERVERS];
	int active[2], silent[2];
	const double started = now_ms();
	double last = started, longest = 0;

	stop = eventfd(0, EFD_NONBLOCK);
	open_pair((enum pair)(_i % PAIR_COUNT), active);
	open_pair((enum pair)(_i % PAIR_COUNT), silent);
	make_nonblocking(active[1], false);
	set_add(service.set, stop, EPOLLIN, stop);
	set_add(service.set, active[0], _i < PAIR_COUNT ? EPOLLIN : EPOLLIN | EPOLLET,
		active[0]);
	set_add(service.set, silent[0], EPOLLIN, silent[0]);
	for (int i = 0; i < SERVERS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, serve, &service), 0);
	while (now_ms() - started < LONG_MS) {
		char byte = 'x';

		ck_assert_int_eq(send(active[1], &byte, 1, 0), 1);
		ck_assert_int_eq(recv(active[1], &byte, 1, 0), 1);
		pass(20);
		longest = now_ms() - last > longest ? now_ms() - last : longest;
		last = now_ms();
	}
	/* On a machine so busy that nothing happens for T, sockets may fail. */
	if (longest >= SHORT_MS / 2)
		_exit(EXIT_SUCCESS);
	ck_assert_int_eq(atomic_load(&service.failures), 0);
	ck_assert_int_eq(eventfd_write(stop, 1), 0);
	for (int i = 0; i < SERVERS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	ck_empty(silent[0]);
}

/* All threads wait and nothing happens: the socket fails, and one thread gets the error. */
EACH_TEST(all_idle, SHORT, 2)
{
	struct service service = {.set = epoll_create1(0)};
	pthread_t threads[SERVERS];
	int silent[2];
	const double started = now_ms();

	stop = eventfd(0, EFD_NONBLOCK);
	open_pair(PAIR_TCP, silent);
	set_add(service.set, stop, EPOLLIN, stop);
	set_add(service.set, silent[0], _i == 0 ? EPOLLIN : EPOLLIN | EPOLLET, silent[0]);
	for (int i = 0; i < SERVERS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, serve, &service), 0);
	while (atomic_load(&service.failures) == 0) {
		ck_in_time(started, 0);
		pass(1);
	}
	ck_assert_double_ge(now_ms() - started, SHORT_MS);
	ck_in_time(started, SHORT_MS);
	pass(SHORT_MS / 2);
	ck_assert_int_eq(atomic_load(&service.failures), 1);
	ck_assert_int_eq(eventfd_write(stop, 1), 0);
	for (int i = 0; i < SERVERS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
}

struct waiting {
	struct wait wait;
	pid_t id;
	int result;
	double ended;
};

static void *wait_there(void *argument)
{
	struct waiting *const waiting = argument;

	waiting->result = wait_for(&waiting->wait, -1);
	waiting->ended = now_ms();
	return NULL;
}

/* A socket that has long been quiet is added to a set in which a thread waits already, shortly before
 * T. */
EACH_TEST(growing, SHORT, 2 * 3 * PAIR_COUNT)
{
	static struct waiting waiting;
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = 0};
	int pair[2], ends[2];
	pthread_t thread;
	double since;

	open_pair((enum pair)(_i % PAIR_COUNT), pair);
	ck_assert_int_eq(pipe(ends), 0);
	wait_open(&waiting.wait, (enum waiter)(WAITER_EPOLL_WAIT + _i / PAIR_COUNT % 3));
	wait_add(&waiting.wait, ends[0], POLLIN);
	if (_i >= 3 * PAIR_COUNT) {
		/* The socket was a member, disabled. */
		event.events = EPOLLONESHOT;
		ck_assert_int_eq(epoll_ctl(waiting.wait.set, EPOLL_CTL_ADD, pair[0], &event),
				 0);
		event.events = EPOLLIN | EPOLLONESHOT;
	}
	thread = background(&waiting.id, wait_there, &waiting);
	wait_until_waiting(waiting.id);
	pass(SHORT_MS - 50);
	since = now_ms();
	ck_assert_int_eq(epoll_ctl(waiting.wait.set,
				   _i >= 3 * PAIR_COUNT ? EPOLL_CTL_MOD : EPOLL_CTL_ADD,
				   pair[0], &event),
			 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(waiting.result, 1);
	ck_assert_double_ge(waiting.ended - since, SHORT_MS);
	ck_took_in_time(waiting.ended - since, SHORT_MS);
	ck_told(pair[0]);
}

/* Another thread uses the socket, in the middle of one long wait. */
EACH_TEST(used, SHORT, 2 * WAITER_COUNT * PAIR_COUNT)
{
	static struct waiting waiting;
	int pair[2];
	pthread_t thread;
	double since;

	open_pair((enum pair)(_i % PAIR_COUNT), pair);
	wait_open(&waiting.wait, (enum waiter)(_i / PAIR_COUNT % WAITER_COUNT));
	wait_add(&waiting.wait, pair[0], POLLIN);
	thread = background(&waiting.id, wait_there, &waiting);
	wait_until_waiting(waiting.id);
	pass(SHORT_MS - 100);
	since = now_ms();
	ck_assert_int_eq(_i < WAITER_COUNT * PAIR_COUNT ? send(pair[0], "x", 1, 0)
							: write(pair[0], "x", 1),
			 1);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(waiting.result, 1);
	ck_assert_double_ge(waiting.ended - since, SHORT_MS);
	ck_took_in_time(waiting.ended - since, SHORT_MS);
	ck_told(pair[0]);
}

/* Where what the kernel knows does not tell, and in a process of several threads: in one wait, and in
 * slices, that are a multiple of what T is too long by. The time is long enough for a busy machine to
 * tell it from its double. */
#define STRICT_MS 2000

static void fails_in_time(int number)
{
	struct wait wait;
	int pair[2];
	double since, took;
	int n;

	open_pair((enum pair)(number % PAIR_COUNT), pair);
	wait_open(&wait, (enum waiter)(number / PAIR_COUNT % WAITER_COUNT));
	wait_add(&wait, pair[0], POLLIN);
	since = now_ms();
	do {
		n = wait_for(&wait, number < WAITER_COUNT * PAIR_COUNT ? -1 : STRICT_MS - 100);
		ck_assert_int_ge(n, 0);
		took = now_ms() - since;
		ck_took_in_time(took, STRICT_MS);
	} while (n == 0);
	ck_dead(&wait, 0);
	ck_assert_double_ge(took, STRICT_MS);
	ck_assert_double_lt(took, 2 * STRICT_MS - 200);
	ck_told(pair[0]);
}

static void *be_there(void *argument)
{
	for (;;)
		(void)pause();
	return argument;
}

static void fail_in_time(int number)
{
	pthread_t thread;

	if (number >= 2 * WAITER_COUNT * PAIR_COUNT)
		number -= 2 * WAITER_COUNT * PAIR_COUNT;
	else
		ck_assert_int_eq(pthread_create(&thread, NULL, be_there, NULL), 0);
	fails_in_time(number);
}

START_TEST(each_in_time)
{
	together(2 * 2 * WAITER_COUNT * PAIR_COUNT, fail_in_time);
}
END_TEST

BEHAVIOUR_TEST(in_time, SHORT)
{
	const pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		char timeout[20];

		(void)snprintf(timeout, sizeof timeout, "%dms", STRICT_MS);
		(void)setenv("SOCKTIMEOUT", timeout, 1);
		(void)execl("/proc/self/exe", "test_ready_threads", "in time", (char *)NULL);
		_exit(127);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_msg(WEXITSTATUS(status) != EXIT_LATE, LATE "see above");
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}

/* The first thread of the process has ended. */
static void *after_the_first(void *argument)
{
	struct waiting waiting = {0};
	int pair[2];

	(void)pthread_join(*(pthread_t *)argument, NULL);
	open_pair(PAIR_TCP, pair);
	wait_open(&waiting.wait, WAITER_EPOLL_WAIT);
	wait_add(&waiting.wait, pair[0], POLLIN);
	wait_fails(&waiting.wait);
	_exit(EXIT_SUCCESS);
}

EACH_TEST(first_thread_ended, SHORT, 1)
{
	static pthread_t first;
	pthread_t thread;

	(void)_i;
	first = pthread_self();
	ck_assert_int_eq(pthread_create(&thread, NULL, after_the_first, &first), 0);
	pthread_exit(NULL);
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "in time") == 0) {
		Suite *const suite = suite_create(argv[1]);

		add(suite, argv[1], each_in_time);
		return run_suite(suite, CK_NOFORK, CK_NORMAL);
	}
	return behaviour_main(argc, argv, "waits and threads");
}
