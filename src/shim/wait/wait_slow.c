/*
 * Goes on waiting where the first real call has found nothing. Cold.
 */
#include "config.h"

#include <errno.h>

#include "base/clock.h"
#include "shim/system/interruption.h"
#include "shim/wait/expire.h"
#include "shim/wait/late.h"
#include "shim/wait/quiet.h"
#include "shim/io/io.h"
#include "shim/wait/wait.h"
#include "shim/wait/walk.h"

_Thread_local __attribute__((tls_model("initial-exec"))) struct wait_thread wait_thread;
_Atomic(bool (*)(struct wait *wait, int *result)) wait_fault;
_Atomic(void (*)(int set, int fd)) wait_fault_member;

static int64_t min(int64_t one, int64_t other)
{
	return one < other ? one : other;
}

/* When something is to be done for a quiet period that the wait is a part of, or may be. */
static int64_t next_of_quiet(const struct wait *wait, bool slice)
{
	if (wait->quiet == NULL)
		return quiet_next_of_all(wait->started, limits_timeout());
	return slice && wait->quiet->slice.length == 0 ? DEADLINE_NEVER
						       : quiet_next(wait->quiet);
}

/* How long the next real call may take. */
static int64_t next_call(const struct wait *wait, int64_t now)
{
	const int64_t timeout = limits_timeout(), longest = limits_longest_call();
	const bool slice = limits_slice(wait->own);
	const int64_t next = next_of_quiet(wait, slice);
	int64_t call = slice || next != DEADLINE_NEVER ? next - now : timeout;

	if (wait->quiet == NULL && !slice && !__libc_single_threaded)
		call = min(call, timeout / WAIT_MARK_PART);
	/* Rules that bounded the wait may be gone. */
	if (timeout == 0)
		call = DEADLINE_NEVER - now;
	if (longest != 0)
		call = min(call, longest);
	if (limits_single() != DURATION_NONE)
		call = min(call, expire_single_due - now);
	if (wait->own >= 0)
		call = min(call, clock_deadline(wait->started, wait->own) - now);
	return call > 0 ? call : 0;
}

/* The real call has just found nothing. Where it sets *over, returns the result of the wait. */
static int found_nothing(struct wait *wait, bool *over)
{
	const int64_t now = clock_now();
	int n = 0;

	expire_continue(wait, now);
	if (wait->quiet != NULL && now >= wait->quiet->due)
		n = expire_quiet(wait, now);
	if (n == 0 && expire_single_is_due(now))
		n = expire_single(wait, now);
	*over = n != 0;
	if (n == 0 && wait->own >= 0 && now >= clock_deadline(wait->started, wait->own)) {
		if (wait->own >= limits_timeout())
			expire_ran_out(wait);
		*over = true;
	}
	if (!*over && wait_was_interrupted(wait)) {
		errno = EINTR;
		*over = true;
		return -1;
	}
	return n;
}

/* The time that is left of the wait's own timeout; -1: unlimited. */
static int64_t time_left(const struct wait *wait)
{
	int64_t left;

	if (wait->own < 0)
		return -1;
	left = clock_deadline(wait->started, wait->own) - clock_now();
	return left > 0 ? left : 0;
}

/* Wait until something is ready, a socket fails, or the wait's own timeout is over. waited: the real call
 * has just found nothing. */
static int wait_on(struct wait *wait, bool waited)
{
	bool over = false;
	int n;

	for (;; waited = true) {
		if (waited) {
			n = found_nothing(wait, &over);
			if (over)
				return n;
		}
		n = late_make(wait, next_call(wait, waited ? clock_now() : wait->started));
		if (n != 0)
			return n;
		if (limits_are_stopped())
			return wait->kind->make(wait, time_left(wait));
	}
}

static void count_end(struct wait *wait, int n)
{
	stats_end((struct summary_peer){.fd = wait->counted_fd}, OPERATION_WAIT,
		  wait->waiting_since, n < 0 ? errno : 0);
	wait->waiting_since = 0;
}

/* The only socket of a network among the descriptors of poll(2) or select(2), else the only socket, else
 * -1. The members of an epoll set
 * are not looked at: that costs too much. */
static int only_socket(const struct wait *wait)
{
	struct walk walk = WALK_TOP(wait);
	struct wait_interest interest;
	int found[2] = {-1,
			-1}; /* AF_UNIX, which may be a channel of the program, and others */
	bool several[2] = {false, false};

	if (wait->set >= 0)
		return -1;
	while (walk_next(&walk, &interest))
		if (fd_is_socket(interest.fd, fd_state(interest.fd))) {
			const bool network = !io_is_unix(interest.fd);

			several[network] |=
				found[network] >= 0 && found[network] != interest.fd;
			found[network] = interest.fd;
		}
	if (found[1] >= 0)
		return several[1] ? -1 : found[1];
	return several[0] ? -1 : found[0];
}

static void begin_counted(struct wait *wait, int64_t nanoseconds, int64_t now)
{
	wait->counted_fd = only_socket(wait);
	wait->waiting_since = stats_begin(wait->set, OPERATION_WAIT, nanoseconds, now);
}

int wait_counted(struct wait *wait, int64_t nanoseconds)
{
	int n = 0;

	if (wait->own > 0)
		n = wait->kind->make(wait, 0);
	if (n != 0)
		return n;
	if (nanoseconds >= 0)
		begin_counted(wait, nanoseconds, 0);
	n = wait->kind->make(wait, nanoseconds);
	if (n != 0 || !limits_bound(wait->own))
		count_end(wait, n);
	return n;
}

/* A wait that may last begins, and waits are counted. Where the real call was not made, a look shows
 * whether the wait begins at all. Returns the result of the look; 0: the wait begins. */
static int count_begin(struct wait *wait, bool waited)
{
	const int n = waited ? 0 : late_make(wait, 0);

	if (n == 0)
		begin_counted(wait, limits_timeout(), wait->started);
	return n;
}

int wait_failed(struct wait *wait)
{
	const int saved_errno = errno;

	if (saved_errno == EINTR && limits_bound(wait->own)) {
		wait->started = clock_now();
		expire_continue(wait, wait->started);
		wait->started = 0;
	}
	errno = saved_errno;
	return -1;
}

int wait_ran_out(struct wait *wait)
{
	const int saved_errno = errno;

	rules_refresh();
	if (limits_slice(wait->own)) {
		const int64_t now = clock_now();

		wait->started = now - wait->own;
		expire_continue(wait, now);
		expire_ran_out(wait);
	}
	errno = saved_errno;
	return 0;
}

/* A wait that may be bounded. */
static int wait_bounded(struct wait *wait, bool waited)
{
	int n = 0;

	if (stats_watched() && wait->waiting_since == 0)
		n = count_begin(wait, waited);
	return n != 0 ? n : wait_on(wait, waited);
}

int wait_slow(struct wait *wait, int64_t waited)
{
	bool (*const fault)(struct wait *, int *) =
		atomic_load_explicit(&wait_fault, memory_order_relaxed);
	const int saved_errno = errno;
	int n = 0;

	if (limits_are_stopped()) {
		if (waited >= 0 && wait->own >= 0)
			wait->own = wait->own > waited ? wait->own - waited : 0;
		return wait->kind->make(wait, wait->own);
	}
	/* A handler may have run since the real call. */
	if (waited < 0)
		interruption_begin();
	if (waited < 0 && fault != NULL && !fault(wait, &n))
		return n < 0 ? wait_failed(wait) : n;
	n = 0;
	rules_refresh();
	wait->started = clock_now() - (waited > 0 ? waited : 0);
	if (pending_any())
		n = expire_report(wait);
	if (n == 0 && expire_single_is_due(wait->started))
		n = expire_single(wait, wait->started);
	if (n == 0)
		n = limits_bound(wait->own) || limits_slice(wait->own)
			    ? wait_bounded(wait, waited >= 0)
			    : late_make(wait, wait->own);
	count_end(wait, n);
	if (n > 0 && wait_thread.quiet_since != 0) {
		quiet_end_all();
		wait_thread.quiet_since = 0;
	} else if (n < 0 && errno == EINTR && limits_bound(wait->own)) {
		expire_continue(wait, clock_now());
		errno = EINTR;
	}
	if (n >= 0)
		errno = saved_errno;
	return n;
}
