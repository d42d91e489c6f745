/*
 * The calls that cannot be tried without blocking: the real call, bounded by a kernel timer that is
 * armed for the one call. accept(2) waits in poll(2) between such calls. Cold.
 */
#include "config.h"

#include <fcntl.h>
#include <pthread.h>

#include "base/clock.h"
#include "base/duration.h"
#include "shim/io/io.h"
#include "shim/io/timer.h"
#include "shim/log/stats.h"
#include "shim/system/cancellation.h"
#include "shim/system/interruption.h"
#include "shim/system/kernel.h"

/* pthread_cleanup_push(3) calls sigsetjmp here. -fexceptions would avoid the cost, but would make the
 * library need libgcc_s. After the jump the cleanup handler runs and the thread ends; no code reads the
 * variables that gcc warns about. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wclobbered"
#endif

/* The number got another meaning, for which the kernel refused the timer. */
static bool is_replaced(const struct io *io)
{
	return !fd_is_current(io->fd, io->state) || fd_was_closed(io->fd, io->state);
}

/* The real call, with an armed timer; without one where the kernel refuses to arm the timer. No call where
 * the number got another meaning meanwhile: nothing would bound the call, and the call is for the socket. */
static ssize_t make_armed(struct io *io, struct timer *timer, enum fd_direction direction,
			  int64_t deadline, bool *armed)
{
	*armed = timer_arm(timer, io->fd, io->state, direction, deadline, io->capped);
	if (!*armed && is_replaced(io)) {
		errno = EBADF;
		return -1;
	}
	return io->make(io, 0);
}

/* The same, and the timer is restored when the call ends, also by cancellation. */
static ssize_t make_timed(struct io *io, enum fd_direction direction, int64_t now, bool *armed)
{
	const int64_t slice_end =
		io->timer_slice != 0 ? clock_deadline(now, io->timer_slice) : DEADLINE_NEVER;
	const int64_t deadline = slice_end < io->deadline ? slice_end : io->deadline;
	struct timer timer = {0};
	ssize_t n;

	/* A cleanup handler stays registered if a signal handler leaves the call by siglongjmp(3). */
	if (cancellation_is_disabled()) {
		n = make_armed(io, &timer, direction, deadline, armed);
		timer_restore(&timer);
		return n;
	}
	pthread_cleanup_push(timer_restore, &timer);
	n = make_armed(io, &timer, direction, deadline, armed);
	pthread_cleanup_pop(1);
	return n;
}

/* EAGAIN before the deadline: the timer was shortened for another thread, so the call is made again.
 * EAGAIN at once is the call's own: the descriptor is non-blocking, or something else than time is
 * missing (a free port: net/ipv4/af_inet.c, inet_autobind). */
static bool was_too_early(const struct io *io, int64_t called)
{
	const int64_t now = clock_now();

	if (now >= io->deadline)
		return true;
	if (io_ask_nonblock(io) == -EAGAIN)
		return false;
	return now - called >= TIMER_JIFFY;
}

/* The real call gave an error: is it to be made again? With a timer armed the kernel fails with EINTR
 * whatever the handler's flags are (include/net/sock.h: sock_intr_errno). */
static bool goes_on(const struct io *io, int64_t called)
{
	if (errno == EINTR) {
		if (!interruption_restarts() || io->progress != 0)
			return false;
		interruption_begin();
		return true;
	}
	return (io_would_block(errno) || errno == EALREADY) && was_too_early(io, called);
}

ssize_t io_retry_timed(struct io *io, enum fd_direction direction)
{
	int64_t now = clock_now();
	bool armed = true, polls = false;

	if (io->waiting_since == 0)
		io->waiting_since = stats_begin(io->fd, io->operation, io->timeout,
						io->progress == 0 ? io->started : 0);
	for (;; now = clock_now()) {
		int error = 0;
		ssize_t n = -1;

		if (!fd_is_current(io->fd, io->state))
			error = EBADF;
		else if (io_interrupted(io))
			error = EINTR;
		else if (now >= io->deadline)
			error = -io_expired(io);
		else if (polls)
			error = -io_wait(io);
		if (error != 0)
			errno = error;
		else
			n = make_timed(io, direction, now, &armed);
		if (n >= 0 || error != 0 || !armed || !goes_on(io, now)) {
			io_leave(io, n < 0 ? errno : 0);
			return n;
		}
		polls = io->operation == OPERATION_ACCEPT;
	}
}
