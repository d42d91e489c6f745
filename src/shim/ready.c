/*
 * Waits on where the first real call has found nothing, and fails what has been silent for too
 * long. Cold.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>

#include "base/clock.h"
#include "base/duration.h"
#include "shim/config.h"
#include "shim/failure.h"
#include "shim/gate.h"
#include "shim/judge.h"
#include "shim/ready.h"
#include "shim/report.h"

_Atomic int64_t ready_shortest, ready_longest;
_Thread_local __attribute__((tls_model("initial-exec"))) int64_t ready_silent_since;

/* What the silence is about: ready_key. */
THREAD_LOCAL uint64_t silent_key;

static _Atomic uint32_t changes;

void ready_changed(void)
{
	atomic_fetch_add_explicit(&changes, 1, memory_order_relaxed);
}

void ready_start(void)
{
	static const enum operation operations[] = {OPERATION_RECV, OPERATION_SEND,
						    OPERATION_CONNECT};
	const struct config *config = config_get();
	const int64_t wait = config->timeouts.of[OPERATION_WAIT];
	int64_t shortest = 0, longest = 0;

	if (wait != TIMEOUT_FOLLOWS) {
		shortest = longest = wait;
	} else {
		for (size_t i = 0; i < COUNT_OF(operations); i++) {
			const int64_t timeout = config->timeouts.of[operations[i]];

			if (timeout != DURATION_NONE && (shortest == 0 || timeout < shortest))
				shortest = timeout;
			if (timeout > longest)
				longest = timeout;
		}
	}
	atomic_store_explicit(&ready_longest, longest, memory_order_relaxed);
	atomic_store_explicit(&ready_shortest, shortest, memory_order_relaxed);
}

short ready_dead(short events)
{
	return (short)((events & (POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM | POLLRDHUP)) |
		       POLLERR | POLLHUP);
}

void ready_interrupted(void)
{
	const int saved_errno = errno;

	if (ready_silent_since == 0) {
		ready_silent_since = clock_now();
		silent_key = 0;
	}
	errno = saved_errno;
}

static uint64_t key_with(uint64_t key, uint32_t value)
{
	return (key ^ value) * UINT64_C(0x100000001b3);
}

/* FNV-1a over what is waited for: another set, another silence. Of an epoll set, which only the
 * kernel can list, its descriptor and whether any set has grown. */
static uint64_t ready_key(struct ready *ready)
{
	uint64_t key = UINT64_C(0xcbf29ce484222325);
	struct ready_interest interest;
	size_t position = 0;

	if (ready->set >= 0) {
		key = key_with(key, (uint32_t)ready->set);
		key = key_with(key, atomic_load_explicit(&changes, memory_order_relaxed));
	} else {
		while (ready->next(ready, &position, &interest)) {
			key = key_with(key, (uint32_t)interest.fd);
			key = key_with(key, (uint16_t)interest.events);
		}
	}
	return key != 0 ? key : 1;
}

static void fail(const struct ready *ready, const struct judged *judged)
{
	const struct gate gate = {.fd = judged->fd,
				  .call = ready->call,
				  .operation = judged->operation,
				  .started = judged->started};

	if (failure_set(judged->fd, hint_get(judged->fd), judged->inode, judged->connecting))
		report_timeout(&gate);
}

/*
 * Look at everything that is waited for. With failing, what is due fails. Returns the number that
 * is due; *next is when the next one will be, DEADLINE_NEVER for none. A terminal among them:
 * nothing is due, ever.
 */
static int examine(struct ready *ready, int64_t now, bool failing, int64_t *next)
{
	struct ready_interest interest;
	size_t position = 0;
	bool terminal = false;
	int due = 0;

	*next = DEADLINE_NEVER;
	/* To the end, whatever comes: a listing that was begun is to be closed. */
	while (ready->next(ready, &position, &interest)) {
		struct judged judged = {.fd = interest.fd,
					.events = interest.events,
					.own = ready->own,
					.since = ready_silent_since,
					.this_wait = ready->started};

		switch (judge(&judged)) {
		case JUDGED_TERMINAL:
			terminal = true;
			break;
		case JUDGED_BOUNDED:
			if (judged.due > now) {
				*next = judged.due < *next ? judged.due : *next;
				break;
			}
			due++;
			if (failing)
				fail(ready, &judged);
			break;
		default:
			break;
		}
	}
	if (terminal)
		*next = DEADLINE_NEVER;
	return terminal ? 0 : due;
}

/* How long to wait next; 0: the wait's own time is over. */
static int64_t next_piece(const struct ready *ready, int64_t now, int64_t due)
{
	const int64_t longest = atomic_load_explicit(&ready_longest, memory_order_relaxed);
	/* Nothing here can fail now; that may change (an epoll set grows). */
	int64_t piece = due == DEADLINE_NEVER ? longest : due - now;

	if (ready->own >= 0) {
		const int64_t left = clock_deadline(ready->started, ready->own) - now;

		if (left < piece)
			piece = left > 0 ? left : 0;
	}
	return piece;
}

/* Fail what is due, unless something has become ready: then that, or what has failed, is reported.
 * 0 where another thread was faster. */
static int fail_due(struct ready *ready, int64_t now)
{
	int64_t next;
	int n = ready->wait(ready, 0);

	ready_silent_since = 0;
	if (n != 0)
		return n;
	(void)examine(ready, now, true, &next);
	return ready->report(ready);
}

/* The thread is silent, and about what: go on with that, or begin anew. */
static void silence_continue(struct ready *ready)
{
	const uint64_t key = ready_key(ready);

	if (ready_silent_since == 0 || (silent_key != 0 && silent_key != key))
		ready_silent_since = ready->started;
	silent_key = key;
}

static int ready_loop(struct ready *ready)
{
	for (;;) {
		const int64_t now = clock_now();
		const int64_t shortest =
			atomic_load_explicit(&ready_shortest, memory_order_relaxed);
		int64_t due, piece;
		int n;

		silence_continue(ready);
		due = clock_deadline(ready_silent_since, shortest);
		/* All of them, first: a terminal that comes last spares the others. */
		if (due <= now && examine(ready, now, false, &due) > 0) {
			n = fail_due(ready, now);
			if (n != 0)
				return n;
			ready->started = clock_now();
			continue;
		}
		piece = next_piece(ready, now, due);
		n = ready->wait(ready, piece);
		if (n > 0)
			ready_silent_since = 0;
		if (n != 0 || piece == 0)
			return n;
	}
}

int ready_slow(struct ready *ready, int64_t piece)
{
	const int saved_errno = errno;
	const int64_t now = clock_now();
	int n;

	ready->started = piece >= 0 ? now - piece : now;
	if (failure_any()) {
		n = ready->report(ready);
		if (n != 0)
			return n;
		errno = saved_errno;
	}
	if (!ready_bounds(ready->own))
		return ready->wait(ready, ready->own);
	/* The usual end of a slice: the real call has said it all. */
	silence_continue(ready);
	if (piece >= 0 && piece == ready->own &&
	    now - ready_silent_since <
		    atomic_load_explicit(&ready_shortest, memory_order_relaxed))
		return 0;
	n = ready_loop(ready);
	if (n >= 0)
		errno = saved_errno;
	return n;
}
