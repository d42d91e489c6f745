/*
 * The kinds `delay` and `blackhole`, which is a delay without an end. Cold.
 *
 * A receive, a send and an accept are late before they are made; a connect is late after it was
 * made. A call that does not block fails with EAGAIN, and its descriptor becomes ready late.
 */
#include "config.h"

#include <errno.h>

#include "base/clock.h"
#include "base/duration.h"
#include "shim/fault/fault_inside.h"
#include "shim/system/kernel.h"

static void put_delay(struct text *text, const struct fault *fault)
{
	duration_put(text, fault->delay);
}

/* A connect(2) of datagrams only notes the address. */
static bool only_notes(const struct io *io)
{
	return io->operation == OPERATION_CONNECT &&
	       (io->state & (FD_MESSAGES | FD_SEQPACKET)) == FD_MESSAGES;
}

/* The readiness of a number without an entry cannot be delayed. */
static bool can_be_late(const struct io *io, bool blocks)
{
	return !only_notes(io) &&
	       (blocks || io->operation == OPERATION_CONNECT || fd_has_entry(io->fd));
}

static bool delay_before(struct io *io, const struct fault *fault, bool blocks)
{
	/* A connect that an error answers is not made (fault_error.c). */
	if (io->operation == OPERATION_CONNECT && (fault->actions & RULE_ERROR) == 0) {
		io->fault.actions |= RULE_DELAY;
		io->fault.delay = fault->delay;
		return true;
	}
	return !blocks || fault_sleep(io, clock_deadline(io->entered_at, fault->delay));
}

static void delay_later(struct io *io, const struct fault *fault)
{
	fault_delay_readiness(io, clock_deadline(io->entered_at, fault->delay));
}

/* The delay of a blocking connect, which had result and error, ended with `ended`. Natively a connect
 * that is interrupted, or that the program's own timer ended, goes on. */
static ssize_t connect_done(const struct io *io, ssize_t result, int error, int ended)
{
	errno = error;
	if (ended == 0)
		return result;
	if (ended == -ETIMEDOUT)
		kernel_abandon(io->fd);
	else if (result < 0)
		(void)fault_fail_later(io->fd, io->state, error, false);
	errno = ended == -EAGAIN ? EINPROGRESS : -ended;
	return -1;
}

/* A connect was made. At the deadline the connect is abandoned. */
static ssize_t delay_after(struct io *io, ssize_t result)
{
	const int64_t until = clock_deadline(io->entered_at, io->fault.delay);
	const int error = errno;
	int ended;

	if (result < 0 && error == ETIMEDOUT)
		return result;
	if (result < 0 && error == EINPROGRESS) {
		fault_delay_readiness(io, until);
		return result;
	}
	ended = fault_sleep_after(io, until);
	if (ended <= 0)
		return connect_done(io, result, error, ended);
	/* An AF_UNIX socket that does not block is connected at once. */
	if (result == 0)
		fault_delay_readiness(io, until);
	return result;
}

const struct fault_kind fault_delay = {
	.action = RULE_DELAY,
	.name = "delay",
	.put_value = put_delay,
	.concerns = can_be_late,
	.before = delay_before,
	.later = delay_later,
	.after = delay_after,
};

static bool can_be_swallowed(const struct io *io, bool blocks)
{
	return !only_notes(io) && (blocks || fd_has_entry(io->fd));
}

/* Where the rule ends by `until`, the call is made then. */
static bool blackhole_before(struct io *io, const struct fault *fault, bool blocks)
{
	if (blocks)
		return fault_sleep(io, fault->ends);
	if (io->operation == OPERATION_CONNECT && fault->ends != DEADLINE_NEVER) {
		io->fault.actions |= RULE_DELAY;
		io->fault.delay = fault->ends - io->entered_at;
		return true;
	}
	fault_delay_readiness(io, fault->ends);
	return fault_fail(io->operation == OPERATION_CONNECT ? EINPROGRESS : EAGAIN);
}

const struct fault_kind fault_blackhole = {
	.action = RULE_BLACKHOLE,
	.name = "blackhole",
	.concerns = can_be_swallowed,
	.before = blackhole_before,
};
