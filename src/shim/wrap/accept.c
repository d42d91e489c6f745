/*
 * accept and accept4: the real call, for as long as the guard lets it (shim/io/guard.h); then poll until a
 * connection is there, and take it or, where another was faster, go on waiting. Cold: an accept is
 * never free: what it gives has to be rid of the guard.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>

#include "base/clock.h"
#include "calls/calls.h"
#include "calls/real.h"
#include "shim/io/attention.h"
#include "shim/io/gate.h"
#include "shim/io/guard.h"
#include "shim/system/kernel.h"
#include "shim/config/rules.h"
#include "shim/io/tcp.h"

static const struct timeval guard_timeout = {0, GUARD_MICROSECONDS};
static const struct timeval no_timeout = {0, 0};

/* The listener has our guard, put there by us or by a process that shares it. */
static bool guarded(int fd)
{
	struct timeval timeout;

	return kernel_get_timeout(fd, SO_RCVTIMEO, &timeout) == 0 && guard_is(&timeout);
}

/* A connection, fd, has been accepted from the gate's listener. */
static int accepted(const struct gate *gate, int fd, int flags)
{
	hint_forget(fd);
	hint_learn(fd, hint_get(fd),
		   (gate->hint & (HINT_STREAM | HINT_MESSAGES | HINT_NEW)) |
			   ((flags & SOCK_NONBLOCK) != 0 ? HINT_NONBLOCKING : 0u));
	if (rules_any(TCP_ACTIONS))
		tcp_accepted(gate->fd, gate->hint, fd);
	return fd;
}

static int accept_real(const struct gate *gate, struct sockaddr *address, socklen_t *length,
		       int flags)
{
	return gate->call == CALL_accept ? REAL(accept)(gate->fd, address, length)
					 : REAL(accept4)(gate->fd, address, length, flags);
}

/* Not bounded by us; but natively a blocking accept does not end with the guard's EAGAIN, nor
 * does what it gives have the guard. Both are possible only where others have put it there. */
static int accept_native(const struct gate *gate, struct sockaddr *address, socklen_t *length,
			 int flags)
{
	const bool ours = (gate->hint & (HINT_NEW | HINT_GUARDED)) == HINT_NEW;

	for (;;) {
		const int saved_errno = errno;
		const int fd = accept_real(gate, address, length, flags);

		if (fd >= 0) {
			if (!ours && guarded(fd))
				(void)kernel_set_timeout(fd, SO_RCVTIMEO, &no_timeout);
			return accepted(gate, fd, flags);
		}
		if (errno != EAGAIN || ours || hint_native(gate->hint) || !guarded(gate->fd) ||
		    (kernel_flags(gate->fd) & O_NONBLOCK) != 0)
			return fd;
		errno = saved_errno;
	}
}

/* What is no listener fails at once, and poll would wait. */
static bool listening(const struct gate *gate)
{
	int value = 0;

	if ((gate->hint & (HINT_LISTENING | HINT_GUARDED)) != 0)
		return true;
	return kernel_socket_option(gate->fd, SO_ACCEPTCONN, &value) == 0 && value != 0;
}

static int accept_bounded(struct gate *gate, struct sockaddr *address, socklen_t *length,
			  int flags)
{
	const int saved_errno = errno;
	int fd;

	gate->keeps = true;
	if ((flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)) != 0 || hint_native(gate->hint) ||
	    gate_enter(gate) != GATE_RETRY || !listening(gate))
		return accept_native(gate, address, length, flags);
	/* Where the program has set a timer of its own, that is not to be replaced: the call is
	 * bounded by one that is put back. */
	gate->blind = gate->capped;
	if (!gate->capped && (hint_get(gate->fd) & HINT_GUARDED) == 0 &&
	    kernel_set_timeout(gate->fd, SO_RCVTIMEO, &guard_timeout) == 0)
		hint_learn(gate->fd, gate->hint, HINT_GUARDED);
	gate->kept = !gate->capped && (hint_get(gate->fd) & HINT_GUARDED) != 0 &&
		     guard_serves(gate->deadline - clock_now());
	GATE_COMPLETE(fd, gate, accept_real(gate, address, length, flags),
		      accept_real(gate, address, length, flags));
	if (fd < 0)
		return fd;
	/* The accepted socket inherits it (net/core/sock.c: sk_clone_lock). */
	(void)kernel_set_timeout(fd, SO_RCVTIMEO, gate->capped ? &gate->before : &no_timeout);
	errno = saved_errno;
	return accepted(gate, fd, flags);
}

COLD static int accept_attended(struct gate *gate, struct sockaddr *address, socklen_t *length,
				int flags)
{
	struct attention attention = ATTENTION_FOR(
		accept4, OPERATION_ACCEPT, -1, gate->fd, gate->hint, ARGUMENT(gate->fd),
		ARGUMENT(address), ARGUMENT(length), ARGUMENT(flags));
	int fd;

	if (gate->call == CALL_accept) {
		attention.call = CALL_accept;
		attention.count--;
	}
	ATTEND(fd, &attention,
	       (gate->hint = attention.hint, accept_bounded(gate, address, length, flags)));
	return fd;
}

static int accept_with(struct gate *gate, struct sockaddr *address, socklen_t *length,
		       int flags)
{
	return hint_wants_attention(gate->hint) ? accept_attended(gate, address, length, flags)
						: accept_bounded(gate, address, length, flags);
}

int wrap_accept(int fd, struct sockaddr *address, socklen_t *length)
{
	struct gate gate = GATE_FOR(accept, ACCEPT, fd, hint_get(fd));

	return accept_with(&gate, address, length, 0);
}

int wrap_accept4(int fd, struct sockaddr *address, socklen_t *length, int flags)
{
	struct gate gate = GATE_FOR(accept4, ACCEPT, fd, hint_get(fd));

	return accept_with(&gate, address, length, flags);
}
