/*
 * The two ends of a wait in the engine: whether a timeout applies, which, and the deadline; the timeout
 * that is over. Cold.
 */
#include "config.h"

#include "base/clock.h"
#include "base/duration.h"
#include "shim/config/rules.h"
#include "shim/fd/reply.h"
#include "shim/io/io.h"
#include "shim/io/timer.h"
#include "shim/log/report.h"
#include "shim/log/stats.h"
#include "shim/system/interruption.h"
#include "shim/system/kernel.h"

/* The timeout that applies to the call; and for a receive, how long an answer may be owed. */
static struct rules_limit find_limit(struct io *io, int64_t now)
{
	struct rules_subject subject = {.fd = io->fd,
					.state = io->state,
					.address = io->address,
					.address_length = io->address_length,
					.unread = true};
	struct rules_limit limit;

	rules_refresh_at(now);
	io->reply.timeout = DURATION_NONE;
	if (io->operation == OPERATION_RECV && !io->timed && reply_is_watched(fd_state(io->fd)))
		io->reply = rules_reply(&subject);
	limit = rules_timeout(&subject, io->operation,
			      io->uncounted ? POLICY_MAY_FIRE : POLICY_COUNTED);
	return limit;
}

/* The time at which the receive asks whether an answer was owed for the whole timeout of `reply`. */
static int64_t next_look(const struct io *io, int64_t now)
{
	int64_t since;

	if (io->reply.timeout == DURATION_NONE)
		return DEADLINE_NEVER;
	return clock_deadline(reply_is_owed(io->fd, now, &since) ? since : now,
			      io->reply.timeout);
}

bool io_reply_is_late(struct io *io, int64_t now)
{
	int64_t since;

	if (now < io->reply_look)
		return false;
	io->reply_look = next_look(io, now);
	if (now < io->reply_look || !reply_is_owed(io->fd, now, &since))
		return false;
	fd_quiet_begin(io->fd);
	io->late_reply = true;
	io->own = false;
	io->timeout = io->reply.timeout;
	io->rule = io->reply.rule;
	io->started = since;
	return true;
}

enum fd_direction io_direction(const struct io *io)
{
	return io->operation == OPERATION_SEND || io->operation == OPERATION_CONNECT
		       ? FD_SEND
		       : FD_RECEIVE;
}

/* The timer is on a listener, and this process did not set the timer: another process that shares the listener has
 * armed the timer for its own accept. */
static bool is_of_another_accept(const struct io *io, int64_t timer)
{
	return io->operation == OPERATION_ACCEPT && timer <= TIMER_SHORTEST &&
	       (io->state & FD_OWN_TIMER) == 0 &&
	       !atomic_load_explicit(&fd_timer_by_duplicate, memory_order_relaxed);
}

/* The program's own timer bounds the call, unless a rule enforces a shorter timeout. Returns false
 * where the call is the program's. */
static bool consider_own_timer(struct io *io, const struct rules_limit *limit)
{
	int64_t own;

	if (fd_has_no_timer(io->state) || !timer_own(io->fd, io_direction(io), &own) ||
	    own == DURATION_NONE || is_of_another_accept(io, own))
		return true;
	if (limit->enforced && limit->timeout != DURATION_NONE && own > limit->timeout) {
		io->capped = true;
		return true;
	}
	if (!io->keep_waiting)
		return false;
	io->timeout = own;
	io->own = true;
	return true;
}

bool io_polls_first(const struct io *io)
{
	return io->operation == OPERATION_RECV && (io->state & FD_POLL_FIRST) != 0;
}

int io_ask_nonblock(const struct io *io)
{
	const uint64_t epoch = fd_epoch_now();
	const int flags = kernel_flags(io->fd);

	if (flags < 0)
		return IO_NATIVE;
	if ((flags & O_NONBLOCK) == 0)
		return IO_READY;
	fd_learn_nonblocking(io->fd, io->state, epoch);
	return -EAGAIN;
}

static int decide(struct io *io, int64_t now)
{
	const struct rules_limit limit = find_limit(io, now);
	int verdict = IO_READY;

	io->timeout = limit.timeout;
	io->rule = limit.rule;
	if (io->timeout == DURATION_NONE && io->reply.timeout == DURATION_NONE &&
	    !io->keep_waiting)
		return IO_NATIVE;
	if (!io->timed && !io_polls_first(io))
		verdict = io_ask_nonblock(io);
	if (verdict != IO_READY)
		return verdict;
	if (!consider_own_timer(io, &limit))
		return IO_NATIVE;
	io->started = io->begun != 0 ? io->begun : now;
	io->deadline = io->timeout == DURATION_NONE ? DEADLINE_NEVER
						    : clock_deadline(io->started, io->timeout);
	/* Most answers come soon: only later is the kernel asked since when the answer is owed. */
	io->reply_look = io->reply.timeout == DURATION_NONE
				 ? DEADLINE_NEVER
				 : clock_deadline(now, io->reply.timeout / 8);
	return IO_READY;
}

int io_enter(struct io *io, int64_t now)
{
	int verdict;

	io->entered = true;
	interruption_begin();
	verdict = decide(io, now);
	io->native = verdict == IO_NATIVE;
	return verdict;
}

/* The other side, for the counters. The address of a receive is an answer. */
static struct summary_peer peer_of(const struct io *io)
{
	const bool names =
		io->operation == OPERATION_CONNECT || io->operation == OPERATION_SEND;

	return (struct summary_peer){.fd = io->fd,
				     .address = names ? io->address : NULL,
				     .length = io->address_length};
}

int io_expired(struct io *io)
{
	const enum operation operation = io->late_reply ? OPERATION_REPLY : io->operation;
	const struct report_call call = {.call = io->call,
					 .operation = operation,
					 .fd = io->fd,
					 .address = io->address,
					 .address_length = io->address_length,
					 .started = io->started,
					 .timeout = io->timeout,
					 .progress = io->progress,
					 .rule = io->rule};

	if (io->own)
		return -EAGAIN;
	if (!io->reported) {
		io->reported = true;
		stats_timeout(peer_of(io), operation, io->timeout);
		report_timeout(&call);
	}
	return -ETIMEDOUT;
}

void io_leave(struct io *io, int error)
{
	stats_end(peer_of(io), io->operation, io->waiting_since, error);
	io->waiting_since = 0;
}
