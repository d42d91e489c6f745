/*
 * recvmmsg and sendmmsg: many messages, one after the other, until the deadline. Cold.
 */
#include "config.h"

#include <limits.h>
#include <poll.h>

#include "base/clock.h"
#include "base/duration.h"
#include "calls/real.h"
#include "shim/io/batch.h"
#include "shim/io/receive.h"
#include "shim/io/send.h"
#include "shim/io/vector.h"
#include "shim/system/kernel.h"
#include "shim/system/memory.h"

/* The kernel tests the program's timeout for the whole recvmmsg only after each message (recvmmsg(2),
 * BUGS). Store the time that is left. False when the time is over. */
static bool own_time_left(int64_t end, struct timespec *timeout)
{
	int64_t left;

	if (timeout == NULL)
		return true;
	left = end - clock_now();
	if (left < 0)
		left = 0;
	timeout->tv_sec = (time_t)(left / NANOSECONDS_PER_SECOND);
	timeout->tv_nsec = (long)(left % NANOSECONDS_PER_SECOND);
	return left > 0;
}

/* The end of that timeout. The kernel has checked the timeout before. */
static int64_t own_end(const struct timespec *timeout)
{
	int64_t duration;

	if (timeout == NULL ||
	    __builtin_mul_overflow((int64_t)timeout->tv_sec, NANOSECONDS_PER_SECOND,
				   &duration) ||
	    __builtin_add_overflow(duration, (int64_t)timeout->tv_nsec, &duration))
		return DEADLINE_NEVER;
	return clock_deadline(clock_now(), duration);
}

static void forget_descriptors(struct mmsghdr *messages, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		if (messages[i].msg_hdr.msg_controllen != 0)
			(void)receive_descriptors(&messages[i].msg_hdr);
}

/* One message of a batch as a call of its own. */
static struct io io_of_message(const struct io_batch *batch, struct mmsghdr *message)
{
	struct io one = batch->io;

	one.message = &message->msg_hdr;
	one.make = batch->io.make_one;
	return one;
}

/* n messages have come. Of a stream with MSG_WAITALL that is one message, which is to be filled. */
static void received(struct io_batch *batch, unsigned int n)
{
	struct mmsghdr *const last = &batch->messages[batch->done + n - 1];

	forget_descriptors(batch->messages + batch->done, n);
	if (last->msg_len != 0) {
		struct io one = io_of_message(batch, last);

		one.control_length = last->msg_hdr.msg_controllen;
		last->msg_len = (unsigned int)receive_rest(&one, (ssize_t)last->msg_len);
	}
	batch->done += n;
}

/* An error that is pending gives no message: the next call gets the error (net/socket.c: do_recvmmsg
 * puts it back). poll(2) does not tell the error from a filled error queue, with which the call ends
 * early. */
static bool ends_before_error(const struct io_batch *batch)
{
	return batch->done != 0 && (batch->io.revents & POLLERR) != 0;
}

/* Wait for the next messages and receive them. Returns the number; 0 or less where the call ends. */
static ssize_t receive_next(struct io_batch *batch)
{
	struct io *const io = &batch->io;

	for (;;) {
		const int verdict = io_wait(io);
		ssize_t n;

		if (verdict == IO_NATIVE) {
			io->final = true;
			return io->make(io, 0);
		}
		if (verdict < 0) {
			errno = -verdict;
			return -1;
		}
		if (ends_before_error(batch))
			return 0;
		n = io->make(io, MSG_DONTWAIT);
		if (n < 0 && io_is_shut_down(io)) {
			io->final = true;
			return io->make(io, 0);
		}
		if (n >= 0 || !io_would_block(errno))
			return n;
	}
}

/* The socket has failed. */
static bool has_failed(int fd)
{
	struct pollfd descriptor = {.fd = fd};
	const int saved_errno = errno;

	(void)REAL(poll)(&descriptor, 1, 0);
	errno = saved_errno;
	return (descriptor.revents & POLLERR) != 0;
}

/* MSG_WAITFORONE: after the first message the kernel receives what is there, with MSG_DONTWAIT
 * (net/socket.c: do_recvmmsg). A try that asked for one message only has left that. */
static void receive_what_is_there(struct io_batch *batch)
{
	struct io *const io = &batch->io;
	ssize_t n;

	if (batch->each >= batch->count || batch->done >= batch->count || io->final ||
	    has_failed(io->fd))
		return;
	batch->each = batch->count;
	n = io->make(io, MSG_DONTWAIT);
	if (n <= 0)
		return;
	forget_descriptors(batch->messages + batch->done, (unsigned int)n);
	batch->done += (unsigned int)n;
}

static ssize_t receive_all(struct io_batch *batch, ssize_t n)
{
	struct io *const io = &batch->io;
	const int64_t end = own_end(batch->timeout);

	for (;;) {
		if (n > 0)
			received(batch, (unsigned int)n);
		if (batch->done >= batch->count || io->final ||
		    (batch->done != 0 && ((io->flags & MSG_WAITFORONE) != 0 ||
					  !own_time_left(end, batch->timeout))))
			break;
		io->progress = batch->done;
		io->spurious_wakeups = 0;
		n = receive_next(batch);
		if (n <= 0)
			break;
	}
	if (batch->done != 0 && (io->flags & MSG_WAITFORONE) != 0 &&
	    own_time_left(end, batch->timeout))
		receive_what_is_there(batch);
	io_leave(io, batch->done == 0 ? errno : 0);
	return batch->done == 0 ? n : (ssize_t)batch->done;
}

/* A fault shortens the call: into the first message only. */
static ssize_t receive_limited(struct io_batch *batch)
{
	struct io one = io_of_message(batch, batch->messages);
	ssize_t n;

	one.flags &= ~MSG_WAITFORONE;
	n = io_receive(&one);
	if (n < 0)
		return n;
	batch->messages->msg_len = (unsigned int)n;
	return 1;
}

ssize_t io_receive_batch(struct io *io)
{
	struct io_batch *const batch = (struct io_batch *)io;
	ssize_t n;

	/* More are never taken (net/socket.c: do_recvmmsg's callers). */
	if (batch->count > IOV_MAX)
		batch->count = IOV_MAX;
	batch->each = batch->count;
	if (io->limited && batch->count != 0 &&
	    memory_readable(batch->messages, sizeof *batch->messages))
		return receive_limited(batch);
	if (io_is_native(io) || receive_is_immediate(io)) {
		n = io->make(io, 0);
		if (n > 0)
			forget_descriptors(batch->messages, (unsigned int)n);
		return n;
	}
	if (((io->flags & MSG_WAITALL) != 0 || (io->state & FD_LOWAT) != 0) &&
	    fd_is_stream(io->fd, io->state))
		batch->each = 1;
	n = io->make(io, MSG_DONTWAIT);
	if (n < 0 && !io_would_block(errno))
		return n;
	/* The kernel has read the timeout in the try, and writes it only when messages have come. */
	if (batch->timeout != NULL &&
	    !memory_writable(batch->timeout, sizeof *batch->timeout)) {
		batch->each = batch->count;
		return n > 0 ? n : io->make(io, 0);
	}
	if (n == 0 || (n > 0 && (unsigned int)n == batch->count &&
		       (io->flags & MSG_WAITALL) == 0 && (io->state & FD_LOWAT) == 0)) {
		forget_descriptors(batch->messages, (unsigned int)n);
		return n;
	}
	return receive_all(batch, n);
}

/* The message whose turn it is can be read; the kernel may not have come to it yet. */
static bool is_addressed(const struct mmsghdr *message)
{
	const struct msghdr *const header = &message->msg_hdr;

	return memory_readable(message, sizeof *message) &&
	       (header->msg_name == NULL ||
		memory_readable(header->msg_name, header->msg_namelen));
}

static bool has_room(int fd)
{
	struct pollfd descriptor = {.fd = fd, .events = POLLOUT};
	const int saved_errno = errno;
	const int count = REAL(poll)(&descriptor, 1, 0);

	errno = saved_errno;
	return count > 0;
}

/*
 * A try has sent whole messages, but not all: for want of room, or because the next one failed (the
 * kernel does not say: net/socket.c, __sys_sendmmsg)? An error that the kernel reports once (a refused
 * datagram) is gone, and the call ends here; another error comes again, without a second SIGPIPE.
 * Returns how many more were sent, -1 for an error, 0 where the call has to wait for room.
 */
static ssize_t send_after_stop(struct io_batch *batch)
{
	struct io *const io = &batch->io;
	ssize_t n;

	if (!has_room(io->fd))
		return 0;
	if (!fd_is_stream(io->fd, io->state) && !io_is_unix(io->fd))
		return -1;
	n = io->make(io, MSG_DONTWAIT | MSG_NOSIGNAL);
	return n < 0 && io_would_block(errno) ? 0 : n;
}

/* Wait for room and send more messages. */
static ssize_t send_next(struct io_batch *batch)
{
	struct io *const io = &batch->io;
	struct mmsghdr *const message = &batch->messages[batch->done];

	/* The program's own timer was for the rest of the last message; the next has its own. */
	if (io->own) {
		io->entered = io->own = io->keep_waiting = false;
		io->deadline = 0;
	}
	if (!is_addressed(message)) {
		errno = EFAULT;
		return -1;
	}
	io->spurious_wakeups = 0;
	io->address = message->msg_hdr.msg_name;
	io->address_length = message->msg_hdr.msg_namelen;
	return io_retry(io);
}

/* The last message that was sent may have gone in part: send the rest. Returns whether the message has
 * gone whole. */
static bool complete_last(struct io_batch *batch, size_t length)
{
	struct mmsghdr *const last = &batch->messages[batch->done - 1];
	struct io one = io_of_message(batch, last);

	if (last->msg_len < length && !batch->io.final) {
		last->msg_len = (unsigned int)send_all(&one, last->msg_len);
		batch->io.keep_waiting = one.keep_waiting;
		batch->io.own = one.own;
	}
	return last->msg_len >= length;
}

/* The first try gave n. */
static ssize_t send_messages(struct io_batch *batch, ssize_t n)
{
	struct io *const io = &batch->io;
	bool stopped = false;

	for (;;) {
		if (n > 0) {
			const struct mmsghdr *last;
			size_t length;

			batch->done += (unsigned int)n;
			last = &batch->messages[batch->done - 1];
			length = vector_length(last->msg_hdr.msg_iov,
					       (size_t)last->msg_hdr.msg_iovlen);
			/* The call stopped between two messages. */
			stopped = last->msg_len >= length;
			if (!complete_last(batch, length))
				break;
		}
		if (batch->done >= batch->count || io->final)
			break;
		io->progress = batch->done;
		n = stopped ? send_after_stop(batch) : 0;
		if (n == 0)
			n = send_next(batch);
		if (n <= 0)
			break;
	}
	return batch->done == 0 ? n : (ssize_t)batch->done;
}

/* A fault shortens the call: of the first message only. */
static ssize_t send_limited(struct io_batch *batch)
{
	struct io one = io_of_message(batch, batch->messages);
	ssize_t n;

	n = io_send(&one);
	if (n < 0)
		return n;
	batch->messages->msg_len = (unsigned int)n;
	return 1;
}

ssize_t io_send_batch(struct io *io)
{
	struct io_batch *const batch = (struct io_batch *)io;
	ssize_t n;

	batch->each = batch->count;
	if (io->limited && batch->count != 0 &&
	    memory_readable(batch->messages, sizeof *batch->messages))
		return send_limited(batch);
	if (io_is_native(io) || (io->flags & MSG_DONTWAIT) != 0)
		return io->make(io, 0);
	/* No more are taken natively (net/socket.c: __sys_sendmmsg). */
	if (batch->count > IOV_MAX)
		batch->each = batch->count = IOV_MAX;
	n = io->make(io, MSG_DONTWAIT);
	if (n == 0 || (n < 0 && !io_would_block(errno)))
		return n;
	io->flags &= ~MSG_FASTOPEN;
	return send_messages(batch, n);
}
