/*
 * Starts workers, waits for them, and counts the abandoned ones (worker.h). Cold. A new thread for
 * each function has the caller's network namespace, credentials and affinity.
 *
 * An abandoned worker lives until libc's resolver gives up, after some 30 s. While there are
 * MAX_ABANDONED such workers, the next caller first waits, within its own deadline, for one of them
 * to end. So no lookup fails early, a program that looks up again and again does not pile up
 * threads and sockets, and all workers end as soon as the name servers answer again.
 *
 * fork: the child has no worker, and does not wait for one. As in any program with threads, the
 * child has libc's locks in the state in which they were; a worker holds locks only when it begins
 * and ends, not while it waits for servers. exit: a worker runs code of libc only, and ends with
 * the process. A caller that holds the loader's lock (a constructor under dlopen) waits until the
 * timeout if the lookup has to load an NSS module; files and dns are built into libc.
 */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/duration.h"
#include "shim/resolver/worker.h"
#include "shim/system/kernel.h"

#define MAX_ABANDONED 64
/* The interval at which a caller checks whether an abandoned worker has ended. */
#define ROOM_INTERVAL (10 * NANOSECONDS_PER_MILLISECOND)
/* Enough for any NSS module; only the used part takes memory. */
#define STACK_SIZE ((size_t)1 << 20)
/* The end of a thread takes some 50 us, longer on a busy machine. */
#define MAX_END_TIME (200 * NANOSECONDS_PER_MILLISECOND)

enum { PHASE_RUNNING, PHASE_FINISHED, PHASE_ABANDONED };

THREAD_LOCAL bool is_worker;

/* The number of abandoned workers that still run, and in the upper half the process that counted
 * them: the child of a fork has none. */
static _Atomic uint64_t abandoned;

static unsigned int abandoned_count(uint64_t word)
{
	return (pid_t)(word >> 32) == kernel_process() ? (unsigned int)word : 0;
}

static void abandoned_add(int change)
{
	const uint64_t process = (uint64_t)(unsigned int)kernel_process() << 32;
	uint64_t old = atomic_load(&abandoned);

	while (!atomic_compare_exchange_weak(
		&abandoned, &old, process | (abandoned_count(old) + (unsigned int)change)))
		;
}

void worker_init(struct worker *worker)
{
	/* sem_init(3) fails only for a value that is too large. */
	(void)sem_init(&worker->done, 0, 0);
	atomic_init(&worker->references, 1);
	atomic_init(&worker->phase, PHASE_RUNNING);
}

void worker_release(struct worker *worker)
{
	const int saved_errno = errno;

	if (atomic_fetch_sub(&worker->references, 1) == 1)
		worker->free(worker);
	errno = saved_errno;
}

bool worker_is_current(void)
{
	return is_worker;
}

static void *work(void *argument)
{
	struct worker *const worker = argument;

	is_worker = true;
	worker->thread = kernel_thread();
	worker->run(worker);
	if (atomic_exchange(&worker->phase, PHASE_FINISHED) == PHASE_ABANDONED)
		abandoned_add(-1);
	(void)sem_post(&worker->done);
	worker_release(worker);
	return NULL;
}

static bool start(struct worker *worker)
{
	sigset_t all, before;
	pthread_attr_t attributes;
	pthread_t thread;
	bool started;

	if (pthread_attr_init(&attributes) != 0)
		return false;
	(void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	(void)pthread_attr_setstacksize(&attributes, STACK_SIZE);
	atomic_store(&worker->references, 2);
	/* The program's handlers must not run in a thread that the program does not know. */
	sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	started = pthread_create(&thread, &attributes, work, worker) == 0;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)pthread_attr_destroy(&attributes);
	if (!started)
		atomic_store(&worker->references, 1);
	return started;
}

/* Wait for the worker, until the deadline. */
static void wait_done(struct worker *worker)
{
	int result;

	do {
#ifdef HAVE_SEM_CLOCKWAIT
		const struct timespec deadline = {
			.tv_sec = (time_t)(worker->deadline / NANOSECONDS_PER_SECOND),
			.tv_nsec = (long)(worker->deadline % NANOSECONDS_PER_SECOND)};

		result = sem_clockwait(&worker->done, CLOCK_MONOTONIC, &deadline);
#else
		/* sem_timedwait uses CLOCK_REALTIME, which may be set: wait at most 1 s. */
		int64_t left = worker->deadline - clock_now();
		struct timespec until;

		if (left > NANOSECONDS_PER_SECOND)
			left = NANOSECONDS_PER_SECOND;
		(void)clock_gettime(CLOCK_REALTIME, &until);
		left += until.tv_nsec;
		until.tv_sec += (time_t)(left / NANOSECONDS_PER_SECOND);
		until.tv_nsec = (long)(left % NANOSECONDS_PER_SECOND);
		result = sem_timedwait(&worker->done, &until);
		if (result != 0 && errno == ETIMEDOUT && clock_now() < worker->deadline)
			errno = EINTR;
#endif
	} while (result != 0 && errno == EINTR);
}

/* Leave the worker alone; false where the worker has finished just now. */
static bool abandon(struct worker *worker)
{
	abandoned_add(1);
	if (atomic_exchange(&worker->phase, PHASE_ABANDONED) == PHASE_FINISHED) {
		abandoned_add(-1);
		return false;
	}
	return true;
}

static void cancelled(void *argument)
{
	struct worker *const worker = argument;

	/* With one reference, the thread was not started, or has finished. */
	if (atomic_load(&worker->references) > 1)
		(void)abandon(worker);
	worker_release(worker);
}

/* Wait until the thread has ended: a program that had one thread has one again. unshare(2), setns(2)
 * and some sandboxes require that. */
static void wait_thread_end(pid_t thread)
{
	const int64_t end = clock_now() + MAX_END_TIME;

	while (kernel_thread_exists(thread) && clock_now() < end)
		kernel_yield();
}

static bool wait_for_room(const struct worker *worker)
{
	const struct timespec interval = {.tv_nsec = ROOM_INTERVAL};

	while (abandoned_count(atomic_load(&abandoned)) >= MAX_ABANDONED) {
		if (clock_now() >= worker->deadline)
			return false;
		(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &interval, NULL);
	}
	return true;
}

/* pthread_cleanup_push calls sigsetjmp here; after the jump the function does not go on. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wclobbered"
#endif

enum worker_outcome worker_run(struct worker *worker)
{
	enum worker_outcome outcome = WORKER_TIMED_OUT;

	pthread_cleanup_push(cancelled, worker);
	if (wait_for_room(worker))
		outcome = start(worker) ? WORKER_DONE : WORKER_IMPOSSIBLE;
	if (outcome == WORKER_DONE) {
		wait_done(worker);
		if (atomic_load(&worker->phase) != PHASE_FINISHED && abandon(worker))
			outcome = WORKER_TIMED_OUT;
	}
	pthread_cleanup_pop(0);
	if (outcome == WORKER_DONE)
		wait_thread_end(worker->thread);
	return outcome;
}
