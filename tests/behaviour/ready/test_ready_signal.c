/*
 * Waits and signals: waits are never restarted, masks apply, and the quiet period goes on.
 */
#include "config.h"

#include "harness/waiting.h"

#include <sys/time.h>

static volatile sig_atomic_t handled;

static void note(int number)
{
	(void)number;
	handled++;
}

static void install(int flags)
{
	struct sigaction action = {.sa_handler = note, .sa_flags = flags};

	handled = 0;
	ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
	ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
}

static void open_silent(struct wait *wait, int number, int pair[2])
{
	open_pair((enum pair)(number % PAIR_COUNT), pair);
	wait_open(wait, (enum waiter)(number % WAITER_COUNT));
	wait_add(wait, pair[0], POLLIN);
}

struct killer {
	pthread_t thread;
	pid_t id;
	long number; /* the system call in which the thread waits */
	int after;   /* ms that the thread has waited at least */
};

static void *kill_it(void *argument)
{
	const struct killer *killer = argument;

	if (killer->after != 0)
		(void)poll(NULL, 0, killer->after);
	/* Only in that call: Check itself makes others. */
	wait_until_blocked(killer->id, killer->number);
	return (void *)(intptr_t)pthread_kill(killer->thread, SIGUSR1);
}

/* Send SIGUSR1 when this thread has waited for a while. */
static pthread_t killed(struct killer *killer, const struct wait *wait, int after)
{
	pthread_t thread;
	sigset_t all, before;

	*killer = (struct killer){pthread_self(), thread_id(), waiter_number(wait->waiter),
				  after};
	sigfillset(&all);
	ck_assert_int_eq(pthread_sigmask(SIG_BLOCK, &all, &before), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, kill_it, killer), 0);
	ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, &before, NULL), 0);
	return thread;
}

EACH_TEST(interrupted, ALL, 2 * WAITER_COUNT)
{
	struct killer killer;
	struct wait wait;
	pthread_t thread;
	int pair[2];

	install(_i < WAITER_COUNT ? 0 : SA_RESTART);
	open_silent(&wait, _i, pair);
	if (mode() == MODE_SHORT) {
		/* On a busy machine a socket may fail before the signal comes. */
		wait_close(&wait);
		ck_assert_int_eq(pipe(pair), 0);
		wait_open(&wait, (enum waiter)(_i % WAITER_COUNT));
		wait_add(&wait, pair[0], POLLIN);
	}
	for (int timeout = -1; timeout < 20000; timeout += 20000) {
		thread = killed(&killer, &wait, 0);
		ck_failed(wait_for(&wait, timeout), EINTR);
		ck_assert_int_eq(pthread_join(thread, NULL), 0);
	}
	ck_assert_int_eq(handled, 2);
	wait_close(&wait);
}

/* A descriptor that never fails, so that the wait goes on after T, in several real calls. */
EACH_TEST(interrupted_late, ALL, 2 * WAITER_COUNT)
{
	struct killer killer;
	struct wait wait;
	pthread_t thread;
	int ends[2];

	install(_i < WAITER_COUNT ? 0 : SA_RESTART);
	ck_assert_int_eq(pipe(ends), 0);
	wait_open(&wait, (enum waiter)(_i % WAITER_COUNT));
	wait_add(&wait, ends[0], POLLIN);
	thread = killed(&killer, &wait, 2 * SHORT_MS + 50);
	ck_failed(wait_for(&wait, -1), EINTR);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(handled, 1);
	wait_close(&wait);
}

/* Signals that come all the time. */
EACH_TEST(periodic, SHORT, 2 * WAITER_COUNT)
{
	const struct itimerval every = {{0, 50000}, {0, 50000}}, never = {{0, 0}, {0, 0}};
	struct wait wait;
	int pair[2], n;
	double started;

	install(_i < WAITER_COUNT ? 0 : SA_RESTART);
	open_silent(&wait, _i, pair);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &every, NULL), 0);
	started = now_ms();
	do {
		n = wait_for(&wait, -1);
		ck_assert(n == 1 || errno == EINTR);
	} while (n < 0 && now_ms() - started < SHORT_MS + HANG_MS);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &never, NULL), 0);
	ck_assert_int_eq(n, 1);
	ck_assert_double_ge(now_ms() - started, SHORT_MS);
	ck_in_time(started, SHORT_MS);
	ck_told(pair[0]);
	wait_close(&wait);
}

/* The mask of the wait unblocks the signal: interrupted at once, and after T too. */
EACH_TEST(unblocked, ALL, 2 * WAITER_COUNT)
{
	const bool late = _i >= WAITER_COUNT;
	struct killer killer;
	sigset_t blocked, none;
	struct wait wait;
	pthread_t thread;
	int ends[2];

	if (!waiter_has_mask((enum waiter)(_i % WAITER_COUNT)))
		return;
	install(0);
	sigemptyset(&none);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	ck_assert_int_eq(pthread_sigmask(SIG_BLOCK, &blocked, NULL), 0);
	ck_assert_int_eq(pipe(ends), 0);
	wait_open(&wait, (enum waiter)(_i % WAITER_COUNT));
	wait_add(&wait, ends[0], POLLIN);
	wait.mask = &none;
	thread = killed(&killer, &wait, late ? SHORT_MS + 100 : 0);
	ck_failed(wait_for(&wait, -1), EINTR);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(handled, 1);
	/* The signal is pending before the wait. */
	ck_assert_int_eq(raise(SIGUSR1), 0);
	ck_assert_int_eq(handled, 1);
	ck_failed(wait_for(&wait, -1), EINTR);
	ck_assert_int_eq(handled, 2);
	wait_close(&wait);
}

/* The mask of the wait blocks the signal: not interrupted. */
EACH_TEST(blocked_in_wait, ALL, WAITER_COUNT)
{
	struct killer killer;
	sigset_t all;
	struct wait wait;
	pthread_t thread;
	int ends[2];

	if (!waiter_has_mask((enum waiter)_i))
		return;
	install(0);
	sigfillset(&all);
	ck_assert_int_eq(pipe(ends), 0);
	wait_open(&wait, (enum waiter)_i);
	wait_add(&wait, ends[0], POLLIN);
	wait.mask = &all;
	thread = killed(&killer, &wait, 0);
	ck_assert_int_eq(wait_for(&wait, SHORT_MS - 50), 0);
	ck_assert_double_ge(wait.took, SHORT_MS - 50);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(handled, 1);
	wait_close(&wait);
}

/* A handler uses the socket: the timeout begins anew. */
static int used;

static void use(int number)
{
	const int error = errno;

	(void)number;
	(void)!write(used, "x", 1);
	errno = error;
}

EACH_TEST(used_by_handler, SHORT, 2 * WAITER_COUNT)
{
	struct sigaction action = {.sa_handler = use};
	const struct itimerval once = {{0, 0}, {0, 200000}};
	struct wait wait;
	int pair[2], n;
	double started;

	ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
	open_silent(&wait, _i, pair);
	used = pair[0];
	started = now_ms();
	ck_assert_int_eq(setitimer(ITIMER_REAL, &once, NULL), 0);
	do {
		n = wait_for(&wait, _i < WAITER_COUNT ? -1 : 50);
		ck_assert(n >= 0 || errno == EINTR);
	} while (n <= 0);
	ck_assert_double_ge(now_ms() - started, SHORT_MS + 200);
	wait_close(&wait);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "waits and signals");
}
