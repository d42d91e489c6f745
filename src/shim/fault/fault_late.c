/*
 * Sleeps, delayed readiness and pending errors for faults. Cold.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>

#include "base/clock.h"
#include "calls/real.h"
#include "shim/fault/fault_inside.h"
#include "shim/fd/delayed.h"
#include "shim/fd/pending.h"
#include "shim/log/stats.h"
#include "shim/system/cancellation.h"
#include "shim/system/interruption.h"
#include "shim/system/kernel.h"

/* A new struct io for the same call, to sleep in: the timeout counts from io->entered_at, and is not
 * counted for `when`; a timer that the program set is waited for, too. */
static struct io sleeper_of(const struct io *io)
{
	return (struct io){.call = io->call,
			   .operation = io->operation,
			   .fd = io->fd,
			   .flags = io->flags,
			   .state = io->state,
			   .address = io->address,
			   .address_length = io->address_length,
			   .begun = io->entered_at,
			   .keep_waiting = true,
			   .uncounted = true};
}

/* A signal handler ends the sleep: a handler without SA_RESTART; or any handler where the program set
 * a timer, because the kernel does not restart such a call (include/net/sock.h: sock_intr_errno). */
static bool is_interrupted(const struct io *sleeper)
{
	const enum interruption seen = interruption_seen();

	if (seen == INTERRUPTION_RESTART && !sleeper->own) {
		interruption_begin();
		return false;
	}
	return seen != INTERRUPTION_NONE;
}

/* One poll(2): 1 where the descriptor is ready, 0, or -EINTR. */
static int poll_once(const struct io *sleeper, short events, int64_t until, int64_t now)
{
	struct pollfd descriptor = {.fd = sleeper->fd, .events = events};
	const int saved_errno = errno;
	const int n = REAL(poll)(&descriptor, events != 0, clock_poll_timeout(until, now));
	const int error = errno;

	errno = saved_errno;
	if (n >= 0 || error != EINTR)
		return n > 0;
	if (sleeper->own || !interruption_restarts())
		return -EINTR;
	interruption_begin();
	return 0;
}

/* Until that time, or until the descriptor is ready for events, unless these are 0. */
static int wait_until(struct io *sleeper, int64_t until, short events)
{
	const int64_t end = until < sleeper->deadline ? until : sleeper->deadline;

	for (;;) {
		const int64_t now = clock_now();
		int n;

		if (is_interrupted(sleeper))
			return -EINTR;
		if (!fd_is_current(sleeper->fd, sleeper->state))
			return -EBADF;
		if (now >= until)
			return 0;
		if (now >= end)
			return io_expired(sleeper);
		n = poll_once(sleeper, events, end, now);
		if (n != 0)
			return n < 0 ? n : 0;
	}
}

/* The kernel's timer, which the program set, begins anew in the call that follows the delay. So the
 * rest of the timer's time is waited for here; no fault of connect needs that. */
static int sleep_until(struct io *sleeper, int64_t until)
{
	int result;

	sleeper->waiting_since =
		stats_begin(sleeper->fd, sleeper->operation, sleeper->timeout, 0);
	result = wait_until(sleeper, until, 0);
	if (result == 0 && sleeper->own && sleeper->operation != OPERATION_CONNECT)
		result = wait_until(sleeper, DEADLINE_NEVER,
				    fault_direction(sleeper) == FD_SEND ? POLLOUT : POLLIN);
	io_leave(sleeper, -result);
	return result;
}

bool fault_sleep(struct io *io, int64_t until)
{
	/* sendfile is no cancellation point in glibc, and poll is one. */
	const bool cancellable = io->call != CALL_sendfile && io->call != CALL_sendfile64;
	struct io sleeper = sleeper_of(io);
	bool disabled;
	int result;

	/* Nothing can be known of the descriptor: the real call refuses the descriptor. */
	if (io_enter(&sleeper, clock_now()) != IO_READY)
		return true;
	disabled = !cancellable && cancellation_disable();
	result = sleep_until(&sleeper, until);
	if (disabled)
		cancellation_restore();
	io->begun = io->entered_at;
	return result == 0 || fault_fail(-result);
}

bool fault_wait_readable(struct io *io)
{
	struct io sleeper = sleeper_of(io);
	int result;

	if (io_enter(&sleeper, clock_now()) != IO_READY)
		return true;
	sleeper.waiting_since = stats_begin(sleeper.fd, sleeper.operation, sleeper.timeout, 0);
	result = wait_until(&sleeper, DEADLINE_NEVER, POLLIN);
	io_leave(&sleeper, -result);
	io->begun = io->entered_at;
	return result == 0 || fault_fail(-result);
}

int fault_sleep_after(const struct io *io, int64_t until)
{
	struct io sleeper = sleeper_of(io);

	return io_enter(&sleeper, clock_now()) == IO_READY ? sleep_until(&sleeper, until) : 1;
}

void fault_delay_readiness(const struct io *io, int64_t until)
{
	const bool connecting = io->operation == OPERATION_CONNECT;

	delayed_set(io->fd, io->state, fault_direction(io), until, connecting);
	if (connecting)
		delayed_set(io->fd, io->state, FD_RECEIVE, until, true);
}

bool fault_fail_later(int fd, uint64_t seen, int error, bool connecting)
{
	struct stat status;

	return kernel_status(fd, &status) == 0 &&
	       pending_set(fd, seen, status.st_ino, connecting, error);
}
