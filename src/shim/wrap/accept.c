/*
 * accept and accept4. Cold: the accepted socket gets its own timer back.
 */
#include "config.h"

#include "shim/config/rules.h"
#include "shim/io/accept.h"
#include "shim/io/tcp.h"
#include "shim/wrap/wrap.h"

static ssize_t make_accept(struct io *io, int extra)
{
	const struct io_accept *const call = (const struct io_accept *)io;

	(void)extra;
	return io->call == CALL_accept
		       ? REAL(accept)(io->fd, call->address, call->length)
		       : REAL(accept4)(io->fd, call->address, call->length, call->flags);
}

static ssize_t run_accept(struct io *io)
{
	const ssize_t fd = io_accept(io);

	if (fd >= 0 && rules_any(TCP_ACTIONS))
		tcp_accepted(io->fd, io->state, (int)fd);
	return fd;
}

/* The prototype is POSIX's. NOLINTNEXTLINE(readability-non-const-parameter) */
int wrap_accept(int fd, struct sockaddr *address, socklen_t *length)
{
	struct io_accept call = {
		{IO_CALL(accept, ACCEPT, fd, fd_state(fd)), .make = make_accept,
		 .run = run_accept, .saved_errno = errno,
		 IO_ARGUMENTS(ARGUMENT(fd), ARGUMENT(address), ARGUMENT(length))},
		.address = address,
		.length = length};

	return (int)wrap_slow(&call.io);
}

/* The prototype is POSIX's. NOLINTNEXTLINE(readability-non-const-parameter) */
int wrap_accept4(int fd, struct sockaddr *address, socklen_t *length, int flags)
{
	struct io_accept call = {{IO_CALL(accept4, ACCEPT, fd, fd_state(fd)),
				  .make = make_accept, .run = run_accept, .saved_errno = errno,
				  IO_ARGUMENTS(ARGUMENT(fd), ARGUMENT(address),
					       ARGUMENT(length), ARGUMENT(flags))},
				 .address = address,
				 .length = length,
				 .flags = flags};

	return (int)wrap_slow(&call.io);
}
