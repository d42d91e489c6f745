/*
 * connect. Cold: each bounded connect arms a timer.
 */
#include "config.h"

#include "shim/config/rules.h"
#include "shim/fd/reply.h"
#include "shim/io/tcp.h"
#include "shim/wait/wait.h"
#include "shim/wrap/wrap.h"

static ssize_t make_connect(struct io *io, int extra)
{
	(void)extra;
	return REAL(connect)(io->fd, io->address, io->address_length);
}

static ssize_t run_connect(struct io *io)
{
	ssize_t result;

	fd_quiet_begin(io->fd);
	if (rules_any(RULES_BY_ADDRESS))
		wait_connecting(io->fd, io->state, io->address, io->address_length);
	if (rules_any(TCP_ACTIONS))
		tcp_connecting(io->fd, io->state, io->address, io->address_length);
	result = io_connect(io);
	if (limits_reply() && (result == 0 || errno == EINPROGRESS))
		reply_connected(io->fd, io->state);
	return result;
}

int wrap_connect(int fd, const struct sockaddr *address, socklen_t length)
{
	/* A fault that could not concern fd may concern the new connection. */
	fd_hook_again(fd);
	return (int)wrap_slow(
		&(struct io){IO_CALL(connect, CONNECT, fd, fd_state(fd)), .make = make_connect,
			     .run = run_connect, .address = address, .address_length = length,
			     .saved_errno = errno,
			     IO_ARGUMENTS(ARGUMENT(fd), ARGUMENT(address), ARGUMENT(length))});
}
CALL_ALIAS(__connect, connect);
