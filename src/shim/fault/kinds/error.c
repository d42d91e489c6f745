/*
 * The kind `error`: the call is not made and fails. Cold.
 */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "constants/constants.h"
#include "shim/fault/fault_inside.h"
#include "shim/system/kernel.h"

static void put_error(struct text *text, const struct fault *fault)
{
	constants_put(text, fault->error < 0 ? CONSTANTS_EAI : CONSTANTS_ERRNO, fault->error);
}

/* The errors of connect(2) that the network gives: a connect that does not block gives EINPROGRESS
 * first. */
static bool comes_from_network(int error)
{
	return error == ECONNREFUSED || error == ECONNRESET || error == ETIMEDOUT ||
	       error == EHOSTUNREACH || error == EHOSTDOWN || error == ECONNABORTED;
}

static bool fail_connect(struct io *io, const struct fault *fault, bool blocks)
{
	const int error = fault->error;

	/* With these errors the connect goes on. */
	if (error == EINTR || error == EINPROGRESS || error == EALREADY) {
		io->fault.actions |= RULE_ERROR;
		io->fault.error = error;
		return true;
	}
	if (blocks || !comes_from_network(error) || !fd_is_stream(io->fd, io->state) ||
	    !fault_fail_later(io->fd, io->state, error, false))
		return fault_fail(error);
	if (fault->delay != 0)
		fault_delay_readiness(io, clock_deadline(io->entered_at, fault->delay));
	return fault_fail(EINPROGRESS);
}

static bool error_before(struct io *io, const struct fault *fault, bool blocks)
{
	if (io->operation == OPERATION_CONNECT)
		return fail_connect(io, fault, blocks);
	if (io->operation == OPERATION_SEND && fault->error == EPIPE &&
	    (io->flags & MSG_NOSIGNAL) == 0)
		kernel_raise(SIGPIPE);
	return fault_fail(fault->error);
}

static void error_later(struct io *io, const struct fault *fault)
{
	(void)fault_fail_later(io->fd, io->state, fault->error, false);
}

/* A connect that goes on. */
static ssize_t error_after(struct io *io, ssize_t result)
{
	if (result != 0)
		return result;
	errno = io->fault.error;
	return -1;
}

const struct fault_kind fault_error = {
	.action = RULE_ERROR,
	.name = "error",
	.put_value = put_error,
	.before = error_before,
	.later = error_later,
	.after = error_after,
};
