/*
 * Waits on where the first real call has found nothing, and fails what has been silent for too
 * long. Cold.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>

#include "base/clock.h"
#include "base/duration.h"
#include "shim/fault/chaos.h"
#include "shim/fd/failure.h"
#include "shim/io/gate.h"
#include "shim/fd/hint.h"
#include "shim/fd/hold.h"
#include "shim/system/interruption.h"
#include "shim/wait/judge.h"
#include "shim/wait/nested.h"
#include "shim/wait/ready.h"
#include "shim/wait/ready_limits.h"
#include "shim/log/report.h"
#include "shim/config/rules.h"
#include "shim/log/stats.h"

_Thread_local __attribute__((tls_model("initial-exec"))) int64_t ready_silent_since;

/* With `idle`: when this thread is to look for sockets that are. */
THREAD_LOCAL int64_t idle_due;

short ready_dead(short events)
{
	return (short)((events & (POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM | POLLRDHUP)) |
		       POLLERR | POLLHUP);
}

static uint64_t key_with(uint64_t key, uint32_t value)
{
	return (key ^ value) * UINT64_C(0x100000001b3);
}

/* FNV-1a over what is waited for: another set, another silence. Of an epoll set, which only the
 * kernel can list, its descriptor; what came to it is known by judge_begin. Not before the real
 * call has looked at the program's memory: a bad pointer is for it to refuse. */
static uint64_t ready_key(struct ready *ready)
{
	uint64_t key = UINT64_C(0xcbf29ce484222325);
	struct ready_interest interest;
	size_t position = 0;

	if (ready->set >= 0)
		return key_with(key, (uint32_t)ready->set);
	while (ready->next(ready, &position, &interest)) {
		key = key_with(key, (uint32_t)interest.fd);
		key = key_with(key, hint_get(interest.fd) & HINT_GENERATION_MASK);
		key = key_with(key, (uint16_t)interest.events);
	}
	return key;
}

static void silence_mark(struct ready *ready)
{
	struct nested_walk walk = NESTED_WALK_OF(ready);
	struct ready_interest interest;

	ready->silence->mark = 0;
	while (nested_next(&walk, &interest))
		judge_silent(interest.fd, ready->started);
}

/* To list an epoll set is not cheap: there it is done when the silence is no short one, and for a
 * single wait of a thread that is alone, which did nothing meanwhile, when the time is over. */
static void silence_begin(struct ready *ready)
{
	struct silence *const silence = ready->silence;

	silence->due = clock_deadline(ready->started, ready_least());
	if (ready->set < 0)
		silence_mark(ready);
	else if (ready->own >= 0 || !__libc_single_threaded)
		silence->mark = clock_deadline(ready->started, ready_least() / READY_MARK);
}

/* The real call has just found nothing: the thread's silence goes on, or begins. */
static void silence_goes_on(struct ready *ready, int64_t now)
{
	/* Nothing is bounded: the wait is only made in slices. */
	if (ready_least() == 0)
		return;
	ready->silence = silence_continue(ready_key(ready), ready->started, now, ready_least());
	if (ready->silence->due == 0)
		silence_begin(ready);
	if (ready->silence->mark != 0 && now >= ready->silence->mark)
		silence_mark(ready);
	ready->since = ready_silent_since = ready->silence->since;
}

void ready_interrupted(struct ready *ready)
{
	const int saved_errno = errno;

	ready->started = clock_now();
	silence_goes_on(ready, ready->started);
	errno = saved_errno;
}

/* What is known of one thing that is waited for. */
static enum judgement judge_one(const struct ready *ready,
				const struct ready_interest *interest, struct judged *judged)
{
	*judged = (struct judged){.fd = interest->fd,
				  .events = interest->events,
				  .inode = interest->inode,
				  .own = ready->own,
				  .since = ready->since,
				  .this_wait = ready->started};
	return judge(judged);
}

/*
 * Look at everything that is waited for. Something that happened on one socket spares all of them,
 * and a terminal spares them for ever. Returns the time that has been silent at the end of all,
 * *due gets the time when the first of them fails, DEADLINE_NEVER for none.
 */
static int64_t examine(struct ready *ready, int64_t *due)
{
	int64_t started = ready->since, timeout = DEADLINE_NEVER;
	struct nested_walk walk = NESTED_WALK_OF(ready);
	struct ready_interest interest;
	bool terminal = false;

	/* To the end, whatever comes: a listing that was begun is to be closed. */
	while (nested_next(&walk, &interest)) {
		struct judged judged;
		const enum judgement judgement = judge_one(ready, &interest, &judged);

		terminal = terminal || judgement == JUDGED_TERMINAL;
		if (judgement != JUDGED_BOUNDED)
			continue;
		if (judged.started > started)
			started = judged.started;
		if (judged.timeout < timeout)
			timeout = judged.timeout;
	}
	*due = terminal ? DEADLINE_NEVER : clock_deadline(started, timeout);
	return started;
}

static void fail_one(const struct ready *ready, const struct judged *judged)
{
	const struct gate gate = {.fd = judged->fd,
				  .call = ready->call,
				  .operation = judged->operation,
				  .timeout = judged->timeout,
				  .rule = judged->rule,
				  .started = judged->started};

	if (!failure_set(judged->fd, hint_get(judged->fd), judged->inode, judged->connecting,
			 ETIMEDOUT))
		return;
	/* What was held has been late for long enough. */
	if (hold_any())
		hold_forgotten(judged->fd);
	/* Another thread has failed it since it was judged, and the program has been told. */
	if (judge_stands(judged)) {
		stats_timeout(judged->fd, judged->idle ? OPERATION_IDLE : OPERATION_WAIT,
			      judged->timeout);
		report_timeout(&gate);
	} else {
		failure_withdraw(judged->fd);
	}
}

/* Everything has been silent since started: what is due by now fails, unless something has become
 * ready meanwhile. Returns what the wait is to return; 0: go on waiting. */
static int fail_due(struct ready *ready, int64_t started, int64_t now)
{
	struct nested_walk walk = NESTED_WALK_OF(ready);
	struct ready_interest interest;
	const int n = ready->wait(ready, 0);

	if (n != 0)
		return n;
	while (nested_next(&walk, &interest)) {
		struct judged judged;

		if (judge_one(ready, &interest, &judged) == JUDGED_BOUNDED &&
		    judge_confirms(&judged, started) &&
		    clock_deadline(started, judged.timeout) <= now) {
			judged.started = started;
			fail_one(ready, &judged);
		}
	}
	return ready->report(ready);
}

/* The time is over in which nothing can fail. As fail_due. */
static int silence_expired(struct ready *ready, int64_t now)
{
	int64_t due;
	const int64_t started = examine(ready, &due);
	int n = 0;

	if (due <= now) {
		n = fail_due(ready, started, now);
		/* Nothing could be failed; another thread was faster, or has told the program. */
		if (n == 0)
			ready->silence->since = ready->since = now;
		due = DEADLINE_NEVER;
	}
	/* What cannot fail now may do so later: an epoll set grows. */
	ready->silence->due = due != DEADLINE_NEVER ? due : clock_deadline(now, ready_least());
	return n;
}

/*
 * With `idle`: fail what is, whatever else is ready. Returns what the wait is to return; 0: go on.
 * What other waits of the thread's wait for is not known here, so it looks again soon.
 */
static int idle_expired(struct ready *ready, int64_t now)
{
	const int64_t idle = ready_idle();
	struct nested_walk walk = NESTED_WALK_OF(ready);
	struct ready_interest interest;
	bool failed = false;
	const int n = ready->wait(ready, 0);

	if (n < 0)
		return n;
	idle_due = clock_deadline(now, idle / 4);
	while (nested_next(&walk, &interest)) {
		struct judged judged = {.fd = interest.fd,
					.events = interest.events,
					.inode = interest.inode,
					.idle = true,
					.this_wait = ready->started};
		int64_t due;

		if (judge(&judged) != JUDGED_BOUNDED)
			continue;
		due = clock_deadline(judged.started, judged.timeout);
		if (due <= now) {
			fail_one(ready, &judged);
			failed = true;
		} else if (due < idle_due) {
			idle_due = due;
		}
	}
	/* What the real call has taken out of an epoll set is to be told first. */
	return n > 0 || !failed ? n : ready->report(ready);
}

static bool idle_is_due(int64_t now)
{
	return now >= idle_due && ready_idle() != DURATION_NONE;
}

/* How long the next real call may take. */
static int64_t next_piece(const struct ready *ready, int64_t now)
{
	const int64_t next = ready->silence != NULL
				     ? silence_next(ready->silence)
				     : silence_next_of_all(ready->started, ready_least());
	int64_t piece = next != DEADLINE_NEVER ? next - now : ready_least();
	const int64_t slice = ready_sliced();

	if (ready->silence == NULL && !__libc_single_threaded &&
	    piece > ready_least() / READY_MARK)
		piece = ready_least() / READY_MARK;
	if (slice != 0 && (slice < piece || ready_least() == 0))
		piece = slice;
	if (ready_idle() != DURATION_NONE && idle_due - now < piece)
		piece = idle_due - now;
	if (ready->own >= 0) {
		const int64_t left = clock_deadline(ready->started, ready->own) - now;

		if (left < piece)
			piece = left;
	}
	return piece > 0 ? piece : 0;
}

/* waited: the real call has just found nothing. */
static int ready_loop(struct ready *ready, bool waited)
{
	int n;

	for (;; waited = true) {
		if (waited) {
			const int64_t now = clock_now();

			silence_goes_on(ready, now);
			n = ready_least() != 0 && now >= ready->silence->due
				    ? silence_expired(ready, now)
				    : 0;
			if (n == 0 && idle_is_due(now))
				n = idle_expired(ready, now);
			if (n != 0)
				return n;
			if (ready->own >= 0 &&
			    now >= clock_deadline(ready->started, ready->own))
				return 0;
			/* A handler that ran since the real call has interrupted us as well. */
			if (interruption_seen() != INTERRUPTION_NONE) {
				errno = EINTR;
				return -1;
			}
		}
		n = ready->wait(ready,
				next_piece(ready, waited ? clock_now() : ready->started));
		if (n != 0)
			return n;
	}
}

int ready_wait_watched(struct ready *ready, int64_t piece)
{
	int n;

	if (piece >= 0)
		ready->waiting_since = stats_begin(ready->set, OPERATION_WAIT, piece, 0);
	n = ready->wait(ready, piece);
	if (n != 0)
		ready_watched(ready, n);
	return n;
}

void ready_watched(struct ready *ready, int n)
{
	stats_end(ready->set, OPERATION_WAIT, ready->waiting_since, n < 0 ? errno : 0);
	ready->waiting_since = 0;
}

/* Somebody looks on, and has not seen this wait begin: whether it does is seen by a look, where
 * that has not been made. As fail_due. */
static int begin_watched(struct ready *ready, bool waited)
{
	const int n = waited ? 0 : ready->wait(ready, 0);

	if (n == 0)
		ready->waiting_since =
			stats_begin(ready->set, OPERATION_WAIT, ready_least(), ready->started);
	return n;
}

int ready_slow(struct ready *ready, int64_t piece)
{
	const int saved_errno = errno;
	int n = 0;

	interruption_begin();
	rules_refresh();
	if (piece < 0 && UNLIKELY(atomic_load_explicit(&chaos_waits, memory_order_relaxed)) &&
	    !chaos_wait(ready))
		return -1;
	ready->started = clock_now() - (piece > 0 ? piece : 0);
	if (failure_pending())
		n = ready->report(ready);
	if (n == 0 && idle_is_due(ready->started))
		n = idle_expired(ready, ready->started);
	if (n == 0 && ready_bounds(ready->own)) {
		if (stats_watched() && ready->waiting_since == 0)
			n = begin_watched(ready, piece >= 0);
		if (n == 0)
			n = ready_loop(ready, piece >= 0);
	} else if (n == 0) {
		n = ready->wait(ready, ready->own);
	}
	ready_watched(ready, n);
	if (n > 0 && ready_silent_since != 0) {
		silence_end();
		ready_silent_since = 0;
	} else if (n < 0 && errno == EINTR && ready_bounds(ready->own)) {
		silence_goes_on(ready, clock_now());
	}
	if (n >= 0)
		errno = saved_errno;
	return n;
}
