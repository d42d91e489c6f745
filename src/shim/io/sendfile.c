/*
 * sendfile and splice: there is no MSG_DONTWAIT for them, so a kernel timer bounds the real call. In
 * one call the kernel sends many pieces, and its timer begins anew with each (fs/splice.c:
 * splice_to_socket). So a bounded call asks for one such piece at a time. Cold.
 */
#include "config.h"

#include <fcntl.h>
#include <poll.h>

#include "base/clock.h"
#include "base/duration.h"
#include "calls/real.h"
#include "shim/io/sendfile.h"
#include "shim/io/timer.h"
#include "shim/system/cancellation.h"
#include "shim/system/interruption.h"
#include "shim/system/kernel.h"

/* The kernel's piece: a pipe of 16 pages. */
#define PIECE ((size_t)64 << 10)

/* No wait of the library on a pipe is longer; then comes the next. */
#define PIPE_WAIT (10 * NANOSECONDS_PER_SECOND)

/* What one real call asks for. A socket with messages gets one message a call. */
static size_t piece_of(const struct io *io, size_t left)
{
	return left <= PIECE || !fd_is_stream(io->fd, io->state) ? left : PIECE;
}

/* Of a piece that goes in part, the kernel waits for the rest with a new timer: a shorter timer keeps
 * the whole call within T + T/4. */
static int64_t slice_of(const struct io *io)
{
	return io->timeout / 4 > 2 * TIMER_JIFFY ? io->timeout / 4 : 2 * TIMER_JIFFY;
}

/* The file offset is at the end of the input. False for a file that is not regular: only a read would
 * show its end. */
static bool is_at_end(const struct io_sendfile *call)
{
	struct stat status;
	int64_t position;

	if (kernel_status(call->in, &status) != 0 || !S_ISREG(status.st_mode))
		return false;
	if (call->offset == NULL)
		position = kernel_position(call->in);
	else
		position = call->io.call == CALL_sendfile ? *(const off_t *)call->offset
							  : *(const off64_t *)call->offset;
	return position >= status.st_size;
}

/* All pieces of length bytes. Returns the number of bytes, or the error of the first piece. */
static ssize_t sendfile_pieces(struct io *io)
{
	struct io_sendfile *const call = (struct io_sendfile *)io;
	const size_t length = call->length;
	size_t done = 0;
	ssize_t n;

	do {
		call->length = piece_of(io, length - done);
		n = io_retry_timed(io, FD_SEND);
		if (n <= 0)
			break;
		done += (size_t)n;
		io->progress = done;
		/* A short count: the timer, a signal, or the end of the file. */
	} while (done < length && io->timer_slice != 0 &&
		 ((size_t)n == call->length || !is_at_end(call)) &&
		 interruption_seen() == INTERRUPTION_NONE && clock_now() < io->deadline);
	call->length = length;
	return done == 0 ? n : (ssize_t)done;
}

ssize_t io_sendfile(struct io *io)
{
	struct io_sendfile *const call = (struct io_sendfile *)io;
	bool disabled;
	ssize_t n;

	if (io->limited && io->limit < call->length)
		call->length = io->limit;
	io->timed = true;
	if (io_is_native(io) || io_enter(io, clock_now()) != IO_READY)
		return io->make(io, 0);
	/* A socket with messages gets all in one call, whose short count is the result. */
	if (fd_is_stream(io->fd, io->state))
		io->timer_slice = slice_of(io);
	/* sendfile is no cancellation point in glibc. */
	disabled = cancellation_disable();
	n = sendfile_pieces(io);
	if (disabled)
		cancellation_restore();
	return n;
}

/* The pipe is empty and blocking, and the kernel has accepted the call: wait for the first byte. That
 * is no wait on a socket, and has no timeout. Returns 0 or -EINTR. */
static int wait_for_pipe(int pipe)
{
	struct pollfd descriptor = {.fd = pipe, .events = POLLIN};

	for (;;) {
		const int saved_errno = errno;
		const int64_t now = clock_now();
		const int count =
			REAL(poll)(&descriptor, 1, clock_poll_timeout(now + PIPE_WAIT, now));
		const int error = errno;

		errno = saved_errno;
		if (count > 0 || (count < 0 && error != EINTR))
			return 0;
		if (count < 0 && !interruption_restarts())
			return -EINTR;
		interruption_begin();
	}
}

static bool pipe_blocks(const struct io_splice *call, unsigned int flags)
{
	const int status = kernel_flags(call->in);

	return (flags & SPLICE_F_NONBLOCK) == 0 && status >= 0 && (status & O_NONBLOCK) == 0;
}

/* The pipe has nothing: wait for the pipe where the program asked for that; then the socket's time
 * begins. Returns 0 or -Exxx. */
static int splice_wait_for_pipe(struct io *io, unsigned int flags)
{
	const struct io_splice *const call = (const struct io_splice *)io;
	int error;

	if (io->progress != 0 || !pipe_blocks(call, flags))
		return -EAGAIN;
	error = wait_for_pipe(call->in);
	io->started = clock_now();
	io->deadline = clock_deadline(io->started, io->timeout);
	return error;
}

/* The socket is non-blocking: the program's call waits for the pipe only. */
static ssize_t splice_natively(struct io *io, unsigned int flags)
{
	struct io_splice *const call = (struct io_splice *)io;
	ssize_t n;

	call->flags = flags;
	n = io->make(io, 0);
	call->flags |= SPLICE_F_NONBLOCK;
	return n;
}

/* One real call with SPLICE_F_NONBLOCK: the kernel checks the arguments first, and does not wait
 * for the pipe; since Linux 6.5 it does not wait for the socket either (fs/splice.c:
 * splice_to_socket). Returns the number of bytes, 0 at the end of the pipe, -1 with errno. */
static ssize_t splice_piece(struct io *io, unsigned int flags)
{
	const struct io_splice *const call = (const struct io_splice *)io;

	for (;;) {
		const ssize_t n = io_retry_timed(io, FD_SEND);
		int error;

		if (n >= 0 || errno != EAGAIN)
			return n;
		if ((kernel_flags(io->fd) & O_NONBLOCK) != 0)
			return io->progress != 0 ? n : splice_natively(io, flags);
		error = kernel_readable(call->in) <= 0 ? splice_wait_for_pipe(io, flags)
						       : io_wait(io);
		if (error < 0) {
			errno = -error;
			return -1;
		}
	}
}

/* From a pipe into a socket: the contents of the pipe, up to length. */
static ssize_t splice_out(struct io *io)
{
	struct io_splice *const call = (struct io_splice *)io;
	const unsigned int flags = call->flags;
	const size_t length = call->length;
	size_t done = 0;
	ssize_t n;

	call->flags |= SPLICE_F_NONBLOCK;
	do {
		call->length = piece_of(io, length - done);
		io->spurious_wakeups = 0;
		n = splice_piece(io, flags);
		if (n <= 0)
			break;
		done += (size_t)n;
		io->progress = done;
	} while (done < length && kernel_readable(call->in) > 0 &&
		 interruption_seen() == INTERRUPTION_NONE && clock_now() < io->deadline);
	call->length = length;
	call->flags = flags;
	return done == 0 ? n : (ssize_t)done;
}

ssize_t io_splice(struct io *io)
{
	struct io_splice *const call = (struct io_splice *)io;

	if (io->limited && io->limit < call->length)
		call->length = io->limit;
	io->timed = true;
	if (io_is_native(io) || io_enter(io, clock_now()) != IO_READY)
		return io->make(io, 0);
	if (io->operation == OPERATION_RECV)
		return io_retry_timed(io, FD_RECEIVE);
	io->timer_slice = slice_of(io);
	return splice_out(io);
}
