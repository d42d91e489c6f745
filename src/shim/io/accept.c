/*
 * accept: the real call with a SO_RCVTIMEO of 20 ms, which returns the kernel's errors at once; then poll(2), and the
 * same real call for a connection that poll(2) shows, because another process or thread may take the connection first.
 * A new connection inherits the listener's timer (net/core/sock.c: sk_clone_lock), so the accepted socket gets the
 * program's own value back. Cold.
 */
#include "config.h"

#include "base/clock.h"
#include "shim/io/accept.h"
#include "shim/io/timer.h"
#include "shim/system/kernel.h"
#include "shim/system/sandbox.h"

/* The listener's timer as the program set it. */
static struct timeval own_timer(const struct io *io)
{
	struct timeval own = {0, 0};

	if (!timer_own_get(io->fd, FD_RECEIVE, &own) && !fd_has_no_timer(io->state))
		(void)kernel_get_timeout(io->fd, SO_RCVTIMEO, &own);
	return own;
}

/* The connection came while no timer was armed, or while one was: the timer is the program's, or is
 * to be the program's. */
static void restore_inherited(const struct io *io, int fd)
{
	const struct timeval own = own_timer(io);
	struct timeval there = {0, 0};

	(void)kernel_get_timeout(fd, SO_RCVTIMEO, &there);
	if ((there.tv_sec != 0 || there.tv_usec != 0) &&
	    (there.tv_sec != own.tv_sec || there.tv_usec != own.tv_usec))
		(void)kernel_set_timeout(fd, SO_RCVTIMEO, &own);
}

/* Whether the accepted fd has no SO_SNDTIMEO. An unknown listener may have one, which fd has inherited. */
static bool has_no_send_timer(const struct io *io, int fd)
{
	struct timeval timer = {0, 0};

	return (io->state & FD_NO_TIMER) != 0 ||
	       (kernel_get_timeout(fd, SO_SNDTIMEO, &timer) == 0 && timer.tv_sec == 0 &&
		timer.tv_usec == 0);
}

ssize_t io_accept(struct io *io)
{
	const struct io_accept *const accept = (const struct io_accept *)io;
	uint64_t state = io->state;
	ssize_t fd;

	io->timed = true;
	/* The kernel refuses other flags at once. */
	if (io_is_native(io) || (accept->flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)) != 0 ||
	    io_enter(io, clock_now()) != IO_READY) {
		fd = io->make(io, 0);
		if (fd >= 0 && (io->state & FD_ACCEPT_ARMED) != 0)
			restore_inherited(io, (int)fd);
	} else {
		fd_learn(io->fd, io->state, FD_ACCEPT_ARMED);
		/* Other processes that share the listener restore the timer when their own calls end,
		 * and a process that is killed leaves the timer: only the shortest timer is armed. */
		io->timer_slice = 1;
		fd = io_retry_timed(io, FD_RECEIVE);
		/* Natively a call that shutdown(2) ends does not see the close(2) after that. */
		if (fd < 0 && errno == EBADF && fd_was_shut_down(io->fd, io->state, FD_RECEIVE))
			errno = EINVAL;
		if (fd >= 0 && !sandbox_entered()) {
			const struct timeval none = {0, 0};
			const struct timeval own = io->capped ? own_timer(io) : none;

			(void)kernel_set_timeout((int)fd, SO_RCVTIMEO, &own);
			if (!io->capped && has_no_send_timer(io, (int)fd))
				state |= FD_NO_TIMER;
		}
	}
	fd_opened((int)fd, fd_bits_of_accepted(state, accept->flags));
	return fd;
}
