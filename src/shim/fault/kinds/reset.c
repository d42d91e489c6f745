/*
 * The kind `reset`: the connection is reset, and the peer gets the reset. Cold.
 *
 * connect(2) to AF_UNSPEC sends the RST, and leaves ECONNRESET for the next call (net/ipv4/tcp.c:
 * tcp_disconnect). After shutdown(2), later calls have the results that they have after a reset by
 * the peer (tcp_done).
 */
#include "config.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "shim/fault/fault_inside.h"
#include "shim/system/kernel.h"

/* Returns true where the kernel gives the next call ECONNRESET. */
static bool reset(int fd)
{
	int family = 0, type = 0, protocol = 0;
	const bool tcp = kernel_socket_option(fd, SO_DOMAIN, &family) == 0 &&
			 (family == AF_INET || family == AF_INET6) &&
			 kernel_socket_option(fd, SO_TYPE, &type) == 0 && type == SOCK_STREAM &&
			 kernel_socket_option(fd, SO_PROTOCOL, &protocol) == 0 &&
			 protocol == IPPROTO_TCP;
	const bool done = tcp && kernel_disconnect(fd) == 0;

	if (tcp || family == AF_UNIX)
		(void)kernel_shut_down(fd);
	return done;
}

/* Reset fd, whose state was `seen`; the next call gives ECONNRESET. */
static void reset_later(int fd, uint64_t seen)
{
	if (!reset(fd))
		(void)fault_fail_later(fd, seen, ECONNRESET, false);
}

static bool reset_before(struct io *io, const struct fault *fault, bool blocks)
{
	(void)fault;
	(void)blocks;
	/* There is no connection before the call. */
	if (io->operation == OPERATION_CONNECT || io->operation == OPERATION_ACCEPT) {
		io->fault.actions |= RULE_RESET;
		return true;
	}
	return reset(io->fd) || fault_fail(ECONNRESET);
}

static void reset_delayed(struct io *io, const struct fault *fault)
{
	(void)fault;
	reset_later(io->fd, io->state);
}

static ssize_t reset_after(struct io *io, ssize_t result)
{
	if (io->operation == OPERATION_ACCEPT) {
		if (result >= 0)
			reset_later((int)result, fd_state((int)result));
		return result;
	}
	if (result == 0) {
		kernel_abandon(io->fd);
		errno = ECONNRESET;
		return -1;
	}
	if (errno == EINPROGRESS)
		(void)fault_fail_later(io->fd, io->state, ECONNRESET, true);
	return result;
}

const struct fault_kind fault_reset = {
	.action = RULE_RESET,
	.name = "reset",
	.before = reset_before,
	.later = reset_delayed,
	.after = reset_after,
};
