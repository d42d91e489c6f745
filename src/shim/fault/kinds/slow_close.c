/*
 * The fault `slow-close`: the end of a stream, which the other side has closed, is received late. Cold.
 *
 * No call begins the end of a stream, so the rules are asked when a receive has found the end, once a
 * connection.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>

#include "base/clock.h"
#include "base/duration.h"
#include "shim/config/configuration.h"
#include "shim/fault/fault_inside.h"
#include "shim/system/kernel.h"

static void put_duration(struct text *text, const struct fault *fault)
{
	duration_put(text, fault->slow_close);
}

static bool blocks(const struct io *io)
{
	const int status = kernel_flags(io->fd);

	return (io->flags & MSG_DONTWAIT) == 0 && status >= 0 && (status & O_NONBLOCK) == 0;
}

/* The receive found the end of the stream, which was not seen before. */
static bool is_first_end(const struct io *io, ssize_t result)
{
	return result == 0 && io->operation == OPERATION_RECV && rules_any(RULE_SLOW_CLOSE) &&
	       (fd_state(io->fd) & FD_ENDED) == 0 && fd_has_entry(io->fd) &&
	       io->call != CALL_recvmmsg && fd_is_stream(io->fd, io->state) &&
	       (io->call == CALL_splice || io_length(io) != 0);
}

ssize_t fault_end(struct io *io, ssize_t result)
{
	const struct report_call on = {
		.call = io->call, .operation = io->operation, .fd = io->fd};
	struct rules_subject subject = {.fd = io->fd, .state = io->state};
	struct fault fault;
	int64_t until;
	int ended;

	if (!is_first_end(io, result))
		return result;
	fd_learn(io->fd, io->state, FD_ENDED);
	if (!fault_ask(&subject, OPERATION_RECV, RULE_END_FAULTS, &fault) ||
	    !fault_report(&fault, &on, NULL))
		return result;
	until = clock_deadline(clock_now(), fault.slow_close);
	ended = blocks(io) ? fault_sleep_after(io, until) : 1;
	if (ended == 0)
		return result;
	if (ended > 0)
		fault_delay_readiness(io, until);
	errno = ended > 0 ? EAGAIN : -ended;
	return -1;
}

/* For the log alone: the fault is injected by fault_end. */
const struct fault_kind fault_slow_close = {
	.action = RULE_SLOW_CLOSE,
	.name = "slow-close",
	.put_value = put_duration,
};
