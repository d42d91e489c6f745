/*
 * recv, recvfrom and their fortified names. Hot: a receive that has something to receive is one call
 * with one more flag.
 */
#include "config.h"

#include "shim/wrap/wrap.h"

static ssize_t make_recv(struct io *io, int extra)
{
	return REAL(recv)(io->fd, io->one.iov_base, io_one_length(io), io->flags | extra);
}

ssize_t wrap_recv(int fd, void *buffer, size_t length, int flags)
{
	const uint64_t state = fd_receive_state(fd);
	const int saved_errno = errno;
	bool tried = false;

	if (fd_receives_at_once(state) && LIKELY((flags & RECEIVE_SPECIAL) == 0)) {
		const ssize_t n = REAL(recv)(fd, buffer, length, flags | MSG_DONTWAIT);

		if (LIKELY(n >= 0) || !io_would_block(errno))
			return n;
		tried = true;
	} else if (wrap_is_native(state, flags)) {
		return REAL(recv)(fd, buffer, length, flags);
	}
	return wrap_slow(&(struct io){IO_CALL(recv, RECV, fd, state), .flags = flags,
				      .make = make_recv, .run = io_receive,
				      .one = {buffer, length}, .tried = tried, .result = -1,
				      .saved_errno = saved_errno,
				      IO_ARGUMENTS(ARGUMENT(fd), ARGUMENT(buffer),
						   ARGUMENT(length), ARGUMENT(flags))});
}

#ifdef HAVE_GLIBC
ssize_t wrap___recv_chk(int fd, void *buffer, size_t length, size_t buffer_size, int flags)
{
	if (UNLIKELY(length > buffer_size))
		return REAL(__recv_chk)(fd, buffer, length, buffer_size, flags);
	return wrap_recv(fd, buffer, length, flags);
}
#endif

struct recvfrom_io {
	struct io io;
	struct sockaddr *address;
	socklen_t *address_length;
};

static ssize_t make_recvfrom(struct io *io, int extra)
{
	const struct recvfrom_io *const call = (const struct recvfrom_io *)io;

	return REAL(recvfrom)(io->fd, io->one.iov_base, io_one_length(io), io->flags | extra,
			      call->address, call->address_length);
}

ssize_t wrap_recvfrom(int fd, void *buffer, size_t length, int flags, struct sockaddr *address,
		      socklen_t *address_length)
{
	const uint64_t state = fd_receive_state(fd);
	const int saved_errno = errno;
	bool tried = false;

	if (fd_receives_at_once(state) && LIKELY((flags & RECEIVE_SPECIAL) == 0)) {
		const ssize_t n = REAL(recvfrom)(fd, buffer, length, flags | MSG_DONTWAIT,
						 address, address_length);

		if (LIKELY(n >= 0) || !io_would_block(errno))
			return n;
		tried = true;
	} else if (wrap_is_native(state, flags)) {
		return REAL(recvfrom)(fd, buffer, length, flags, address, address_length);
	}
	return wrap_slow(&(struct recvfrom_io){
		{IO_CALL(recvfrom, RECV, fd, state), .flags = flags, .make = make_recvfrom,
		 .run = io_receive, .one = {buffer, length}, .tried = tried, .result = -1,
		 .saved_errno = saved_errno,
		 IO_ARGUMENTS(ARGUMENT(fd), ARGUMENT(buffer), ARGUMENT(length), ARGUMENT(flags),
			      ARGUMENT(address), ARGUMENT(address_length))},
		.address = address,
		.address_length = address_length}
				  .io);
}

#ifdef HAVE_GLIBC
ssize_t wrap___recvfrom_chk(int fd, void *buffer, size_t length, size_t buffer_size, int flags,
			    struct sockaddr *address, socklen_t *address_length)
{
	if (UNLIKELY(length > buffer_size))
		return REAL(__recvfrom_chk)(fd, buffer, length, buffer_size, flags, address,
					    address_length);
	return wrap_recvfrom(fd, buffer, length, flags, address, address_length);
}
#endif
