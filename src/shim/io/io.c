/*
 * The engine of io.h: the steps around a call, the wait, and the tries. Cold.
 */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>

#include "base/clock.h"
#include "base/duration.h"
#include "base/single_threaded.h"
#include "calls/real.h"
#include "shim/fd/delayed.h"
#include "shim/fd/pending.h"
#include "shim/io/io.h"
#include "shim/io/vector.h"
#include "shim/log/stats.h"
#include "shim/system/interruption.h"
#include "shim/system/kernel.h"

/* The bits of a time in nanoseconds that are 0 at every fourth time. */
#define MEASURED 12

/* A wait that ends earlier was none: to switch to another process takes longer. */
#define AT_ONCE (4 * NANOSECONDS_PER_MICROSECOND)

/* So long poll(2) is believed that an AF_UNIX socket cannot be sent to: poll(2) does not show that
 * the other side, or another thread, has shut the socket down (net/unix/af_unix.c: unix_poll looks at
 * SEND_SHUTDOWN only together with RCV_SHUTDOWN). */
#define BELIEVED (200 * NANOSECONDS_PER_MILLISECOND)

/* So long a receive that polls first waits before O_NONBLOCK is asked for: a number that had to wait is
 * rarely made non-blocking by another process. */
#define ASSUMED (20 * NANOSECONDS_PER_MILLISECOND)

/* The longest sleep between two tries where poll(2) does not help. */
#define NAP_MAX 20

_Atomic(bool (*)(struct io *io)) io_before;
_Atomic(ssize_t (*)(struct io *io, ssize_t result)) io_after;

/* A fault makes fd ready later: fd has nothing to report until then. */
static bool is_delayed(int fd)
{
	int64_t now;

	if (!delayed_any())
		return false;
	now = clock_now();
	return delayed_until(fd, FD_RECEIVE) > now || delayed_until(fd, FD_SEND) > now;
}

/* The errno of the descriptor's pending error, or 0. state: at the call's begin. */
static int pending_error(const struct io *io, uint64_t state)
{
	return (state & (FD_PENDING | FD_QUIET)) != 0 && !is_delayed(io->fd)
		       ? pending_take(io->fd, state)
		       : 0;
}

/* The call itself. */
static ssize_t run(struct io *io, bool hooked)
{
	bool (*const before)(struct io *) =
		hooked ? atomic_load_explicit(&io_before, memory_order_relaxed) : NULL;
	const uint64_t state = io->state;
	int error = pending_error(io, state);

	io->state &= ~FD_SPECIAL;
	if (error == 0 && before != NULL) {
		if (!before(io))
			return -1;
		/* The hook may have slept until the fault of an earlier connect shows. */
		error = (state & FD_PENDING) != 0 ? pending_error(io, state) : 0;
	}
	if (error != 0) {
		errno = error;
		return -1;
	}
	return io->run(io);
}

/* The only thread of a process found nothing to do: the quiet period goes on. In another process a
 * thread may have used the descriptor meanwhile. */
static void keep_quiet(const struct io *io)
{
	if (__libc_single_threaded && (errno == EAGAIN || errno == EWOULDBLOCK) &&
	    (io->operation == OPERATION_RECV || io->operation == OPERATION_SEND))
		fd_learn(io->fd, io->state, FD_QUIET);
}

ssize_t io_slow(struct io *io)
{
	ssize_t (*after)(struct io *, ssize_t) = NULL;
	const bool sends = io->operation == OPERATION_SEND;
	bool hooked, quiet, owed;
	ssize_t n;

	if ((io->state & (FD_SOCKET | FD_NOT_SOCKET)) == 0)
		io->state = fd_ask(io->fd, io->state);
	hooked = (io->state & FD_HOOKED) != 0;
	quiet = (io->state & FD_QUIET) != 0;
	if (hooked) {
		io->entered_at = clock_now();
		after = atomic_load_explicit(&io_after, memory_order_relaxed);
	}
	/* Before the send: the answer may come to another thread before the send returns. */
	if (sends && (io->state & FD_ANSWERED) != 0)
		fd_change(io->fd, io->state, FD_ANSWERED, FD_OWED);
	owed = (io->state & FD_OWED) != 0;
	n = run(io, hooked);
	if (n < 0 && quiet)
		keep_quiet(io);
	if (n > 0 && owed && io->operation == OPERATION_RECV)
		fd_change(io->fd, io->state, FD_OWED, FD_ANSWERED);
	if (after != NULL)
		n = after(io, n);
	if (n >= 0)
		errno = io->saved_errno;
	return n;
}

ssize_t io_after_refusal(const struct io *io, int error, ssize_t n)
{
	if (error != 0 && (n >= 0 || errno != error))
		fd_learn(io->fd, io->state, FD_NOT_SOCKET);
	return n;
}

const struct iovec *io_vector(const struct io *io, size_t *count)
{
	if (io->message != NULL) {
		*count = (size_t)io->message->msg_iovlen;
		return io->message->msg_iov;
	}
	*count = io->vector != NULL ? io->count : 1;
	return io->vector != NULL ? io->vector : &io->one;
}

size_t io_length(const struct io *io)
{
	size_t count;
	const struct iovec *const vector = io_vector(io, &count);
	const size_t length = vector_length(vector, count);

	return io->limited && io->limit < length ? io->limit : length;
}

bool io_is_shut_down(const struct io *io)
{
	return io_would_block(errno) && (io->revents & POLLRDHUP) != 0;
}

bool io_is_unix(int fd)
{
	int family = 0;

	return kernel_socket_option(fd, SO_DOMAIN, &family) == 0 && family == AF_UNIX;
}

/* Natively a call that has moved something returns that after any handler. */
bool io_interrupted(struct io *io)
{
	switch (interruption_seen()) {
	case INTERRUPTION_FAIL:
		return true;
	case INTERRUPTION_RESTART:
		interruption_begin();
		return io->progress != 0;
	default:
		return false;
	}
}

/* poll(2), called at before, has found fd ready. A receive whose try would have blocked has waited: the
 * next one polls first. A receive that polled first is measured at every fourth time or so (a clock
 * that is read right after a wait is slow): if poll(2) did not wait, the next receive tries first. */
static void learn_wait(const struct io *io, int64_t before)
{
	if (io->operation != OPERATION_RECV)
		return;
	if (!io_polls_first(io))
		fd_learn(io->fd, io->state, FD_POLL_FIRST);
	else if ((before & MEASURED) == 0 && clock_now() - before < AT_ONCE)
		fd_unlearn(io->fd, FD_POLL_FIRST);
}

/* poll(2) was interrupted: 0 where the native call would have gone on, or -EINTR. */
static int after_handler(const struct io *io)
{
	if (!interruption_restarts() || io->progress != 0)
		return -EINTR;
	interruption_begin();
	return 0;
}

/* poll(2) is of no use: let some time pass, more from try to try. 0 or -EINTR. */
static int nap(struct io *io, int64_t now)
{
	const unsigned int exponent = io->spurious_wakeups - IO_MAX_SPURIOUS_WAKEUPS;
	const int longest = exponent < 5 ? 1 << exponent : NAP_MAX;
	const int left = clock_poll_timeout(io->deadline, now);
	const int saved_errno = errno;
	int result = 0;

	if (REAL(poll)(NULL, 0, left >= 0 && left < longest ? left : longest) < 0 &&
	    errno == EINTR)
		result = after_handler(io);
	errno = saved_errno;
	return result;
}

/* One poll(2) for the descriptor, until that time. Returns 1 where it is ready, 0 where the time has
 * passed or the wait goes on, or -EINTR. */
static int poll_once(struct io *io, int64_t until, int64_t now)
{
	const int saved_errno = errno;
	struct pollfd descriptor = {
		.fd = io->fd,
		.events = (short)(io_direction(io) == FD_SEND ? POLLOUT
				  : io->urgent                ? POLLIN | POLLRDHUP | POLLPRI
							      : POLLIN | POLLRDHUP),
	};
	int count = REAL(poll)(&descriptor, 1, clock_poll_timeout(until, now));

	if (count > 0) {
		io->revents = descriptor.revents;
		learn_wait(io, now);
	} else if (count < 0 && errno == EINTR) {
		count = after_handler(io);
	} else if (count < 0) {
		/* ENOMEM, or EINVAL under RLIMIT_NOFILE. */
		io->spurious_wakeups = IO_MAX_SPURIOUS_WAKEUPS;
		count = 0;
	}
	errno = saved_errno;
	return count;
}

/* How long poll(2) may wait before check_wait. */
static int64_t time_to_check(const struct io *io, int64_t now)
{
	const int64_t assumed = clock_deadline(now, ASSUMED);

	if (io->operation == OPERATION_SEND)
		return clock_deadline(now, BELIEVED);
	if (!io_polls_first(io))
		return DEADLINE_NEVER;
	return assumed < io->deadline ? assumed : io->deadline;
}

/* poll(2) has found nothing for that long. Returns 1 where a try is to tell, 0 where the wait goes on, or
 * -EAGAIN for a non-blocking descriptor. */
static int check_wait(struct io *io)
{
	if (io->operation != OPERATION_SEND)
		return io_ask_nonblock(io) == -EAGAIN ? -EAGAIN : 0;
	if (!io_is_unix(io->fd))
		return 0;
	io->quiet = true;
	io->revents = POLLOUT;
	return 1;
}

/* The time at which poll(2) has to end. */
static int64_t earliest(const struct io *io, int64_t until)
{
	const int64_t deadline = io->reply_look < io->deadline ? io->reply_look : io->deadline;

	return until < deadline ? until : deadline;
}

/* One step of the wait. Returns 1 where a try may succeed, 0 where the wait goes on, or -EINTR. */
static int wait_once(struct io *io, int64_t until, int64_t now)
{
	int result;

	if (io->spurious_wakeups < IO_MAX_SPURIOUS_WAKEUPS)
		return poll_once(io, earliest(io, until), now);
	result = nap(io, now);
	return result < 0 ? result : 1;
}

/* Wait until a try may succeed: IO_READY or -Exxx. */
static int wait_bounded(struct io *io, int64_t now)
{
	int64_t check = time_to_check(io, now);

	for (;; now = clock_now()) {
		int result;

		if (!fd_is_current(io->fd, io->state))
			return -EBADF;
		if (io_interrupted(io))
			return -EINTR;
		if (now >= check) {
			result = check_wait(io);
			if (result != 0)
				return result < 0 ? result : IO_READY;
			check = DEADLINE_NEVER;
		}
		if (now >= io->deadline || io_reply_is_late(io, now))
			return io_expired(io);
		result = wait_once(io, check, now);
		if (result < 0)
			return result;
		if (result > 0 && fd_is_current(io->fd, io->state)) {
			io->spurious_wakeups++;
			return IO_READY;
		}
	}
}

int io_wait(struct io *io)
{
	int64_t now = clock_now();
	int verdict;

	if (!io->entered) {
		verdict = io_enter(io, now);
		if (verdict < 0)
			return verdict;
	}
	if (io->native)
		return IO_NATIVE;
	if (io->waiting_since == 0)
		io->waiting_since = stats_begin(io->fd, io->operation, io->timeout,
						io->progress == 0 ? io->started : 0);
	return wait_bounded(io, now);
}

int io_error_after_wait(const struct io *io)
{
	int error = 0;

	if (io->operation != OPERATION_SEND || (io->revents & POLLERR) == 0 ||
	    (io->revents & POLLHUP) == 0 || !io_is_unix(io->fd) ||
	    kernel_socket_option(io->fd, SO_ERROR, &error) != 0)
		return 0;
	return error != 0 ? error : EPIPE;
}

static ssize_t try_again(struct io *io)
{
	const int error = io_error_after_wait(io);

	if (error != 0) {
		errno = error;
		return -1;
	}
	return io->make(io, MSG_DONTWAIT | (io->quiet ? MSG_NOSIGNAL : 0));
}

/* Another thread has shut the socket down and closed the number at once, before poll(2) looked the number
 * up again. Natively the call waits on the socket, not on the number, and ends by the shutdown. */
static ssize_t end_of_shut_down(const struct io *io)
{
	if (io->operation == OPERATION_RECV)
		return 0;
	if ((io->flags & MSG_NOSIGNAL) == 0)
		(void)raise(SIGPIPE);
	errno = EPIPE;
	return -1;
}

ssize_t io_retry(struct io *io)
{
	for (;;) {
		const int verdict = io_wait(io);
		ssize_t n = -1;

		if (verdict == IO_NATIVE) {
			io->final = true;
			return io->make(io, 0);
		}
		if (verdict < 0)
			errno = -verdict;
		else
			n = try_again(io);
		if (n < 0 && verdict == IO_READY && io_is_shut_down(io)) {
			io->final = true;
			n = io->make(io, 0);
		}
		if (n < 0)
			io_check_number(io);
		if (n < 0 && errno == EBADF &&
		    fd_was_shut_down(io->fd, io->state, io_direction(io)))
			n = end_of_shut_down(io);
		if (n >= 0 || verdict < 0 || io->final || !io_would_block(errno)) {
			io_leave(io, n < 0 ? errno : 0);
			return n;
		}
	}
}
