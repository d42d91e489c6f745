/*
 * send, sendto, write and their other names. Hot: a send for which there is room is one call with one
 * more flag. Of a send that the kernel takes in part, io_send sends the rest.
 */
#include "config.h"

#include "shim/io/vector.h"
#include "shim/wrap/wrap.h"

/* A try gave n: the call is done. */
static inline bool is_done(ssize_t n, size_t length)
{
	return LIKELY(n == (ssize_t)length) || (n < 0 && !io_would_block(errno));
}

static ssize_t make_send(struct io *io, int extra)
{
	return REAL(send)(io->fd, io->one.iov_base, io_one_length(io), io->flags | extra);
}

ssize_t wrap_send(int fd, const void *buffer, size_t length, int flags)
{
	const uint64_t state = fd_send_state(fd);
	const int saved_errno = errno;
	ssize_t n = -1;
	bool tried = false;

	if (fd_sends_at_once(state) && LIKELY((flags & MSG_DONTWAIT) == 0)) {
		n = REAL(send)(fd, buffer, length, flags | MSG_DONTWAIT);
		if (is_done(n, length))
			return n;
		tried = true;
	} else if (wrap_is_native(state, flags)) {
		return REAL(send)(fd, buffer, length, flags);
	}
	return wrap_slow(&(struct io){IO_CALL(send, SEND, fd, state), .flags = flags,
				      .make = make_send, .run = io_send,
				      .one = {(void *)(uintptr_t)buffer, length},
				      .tried = tried, .result = n, .saved_errno = saved_errno,
				      IO_ARGUMENTS(ARGUMENT(fd), ARGUMENT(buffer),
						   ARGUMENT(length), ARGUMENT(flags))});
}
CALL_ALIAS(__send, send);

static ssize_t make_sendto(struct io *io, int extra)
{
	return REAL(sendto)(io->fd, io->one.iov_base, io_one_length(io), io->flags | extra,
			    io->address, io->address_length);
}

ssize_t wrap_sendto(int fd, const void *buffer, size_t length, int flags,
		    const struct sockaddr *address, socklen_t address_length)
{
	const uint64_t state = fd_send_state(fd);
	const int saved_errno = errno;
	ssize_t n = -1;
	bool tried = false;

	if (fd_sends_at_once(state) && LIKELY((flags & MSG_DONTWAIT) == 0)) {
		n = REAL(sendto)(fd, buffer, length, flags | MSG_DONTWAIT, address,
				 address_length);
		if (is_done(n, length))
			return n;
		tried = true;
	} else if (wrap_is_native(state, flags)) {
		return REAL(sendto)(fd, buffer, length, flags, address, address_length);
	}
	return wrap_slow(&(struct io){
		IO_CALL(sendto, SEND, fd, state), .flags = flags, .make = make_sendto,
		.run = io_send, .one = {(void *)(uintptr_t)buffer, length}, .address = address,
		.address_length = address_length, .tried = tried, .result = n,
		.saved_errno = saved_errno,
		IO_ARGUMENTS(ARGUMENT(fd), ARGUMENT(buffer), ARGUMENT(length), ARGUMENT(flags),
			     ARGUMENT(address), ARGUMENT(address_length))});
}

/* Addresses beyond user space: write(2) refuses them, send(2) sends a part (fs/read_write.c:
 * vfs_write; net/socket.c: __sys_sendto). */
static inline bool cannot_be(const void *buffer, size_t length)
{
	return length > VECTOR_MAXIMUM && (intptr_t)(length | ((uintptr_t)buffer + length)) < 0;
}

static ssize_t make_write(struct io *io, int extra)
{
	const size_t length = io_one_length(io);
	int error = 0;

	if (extra != 0 && !cannot_be(io->one.iov_base, length)) {
		const ssize_t n = REAL(send)(io->fd, io->one.iov_base, length, extra);

		if (n >= 0 || !io_was_refused(io))
			return n;
		error = errno;
	}
	return io_after_refusal(io, error, REAL(write)(io->fd, io->one.iov_base, length));
}

APART static ssize_t write_socket(int fd, const void *buffer, size_t length, uint64_t state)
{
	const int saved_errno = errno;
	ssize_t n = -1;
	bool tried = false;

	if (fd_sends_at_once(state) && LIKELY(!cannot_be(buffer, length))) {
		n = REAL(send)(fd, buffer, length, MSG_DONTWAIT);
		if (is_done(n, length) && (n >= 0 || !io_refused(errno)))
			return n;
		tried = n >= 0 || io_would_block(errno);
	}
	return wrap_slow(
		&(struct io){IO_CALL(write, SEND, fd, state), .make = make_write,
			     .run = io_send, .one = {(void *)(uintptr_t)buffer, length},
			     .tried = tried, .result = n, .saved_errno = saved_errno,
			     IO_ARGUMENTS(ARGUMENT(fd), ARGUMENT(buffer), ARGUMENT(length))});
}

ssize_t wrap_write(int fd, const void *buffer, size_t length)
{
	const uint64_t state = fd_send_state(fd);

	return fd_is_native(state) ? REAL(write)(fd, buffer, length)
				   : write_socket(fd, buffer, length, state);
}
CALL_ALIAS(__write, write);
