/*
 * read and __read_chk: on a socket they are recv without flags, on any other file they are the real functions.
 * Hot.
 */
#include "config.h"

#include "shim/wrap/wrap.h"

static ssize_t make_read(struct io *io, int extra)
{
	const size_t length = io_one_length(io);

	/* read(2) of 0 bytes reads nothing (net/socket.c: sock_read_iter), recv(2) of 0 bytes takes a
	 * datagram. */
	int error = 0;

	if (extra != 0 && length != 0) {
		const ssize_t n = REAL(recv)(io->fd, io->one.iov_base, length, extra);

		if (n >= 0 || !io_was_refused(io))
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
