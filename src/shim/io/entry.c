/*
 * The entry of a call into the engine: whether a timeout applies, which, and the deadline. Cold.
 */
#include "config.h"

#include "base/clock.h"
#include "base/duration.h"
#include "shim/config/configuration.h"
#include "shim/config/rules.h"
#include "shim/io/io.h"
#include "shim/io/timer.h"
#include "shim/system/interruption.h"
#include "shim/system/kernel.h"

/* The timeout that applies to the call. */
static struct rules_limit find_limit(const struct io *io, int64_t now)
{
	rules_refresh_at(now);
	if (rules_any(RULE_TIMEOUT | RULE_ENFORCE)) {
		struct rules_subject subject = {.fd = io->fd,
						.state = io->state,
						.address = io->address,
						.address_length = io->address_length,
						.unread = true};

		return rules_timeout(&subject, io->operation,
				     io->uncounted ? POLICY_MAY_FIRE : POLICY_COUNTED);
	}
	return (struct rules_limit){.timeout = config_get()->timeouts.of[io->operation]};
}

enum fd_direction io_direction(const struct io *io)
{
	return io->operation == OPERATION_SEND || io->operation == OPERATION_CONNECT
		       ? FD_SEND
		       : FD_RECEIVE;
}

/* The program's own timer bounds the call, unless a rule enforces a shorter timeout. Returns false
 * where the call is the program's. */
static bool consider_own_timer(struct io *io, const struct rules_limit *limit)
{
	int64_t own;

	if (fd_has_no_timer(io->state) || !timer_own(io->fd, io_direction(io), &own) ||
	    own == DURATION_NONE)
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
	const int flags = kernel_flags(io->fd);

	if (flags < 0)
		return IO_NATIVE;
	if ((flags & O_NONBLOCK) == 0)
		return IO_READY;
	fd_learn(io->fd, io->state, FD_NONBLOCK);
	return -EAGAIN;
}

static int decide(struct io *io, int64_t now)
{
	const struct rules_limit limit = find_limit(io, now);
	int verdict = IO_READY;

	io->timeout = limit.timeout;
	io->rule = limit.rule;
	if (io->timeout == DURATION_NONE && !io->keep_waiting)
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
