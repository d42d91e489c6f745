/*
 * The engine behind lookup.h. Cold; one thread a lookup, which has the caller's network namespace,
 * credentials and affinity for that reason, and is gone when the caller goes on.
 *
 * An abandoned worker lives until libc's resolver gives up, some 30 s. While MANY_ABANDONED of them
 * do, further lookups first wait for one of them to end, within their own deadline: so nothing
 * fails early, a program that asks again and again heaps up neither threads nor sockets, and when
 * the servers come back all of them end at once.
 *
 * fork: the worker is not in the child, nor waited for there; as in any program with threads, the
 * child has libc's locks as they were, which a worker holds for moments when it begins and ends
 * (and none while it waits for servers). exit: a worker runs in libc alone,
 * and dies with the process. A caller that holds the loader's lock (a constructor under dlopen)
 * waits in vain if the lookup has to load an NSS module; libc's own (files, dns) are built in.
 */
#include "config.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/duration.h"
#include "shim/fault/chaos.h"
#include "shim/system/kernel.h"
#include "shim/resolver/lookup.h"
#include "shim/log/report.h"
#include "shim/config/rules.h"
#include "shim/log/stats.h"

#define MANY_ABANDONED 64
/* How often a caller looks whether one of them has ended. */
#define ROOM_INTERVAL (10 * NANOSECONDS_PER_MILLISECOND)
/* For NSS modules of any kind; only what is used of it costs memory. */
#define STACK_SIZE ((size_t)1 << 20)
/* The end of a thread takes some 50 us, more on a busy machine. */
#define LEAVE_TIME (200 * NANOSECONDS_PER_MILLISECOND)

struct lookup_block {
	struct lookup_block *next;
	_Alignas(max_align_t) unsigned char bytes[];
};

enum { PHASE_RUNNING, PHASE_FINISHED, PHASE_ABANDONED };

THREAD_LOCAL bool is_worker;

/* The live abandoned workers: their number, and above it the process that counts them: a fork's
 * child has none. */
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

/* No socket is known: rules that ask about one are not met. */
static struct rules_limit resolve_limit(enum policy_when when)
{
	struct rules_subject subject = {.fd = -1};

	return rules_timeout(&subject, OPERATION_RESOLVE, when);
}

bool lookup_bounded(void)
{
	return resolve_limit(POLICY_MAY_FIRE).timeout != DURATION_NONE && !is_worker;
}

int lookup_fault(enum call call, const char *name, int64_t *begun)
{
	*begun = 0;
	if (is_worker || !atomic_load_explicit(&chaos_resolves, memory_order_relaxed))
		return 0;
	return chaos_lookup(call, name, begun);
}

void lookup_begun(void *argument, int64_t begun)
{
	struct lookup *const lookup = argument;

	if (lookup == NULL || begun == 0)
		return;
	if (lookup->deadline != DEADLINE_NEVER)
		lookup->deadline -= lookup->started - begun;
	lookup->started = begun;
}

void *lookup_new(enum call call, size_t size, void (*run)(struct lookup *),
		 void (*discard)(struct lookup *))
{
	const int saved_errno = errno;
	struct lookup *const lookup = calloc(1, size);

	errno = saved_errno;
	if (lookup == NULL)
		return NULL;
	lookup->call = call;
	lookup->run = run;
	lookup->discard = discard;
	lookup->started = clock_now();
	lookup->limit = resolve_limit(POLICY_COUNTED);
	lookup->deadline = lookup->limit.timeout == DURATION_NONE
				   ? DEADLINE_NEVER
				   : clock_deadline(lookup->started, lookup->limit.timeout);
	text_begin(&lookup->subject, lookup->subject_buffer, sizeof lookup->subject_buffer);
	atomic_init(&lookup->references, 1);
	atomic_init(&lookup->phase, PHASE_RUNNING);
	return lookup;
}

void lookup_name(struct lookup *lookup, const char *name)
{
	if (name != NULL)
		text_put_string(&lookup->subject, name);
}

void *lookup_keep(struct lookup *lookup, const void *bytes, size_t count)
{
	const int saved_errno = errno;
	struct lookup_block *const block =
		count < SIZE_MAX - sizeof *block ? malloc(sizeof *block + count) : NULL;

	errno = saved_errno;
	if (block == NULL) {
		lookup->incomplete = true;
		return NULL;
	}
	block->next = lookup->blocks;
	lookup->blocks = block;
	return bytes != NULL ? memcpy(block->bytes, bytes, count) : block->bytes;
}

char *lookup_keep_string(struct lookup *lookup, const char *string)
{
	return string != NULL ? lookup_keep(lookup, string, strlen(string) + 1) : NULL;
}

void lookup_use_thread_state(struct lookup *lookup, bool query)
{
	lookup_state_refresh(query);
	lookup->state_of_thread = true;
	(void)lookup_use_state(lookup, &_res);
}

struct __res_state *lookup_use_state(struct lookup *lookup, const struct __res_state *state)
{
	const int saved_errno = errno;

	lookup->state = lookup_state_copy(state);
	errno = saved_errno;
	if (lookup->state == NULL) {
		lookup->incomplete = true;
		return NULL;
	}
	return &lookup->state->resolver;
}

void lookup_release(void *argument)
{
	struct lookup *const lookup = argument;
	const int saved_errno = errno;

	if (lookup == NULL || atomic_fetch_sub(&lookup->references, 1) != 1)
		return;
	if (lookup->discard != NULL)
		lookup->discard(lookup);
	lookup_state_free(lookup->state);
	if (lookup->locale != (locale_t)0)
		freelocale(lookup->locale);
	for (struct lookup_block *block = lookup->blocks, *next; block != NULL; block = next) {
		next = block->next;
		free(block);
	}
	free(lookup);
	errno = saved_errno;
}

static void *work(void *argument)
{
	struct lookup *const lookup = argument;

	is_worker = true;
	lookup->thread = (pid_t)syscall(SYS_gettid);
	if (lookup->locale != (locale_t)0)
		uselocale(lookup->locale);
	if (lookup->state_of_thread)
		lookup_state_install(lookup->state);
	errno = lookup->error;
	h_errno = lookup->host_error;
	lookup->run(lookup);
	lookup->error = errno;
	lookup->host_error = h_errno;
	if (lookup->state_of_thread)
		lookup_state_withdraw(lookup->state);
	uselocale(LC_GLOBAL_LOCALE);
	if (atomic_exchange(&lookup->phase, PHASE_FINISHED) == PHASE_ABANDONED)
		abandoned_add(-1);
	sem_post(&lookup->done);
	lookup_release(lookup);
	return NULL;
}

static bool start_worker(struct lookup *lookup)
{
	sigset_t all, before;
	pthread_attr_t attributes;
	pthread_t thread;
	bool started;

	if (pthread_attr_init(&attributes) != 0)
		return false;
	(void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	(void)pthread_attr_setstacksize(&attributes, STACK_SIZE);
	atomic_store(&lookup->references, 2);
	/* The program's handlers are not for a thread that it does not know of. */
	sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	started = pthread_create(&thread, &attributes, work, lookup) == 0;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)pthread_attr_destroy(&attributes);
	if (!started)
		atomic_store(&lookup->references, 1);
	return started;
}

/* Wait for the worker, until the deadline. */
static void wait_done(struct lookup *lookup)
{
	int result;

	do {
#ifdef HAVE_SEM_CLOCKWAIT
		const struct timespec deadline = {
			.tv_sec = (time_t)(lookup->deadline / NANOSECONDS_PER_SECOND),
			.tv_nsec = (long)(lookup->deadline % NANOSECONDS_PER_SECOND)};

		result = sem_clockwait(&lookup->done, CLOCK_MONOTONIC, &deadline);
#else
		/* On the wall clock, which may be set: look at the other in between. */
		int64_t left = lookup->deadline - clock_now();
		struct timespec until;

		if (left > NANOSECONDS_PER_SECOND)
			left = NANOSECONDS_PER_SECOND;
		(void)clock_gettime(CLOCK_REALTIME, &until);
		left += until.tv_nsec;
		until.tv_sec += (time_t)(left / NANOSECONDS_PER_SECOND);
		until.tv_nsec = (long)(left % NANOSECONDS_PER_SECOND);
		result = sem_timedwait(&lookup->done, &until);
		if (result != 0 && errno == ETIMEDOUT && clock_now() < lookup->deadline)
			errno = EINTR;
#endif
	} while (result != 0 && errno == EINTR);
}

/* The caller goes its way without the result; false where it has just come. */
static bool abandon(struct lookup *lookup)
{
	abandoned_add(1);
	if (atomic_exchange(&lookup->phase, PHASE_ABANDONED) == PHASE_FINISHED) {
		abandoned_add(-1);
		return false;
	}
	return true;
}

static void cancelled(void *argument)
{
	(void)abandon(argument);
	lookup_release(argument);
}

/* Until the thread is no more: a program that had one thread has one again (unshare(2), setns(2)
 * and some sandboxes ask). */
static void see_off(pid_t thread)
{
	const int64_t end = clock_now() + LEAVE_TIME;

	while (syscall(SYS_tgkill, kernel_process(), thread, 0) == 0 && clock_now() < end)
		(void)sched_yield();
}

static bool wait_for_room(const struct lookup *lookup)
{
	const struct timespec interval = {.tv_nsec = ROOM_INTERVAL};

	while (abandoned_count(atomic_load(&abandoned)) >= MANY_ABANDONED) {
		if (clock_now() >= lookup->deadline)
			return false;
		(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &interval, NULL);
	}
	return true;
}

/* pthread_cleanup_push is a sigsetjmp here (shim/io/gate.h); nobody comes back after the jump. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wclobbered"
#endif

/* In the caller, with a cleanup handler in place: what became of it, the worker's errno aside. */
static enum lookup_verdict run_bounded(struct lookup *lookup)
{
	enum lookup_verdict verdict = LOOKUP_TIMED_OUT;

	pthread_cleanup_push(lookup_release, lookup);
	if (wait_for_room(lookup))
		verdict = start_worker(lookup) ? LOOKUP_DONE : LOOKUP_NATIVE;
	pthread_cleanup_pop(0);
	if (verdict == LOOKUP_DONE) {
		pthread_cleanup_push(cancelled, lookup);
		wait_done(lookup);
		if (atomic_load(&lookup->phase) != PHASE_FINISHED && abandon(lookup))
			verdict = LOOKUP_TIMED_OUT;
		pthread_cleanup_pop(0);
	}
	return verdict;
}

enum lookup_verdict lookup_run(void *argument)
{
	struct lookup *const lookup = argument;
	const locale_t locale = uselocale((locale_t)0);
	const int saved_errno = errno;
	enum lookup_verdict verdict;
	int64_t since;

	if (lookup == NULL || lookup->incomplete || kernel_memory_is_borrowed() ||
	    sem_init(&lookup->done, 0, 0) != 0) {
		errno = saved_errno;
		return LOOKUP_NATIVE;
	}
	if (locale != LC_GLOBAL_LOCALE)
		lookup->locale = duplocale(locale);
	lookup->error = saved_errno;
	lookup->host_error = h_errno;
	since = stats_begin(-1, OPERATION_RESOLVE, lookup->limit.timeout, lookup->started);
	verdict = run_bounded(lookup);
	if (verdict != LOOKUP_NATIVE)
		stats_end(-1, OPERATION_RESOLVE, since,
			  verdict == LOOKUP_TIMED_OUT ? ETIMEDOUT : 0);
	switch (verdict) {
	case LOOKUP_DONE:
		see_off(lookup->thread);
		errno = lookup->error;
		h_errno = lookup->host_error;
		break;
	case LOOKUP_TIMED_OUT:
		stats_timeout(-1, OPERATION_RESOLVE, lookup->limit.timeout);
		report_lookup(lookup->call, &lookup->subject, lookup->started, &lookup->limit);
		errno = ETIMEDOUT;
		/* libc sets it whether the function promises that or not, and programs (CPython's
		 * gethostbyaddr) rely on it. */
		h_errno = TRY_AGAIN;
		break;
	default:
		errno = saved_errno;
		break;
	}
	return verdict;
}
