/*
 * read, readv and __read_chk: on a socket they are recv and recvmsg without flags, on any other file
 * they are the real functions. Hot.
 */
#include "config.h"

#include <limits.h>

#include "shim/io/vector.h"
#include "shim/wrap/wrap.h"

static ssize_t make_read(struct io *io, int extra)
{
	const size_t length = io_one_length(io);

	/* read(2) of 0 bytes reads nothing (net/socket.c: sock_read_iter), recv(2) of 0 bytes takes a
	 * datagram. */
	int error = 0;

	if (extra != 0 && length != 0) {
		const ssize_t n = REAL(recv)(io->fd, io->one.iov_base, length, extra);

		if (n >= 0 || !io_refused(errno))
			return n;
		error = errno;
	}
	return io_after_refusal(io, error, REAL(read)(io->fd, io->one.iov_base, length));
}

APART static ssize_t read_socket(int fd, void *buffer, size_t length, uint64_t state)
{
	const int saved_errno = errno;
	bool tried = false;

	if (fd_receives_at_once(state) && LIKELY(length != 0)) {
		const ssize_t n = REAL(recv)(fd, buffer, length, MSG_DONTWAIT);

		if (LIKELY(n >= 0) || (!io_would_block(errno) && !io_refused(errno)))
			return n;
		tried = io_would_block(errno);
	}
	return wrap_slow(
		&(struct io){IO_CALL(read, RECV, fd, state), .make = make_read,
			     .run = io_receive, .one = {buffer, length}, .tried = tried,
			     .result = -1, .saved_errno = saved_errno,
			     IO_ARGUMENTS(ARGUMENT(fd), ARGUMENT(buffer), ARGUMENT(length))});
}

ssize_t wrap_read(int fd, void *buffer, size_t length)
{
	const uint64_t state = fd_receive_state(fd);

	return fd_is_native(state) ? REAL(read)(fd, buffer, length)
				   : read_socket(fd, buffer, length, state);
}
CALL_ALIAS(__read, read);

#ifdef HAVE_GLIBC
ssize_t wrap___read_chk(int fd, void *buffer, size_t length, size_t buffer_size)
{
	if (UNLIKELY(length > buffer_size))
		return REAL(__read_chk)(fd, buffer, length, buffer_size);
	return wrap_read(fd, buffer, length);
}
#endif

static ssize_t make_readv(struct io *io, int extra)
{
	struct iovec window[VECTOR_WINDOW];
	struct msghdr part, message = {.msg_iov = (struct iovec *)(uintptr_t)io->vector,
				       .msg_iovlen = (vector_count)io->count};
	const bool limited =
		io->limited && vector_limit_message(&message, io->limit, &part, window);
	int error = 0;

	/* The kernel refuses the count. */
	if (io->count == 0 || io->count > IOV_MAX)
		return REAL(readv)(io->fd, io->vector, (int)io->count);

	if (limited)
		message = part;
	if (extra != 0 &&
	    (limited || vector_is_for_socket(io->fd, io->state, io->vector, io->count))) {
		const ssize_t n = REAL(recvmsg)(io->fd, &message, extra);

		/* The kernel does not even ask the socket for 0 bytes (fs/read_write.c: vfs_readv). */
		if (n < 0 && vector_was_read(errno) && io_length(io) == 0) {
			errno = io->saved_errno;
			return 0;
		}
		if (n >= 0 || !io_refused(errno))
			return n;
		error = errno;
	}
	return io_after_refusal(io, error,
				REAL(readv)(io->fd, message.msg_iov, (int)message.msg_iovlen));
}

ssize_t wrap_readv(int fd, const struct iovec *vector, int count)
{
	const uint64_t state = fd_receive_state(fd);

	if (fd_is_native(state))
		return REAL(readv)(fd, vector, count);
	/* The try finds a bad vector; with FD_POLL_FIRST the call would wait first. */
	return wrap_slow(
		&(struct io){IO_CALL(readv, RECV, fd, state & ~FD_POLL_FIRST),
			     .make = make_readv, .run = io_receive, .vector = vector,
			     .count = (size_t)count, .saved_errno = errno,
			     IO_ARGUMENTS(ARGUMENT(fd), ARGUMENT(vector), ARGUMENT(count))});
}
