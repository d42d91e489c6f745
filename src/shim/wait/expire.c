/*
 * Examines the descriptors of a wait when a time is over in which nothing happened, and gives the
 * sockets that have been quiet for their timeout a pending error. Cold.
 */
#include "config.h"

#include <errno.h>

#include "base/clock.h"
#include "shim/log/report.h"
#include "shim/wait/exempt.h"
#include "shim/wait/expire.h"
#include "shim/wait/late.h"
#include "shim/wait/quiet.h"
#include "shim/wait/walk.h"

_Thread_local __attribute__((tls_model("initial-exec"))) int64_t expire_single_due;

static uint64_t key_with(uint64_t key, uint32_t value)
{
	return (key ^ value) * UINT64_C(0x100000001b3);
}

/* A hash of the descriptors and events that a wait waits for (FNV-1a). Of an epoll set, the
 * descriptor counts: fd_quiet_begin notes additions to a set. Only after the real call, which refuses
 * bad pointers. */
static uint64_t key_of(const struct wait *wait)
{
	uint64_t key = UINT64_C(0xcbf29ce484222325);
	struct wait_interest interest;
	size_t position = 0;

	if (wait->set >= 0)
		return key_with(key, (uint32_t)wait->set);
	while (wait->kind->next(wait, &position, &interest)) {
		const uint64_t generation = fd_state(interest.fd) & FD_GENERATION;

		key = key_with(key, (uint32_t)interest.fd);
		key = key_with(key, (uint32_t)(generation >> FD_CLOSED_SHIFT));
		key = key_with(key, (uint16_t)interest.events);
	}
	return key;
}

static void mark_all_quiet(const struct wait *wait)
{
	struct walk walk = WALK_ALL(wait);
	struct wait_interest interest;

	wait->quiet->mark = 0;
	while (walk_next(&walk, &interest))
		exempt_mark_quiet(interest.fd, wait->started);
}

/* To list an epoll set costs system calls. So the members of a set are marked after a part of the
 * timeout; and not before the timeout is over in a single wait of the only thread of a process, which
 * uses no socket meanwhile. */
static void begin_quiet(const struct wait *wait)
{
	struct quiet *const quiet = wait->quiet;

	quiet->due = clock_deadline(wait->started, limits_timeout());
	if (wait->set < 0)
		mark_all_quiet(wait);
	else if (wait->own >= 0 || !__libc_single_threaded)
		quiet->mark = clock_deadline(wait->started, limits_timeout() / WAIT_MARK_PART);
}

void expire_continue(struct wait *wait, int64_t now)
{
	/* Only the real calls are limited (limits_of_calls), or rules are gone. */
	if (limits_timeout() == 0) {
		wait->quiet = NULL;
		return;
	}
	wait->quiet = quiet_continue(key_of(wait), wait->started, now, limits_timeout());
	if (wait->quiet->due == 0)
		begin_quiet(wait);
	if (wait->quiet->mark != 0 && now >= wait->quiet->mark)
		mark_all_quiet(wait);
	wait_thread.quiet_since = wait->quiet->since;
}

void expire_ran_out(const struct wait *wait)
{
	if (wait->quiet == NULL)
		return;
	if (wait->quiet->mark != 0)
		mark_all_quiet(wait);
	quiet_ran_out(wait->quiet, wait->own, wait->started, clock_now());
}

static enum exempt_verdict ask(const struct wait *wait, const struct wait_interest *interest,
			       struct exempt *exempt)
{
	*exempt = (struct exempt){.fd = interest->fd,
				  .events = interest->events,
				  .inode = interest->inode,
				  .own = wait->own,
				  .since = wait->quiet->since,
				  .slice = wait->quiet->slice,
				  .this_wait = wait->started};
	return exempt_ask(exempt);
}

/* Something that happened on one socket counts for all, and a terminal exempts all. Returns since
 * when all have been quiet; *due gets the time when the first of them fails; DEADLINE_NEVER: none
 * does. */
static int64_t examine(const struct wait *wait, int64_t *due)
{
	int64_t quiet_since = wait->quiet->since, timeout = DEADLINE_NEVER;
	struct walk walk = WALK_ALL(wait);
	struct wait_interest interest;
	bool terminal = false;

	while (walk_next(&walk, &interest)) {
		struct exempt exempt;
		const enum exempt_verdict verdict = ask(wait, &interest, &exempt);

		terminal = terminal || verdict == EXEMPT_TERMINAL;
		if (verdict != EXEMPT_NOT)
			continue;
		if (exempt.quiet_since > quiet_since)
			quiet_since = exempt.quiet_since;
		if (exempt.timeout < timeout)
			timeout = exempt.timeout;
	}
	*due = terminal ? DEADLINE_NEVER : clock_deadline(quiet_since, timeout);
	return quiet_since;
}

static void fail_one(const struct wait *wait, const struct exempt *exempt)
{
	const struct report_call call = {.fd = exempt->fd,
					 .call = wait->call,
					 .operation = exempt->operation,
					 .timeout = exempt->timeout,
					 .slice = exempt->sliced ? exempt->slice.length : 0,
					 .rule = exempt->rule,
					 .started = exempt->quiet_since};

	if (!pending_set(exempt->fd, exempt->subject.state, exempt->inode, exempt->connecting,
			 ETIMEDOUT))
		return;
	/* A delay that lasts as long as the timeout is over. */
	if (delayed_any())
		delayed_release_all(exempt->fd);
	/* Another thread failed the socket since it was examined, and the error was reported. */
	if (!exempt_is_current(exempt)) {
		pending_withdraw(exempt->fd);
		return;
	}
	stats_timeout((struct summary_peer){.fd = exempt->fd},
		      exempt->by == EXEMPT_BY_WAIT ? OPERATION_WAIT : exempt->operation,
		      exempt->timeout);
	report_timeout(&call);
}

int expire_report(struct wait *wait)
{
	int n = late_make(wait, 0);
	struct walk walk = WALK_TOP(wait);
	struct wait_interest interest;
	bool fault = false;

	if (n < 0)
		return n;
	while (walk_next(&walk, &interest)) {
		short shown;
		int more;

		if (late_is(interest.fd, interest.events))
			continue;
		shown = walk_shows(interest.fd, interest.inode, interest.events);
		if (shown == 0)
			continue;
		more = wait->kind->show(wait, &interest, shown);
		fault = fault || more < 0;
		n += more > 0 ? more : 0;
	}
	if (n == 0 && fault) {
		errno = EFAULT;
		return -1;
	}
	return n;
}

/* All sockets have been quiet since then: those whose timeout is over fail, unless something has
 * become ready. Returns the result of the wait; 0: go on waiting. */
static int fail_due(struct wait *wait, int64_t quiet_since, int64_t now)
{
	struct walk walk = WALK_ALL(wait);
	struct wait_interest interest;
	const int n = late_make(wait, 0);

	if (n != 0)
		return n;
	while (walk_next(&walk, &interest)) {
		struct exempt exempt;

		if (ask(wait, &interest, &exempt) == EXEMPT_NOT &&
		    exempt_still_quiet(&exempt, quiet_since) &&
		    clock_deadline(quiet_since, exempt.timeout) <= now) {
			exempt.quiet_since = quiet_since;
			fail_one(wait, &exempt);
		}
	}
	return expire_report(wait);
}

int expire_quiet(struct wait *wait, int64_t now)
{
	int64_t due;
	const int64_t quiet_since = examine(wait, &due);
	int n = 0;

	if (due <= now) {
		n = fail_due(wait, quiet_since, now);
		/* Another thread failed the sockets first. */
		if (n == 0)
			wait->quiet->since = now;
		due = DEADLINE_NEVER;
	}
	/* Where no socket can fail, a later member of an epoll set may. */
	wait->quiet->due = due != DEADLINE_NEVER ? due : clock_deadline(now, limits_timeout());
	return n;
}

/* Judge one socket by `idle` or `reply`. True: it failed. The next look is not later than when it may
 * fail. */
static bool expire_one(const struct wait *wait, const struct wait_interest *interest,
		       enum exempt_by by, int64_t now)
{
	struct exempt exempt = {.fd = interest->fd,
				.events = interest->events,
				.inode = interest->inode,
				.by = by,
				.own = wait->own,
				.this_wait = wait->started};
	int64_t due;

	if (exempt_ask(&exempt) != EXEMPT_NOT)
		return false;
	due = clock_deadline(exempt.quiet_since, exempt.timeout);
	if (due <= now) {
		fail_one(wait, &exempt);
		return true;
	}
	if (due < expire_single_due)
		expire_single_due = due;
	return false;
}

/* The other waits of this thread are not known here, so the thread looks again soon. */
int expire_single(struct wait *wait, int64_t now)
{
	struct walk walk = WALK_ALL(wait);
	struct wait_interest interest;
	bool failed = false;
	const int n = late_make(wait, 0);

	if (n < 0)
		return n;
	expire_single_due = clock_deadline(now, limits_single() / 4);
	while (walk_next(&walk, &interest))
		failed = expire_one(wait, &interest, EXEMPT_BY_REPLY, now) ||
			 expire_one(wait, &interest, EXEMPT_BY_IDLE, now) || failed;
	/* The real call may have taken events out of an epoll set: these come first. */
	return n > 0 || !failed ? n : expire_report(wait);
}
