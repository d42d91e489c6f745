/*
 * recv, recvfrom and their fortified entry points. Hot: a receive that has something to receive
 * is one call with one more flag.
 */
#include "config.h"

#include <errno.h>

#include "calls/calls.h"
#include "calls/direct.h"
#include "calls/errno.h"
#include "calls/real.h"
#include "shim/io/attention.h"
#include "shim/io/gate.h"
#include "shim/io/receive.h"

/* What is left of a call after the first try gave n. */
static ssize_t complete(struct gate *gate, ssize_t n, void *buffer, size_t length, int flags,
			int saved_errno)
{
	struct iovec whole = {buffer, length};
	const struct receive receive = {
		.gate = gate, .vector = &whole, .count = 1, .flags = flags};

	if (n > 0 && receive_incomplete(flags))
		n = receive_rest(&receive, n);
	if (n >= 0)
		errno = saved_errno;
	return n;
}

/* The call as the program made it. */
static inline ssize_t recv_really(int fd, void *buffer, size_t length, int flags)
{
	ssize_t n;

	if (!direct_allowed(CALL_recv) || !DIRECT_ALONE)
		return REAL(recv)(fd, buffer, length, flags);
	n = direct_recv(fd, buffer, length, flags);
	(void)direct_result(&n);
	return n;
}

/* Called last, and with no more arguments than there are registers for: a return that comes after a
 * system call costs (calls/direct.h). */
APART static ssize_t recv_waits(int fd, void *buffer, size_t length, int flags, uint32_t hint,
				int saved_errno)
{
	struct gate gate = GATE_FOR(recv, RECV, fd, hint);
	ssize_t n = -1;

	receive_prepare(&gate, flags);
	GATE_COMPLETE(n, &gate, REAL(recv)(fd, buffer, length, flags | MSG_DONTWAIT),
		      recv_really(fd, buffer, length, flags));
	return complete(&gate, n, buffer, length, flags, saved_errno);
}

APART static ssize_t recv_blocked(int fd, void *buffer, size_t length, int flags, uint32_t hint,
				  ssize_t n, int saved_errno)
{
	struct gate gate = GATE_FOR(recv, RECV, fd, hint);

	if (n < 0 && gate_would_block(errno))
		return recv_waits(fd, buffer, length, flags, hint, saved_errno);
	return complete(&gate, n, buffer, length, flags, saved_errno);
}

APART static ssize_t recv_try(int fd, void *buffer, size_t length, int flags, uint32_t hint)
{
	const int saved_errno = errno_now();
	const ssize_t n = REAL(recv)(fd, buffer, length, flags | MSG_DONTWAIT);

	if (LIKELY(n >= 0 && !receive_incomplete(flags)))
		return n;
	return recv_blocked(fd, buffer, length, flags, hint, n, saved_errno);
}

static inline ssize_t recv_with(int fd, void *buffer, size_t length, int flags, uint32_t hint)
{
	const int saved_errno = errno_now();

	if (receive_is_immediate(fd, flags, hint) || hint_native(hint))
		return REAL(recv)(fd, buffer, length, flags);
	if (receive_untried(fd, flags, hint))
		return recv_waits(fd, buffer, length, flags, hint, saved_errno);
	return recv_try(fd, buffer, length, flags, hint);
}

COLD static ssize_t recv_attended(int fd, void *buffer, size_t length, int flags, uint32_t hint)
{
	struct attention attention =
		ATTENTION_FOR(recv, OPERATION_RECV, -1, fd, hint, ARGUMENT(fd),
			      ARGUMENT(buffer), ARGUMENT(length), ARGUMENT(flags));
	ssize_t n;

	ATTEND(n, &attention,
	       recv_with(fd, buffer, attention_limited(&attention, length), flags,
			 attention.hint));
	return n;
}

/* What follows where the direct try gave the error n. */
APART static ssize_t recv_refused(int fd, void *buffer, size_t length, int flags, uint32_t hint,
				  ssize_t n)
{
	const int saved_errno = direct_result(&n);

	return recv_blocked(fd, buffer, length, flags, hint, n, saved_errno);
}

APART static ssize_t recv_direct(int fd, void *buffer, size_t length, int flags, uint32_t hint)
{
	const ssize_t n = direct_recv(fd, buffer, length, flags | MSG_DONTWAIT);

	if (LIKELY(n >= 0))
		return n;
	return recv_refused(fd, buffer, length, flags, hint, n);
}

DIRECT_IN_THREADS(recv, (int fd, void *buffer, size_t length, int flags, uint32_t hint),
		  (fd, buffer, length, flags, hint))

APART static ssize_t recv_otherwise(int fd, void *buffer, size_t length, int flags,
				    uint32_t hint)
{
	if (hint_wants_attention(hint))
		return recv_attended(fd, buffer, length, flags, hint);
	return recv_with(fd, buffer, length, flags, hint);
}

ssize_t wrap_recv(int fd, void *buffer, size_t length, int flags)
{
	const uint32_t hint = hint_get(fd);
	call_recv_function *real;

	if (receive_directly(CALL_recv, flags, hint))
		return DIRECT(recv, fd, buffer, length, flags, hint);
	real = REAL_KNOWN(recv);
	if (((flags & MSG_DONTWAIT) != 0 || hint_native(hint)) && LIKELY(real != NULL) &&
	    !hint_wants_attention(hint))
		return real(fd, buffer, length, flags);
	return recv_otherwise(fd, buffer, length, flags, hint);
}

ssize_t wrap___recv_chk(int fd, void *buffer, size_t length, size_t buffer_size, int flags)
{
	if (UNLIKELY(length > buffer_size))
		return REAL(__recv_chk)(fd, buffer, length, buffer_size, flags);
	return wrap_recv(fd, buffer, length, flags);
}

APART static ssize_t recvfrom_blocked(int fd, void *buffer, size_t length, int flags,
				      struct sockaddr *address, socklen_t *address_length,
				      uint32_t hint, ssize_t n, int saved_errno)
{
	struct gate gate = GATE_FOR(recvfrom, RECV, fd, hint);

	if (n < 0 && gate_would_block(errno)) {
		receive_prepare(&gate, flags);
		GATE_COMPLETE(
			n, &gate,
			REAL(recvfrom)(fd, buffer, length, flags | MSG_DONTWAIT, address,
				       address_length),
			REAL(recvfrom)(fd, buffer, length, flags, address, address_length));
	}
	return complete(&gate, n, buffer, length, flags, saved_errno);
}

APART static ssize_t recvfrom_try(int fd, void *buffer, size_t length, int flags,
				  struct sockaddr *address, socklen_t *address_length,
				  uint32_t hint)
{
	int saved_errno;
	ssize_t n;

	saved_errno = errno_now();
	n = receive_untried(fd, flags, hint)
		    ? -1
		    : REAL(recvfrom)(fd, buffer, length, flags | MSG_DONTWAIT, address,
				     address_length);
	if (LIKELY(n >= 0 && !receive_incomplete(flags)))
		return n;
	return recvfrom_blocked(fd, buffer, length, flags, address, address_length, hint, n,
				saved_errno);
}

static inline ssize_t recvfrom_with(int fd, void *buffer, size_t length, int flags,
				    struct sockaddr *address, socklen_t *address_length,
				    uint32_t hint)
{
	if (receive_is_immediate(fd, flags, hint) || hint_native(hint))
		return REAL(recvfrom)(fd, buffer, length, flags, address, address_length);
	return recvfrom_try(fd, buffer, length, flags, address, address_length, hint);
}

COLD static ssize_t recvfrom_attended(int fd, void *buffer, size_t length, int flags,
				      struct sockaddr *address, socklen_t *address_length,
				      uint32_t hint)
{
	struct attention attention = ATTENTION_FOR(
		recvfrom, OPERATION_RECV, -1, fd, hint, ARGUMENT(fd), ARGUMENT(buffer),
		ARGUMENT(length), ARGUMENT(flags), ARGUMENT(address), ARGUMENT(address_length));
	ssize_t n;

	ATTEND(n, &attention,
	       recvfrom_with(fd, buffer, attention_limited(&attention, length), flags, address,
			     address_length, attention.hint));
	return n;
}

APART static ssize_t recvfrom_direct(int fd, void *buffer, size_t length, int flags,
				     struct sockaddr *address, socklen_t *address_length,
				     uint32_t hint)
{
	ssize_t n = direct_recvfrom(fd, buffer, length, flags | MSG_DONTWAIT, address,
				    address_length);
	int saved_errno;

	if (LIKELY(n >= 0))
		return n;
	saved_errno = direct_result(&n);
	return recvfrom_blocked(fd, buffer, length, flags, address, address_length, hint, n,
				saved_errno);
}

DIRECT_IN_THREADS(recvfrom,
		  (int fd, void *buffer, size_t length, int flags, struct sockaddr *address,
		   socklen_t *address_length, uint32_t hint),
		  (fd, buffer, length, flags, address, address_length, hint))

APART static ssize_t recvfrom_otherwise(int fd, void *buffer, size_t length, int flags,
					struct sockaddr *address, socklen_t *address_length,
					uint32_t hint)
{
	if (hint_wants_attention(hint))
		return recvfrom_attended(fd, buffer, length, flags, address, address_length,
					 hint);
	return recvfrom_with(fd, buffer, length, flags, address, address_length, hint);
}

ssize_t wrap_recvfrom(int fd, void *buffer, size_t length, int flags, struct sockaddr *address,
		      socklen_t *address_length)
{
	const uint32_t hint = hint_get(fd);

	if (receive_directly(CALL_recvfrom, flags, hint))
		return DIRECT(recvfrom, fd, buffer, length, flags, address, address_length,
			      hint);
	return recvfrom_otherwise(fd, buffer, length, flags, address, address_length, hint);
}

ssize_t wrap___recvfrom_chk(int fd, void *buffer, size_t length, size_t buffer_size, int flags,
			    struct sockaddr *address, socklen_t *address_length)
{
	if (UNLIKELY(length > buffer_size))
		return REAL(__recvfrom_chk)(fd, buffer, length, buffer_size, flags, address,
					    address_length);
	return wrap_recvfrom(fd, buffer, length, flags, address, address_length);
}
