/*
 * readv and writev: on a socket they are recvmsg and sendmsg without flags, on any other file they are the real
 * functions.
 */
#include "config.h"

#include <limits.h>

#include "shim/io/vector.h"
#include "shim/wrap/wrap.h"

/* The real function. */
static ssize_t make_real(const struct io *io, const struct iovec *vector, size_t count)
{
	return io->operation == OPERATION_SEND ? REAL(writev)(io->fd, vector, (int)count)
					       : REAL(readv)(io->fd, vector, (int)count);
}

static ssize_t make_message(const struct io *io, struct msghdr *message, int flags)
{
	return io->operation == OPERATION_SEND ? REAL(sendmsg)(io->fd, message, flags)
					       : REAL(recvmsg)(io->fd, message, flags);
}

/* The kernel does not ask the socket to move 0 bytes (fs/read_write.c: vfs_readv, vfs_writev). recvmsg(2) and
 * sendmsg(2) ask the socket. So the first sendmsg(2) raises no SIGPIPE, and the vector is looked at only when the
 * kernel has read it. */
static ssize_t make(struct io *io, int extra)
{
	struct iovec window[VECTOR_WINDOW];
	struct msghdr part, message = {.msg_iov = (struct iovec *)(uintptr_t)io->vector,
				       .msg_iovlen = (vector_count)io->count};
	const bool limited =
		io->limited && vector_limit_message(&message, io->limit, &part, window);
	int error = 0;

	/* The kernel refuses the count. */
	if (io->count == 0 || io->count > IOV_MAX)
		return make_real(io, io->vector, io->count);
	if (limited)
		message = part;
	if (extra != 0 &&
	    (limited || vector_is_for_socket(io->fd, io->state, io->vector, io->count))) {
		ssize_t n = make_message(io, &message, extra | MSG_NOSIGNAL);

		if (n < 0 && vector_was_read(errno) && io_length(io) == 0) {
			errno = io->saved_errno;
			return 0;
		}
		if (n < 0 && errno == EPIPE && io->operation == OPERATION_SEND &&
		    (extra & MSG_NOSIGNAL) == 0)
			n = make_message(io, &message, extra);
		if (n >= 0 || !io_was_refused(io))
			return n;
		error = errno;
	}
	return io_after_refusal(io, error,
				make_real(io, message.msg_iov, (size_t)message.msg_iovlen));
}

ssize_t wrap_readv(int fd, const struct iovec *vector, int count)
{
	const uint64_t state = fd_receive_state(fd);

	if (fd_is_native(state))
		return REAL(readv)(fd, vector, count);
	/* The try finds a bad vector; with FD_POLL_FIRST the call would wait first. */
	return wrap_slow(
		&(struct io){IO_CALL(readv, RECV, fd, state & ~FD_POLL_FIRST), .make = make,
			     .run = io_receive, .vector = vector, .count = (size_t)count,
			     .saved_errno = errno,
			     IO_ARGUMENTS(ARGUMENT(fd), ARGUMENT(vector), ARGUMENT(count))});
}

ssize_t wrap_writev(int fd, const struct iovec *vector, int count)
{
	const uint64_t state = fd_send_state(fd);

	if (fd_is_native(state))
		return REAL(writev)(fd, vector, count);
	return wrap_slow(
		&(struct io){IO_CALL(writev, SEND, fd, state), .make = make, .run = io_send,
			     .vector = vector, .count = (size_t)count, .saved_errno = errno,
			     IO_ARGUMENTS(ARGUMENT(fd), ARGUMENT(vector), ARGUMENT(count))});
}
