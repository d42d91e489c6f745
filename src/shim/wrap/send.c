/*
 * send, sendto, write and their aliases. Hot: a send for which there is room is one call with one
 * more flag. A send that the kernel takes in part goes on until all has gone (shim/io/transmit.h).
 */
#include "config.h"

#include <errno.h>

#include "calls/calls.h"
#include "calls/direct.h"
#include "calls/errno.h"
#include "calls/real.h"
#include "shim/io/attention.h"
#include "shim/io/gate.h"
#include "shim/io/transmit.h"
#include "shim/io/vector.h"

/* What is left of a call after a try, or the real call, gave n. */
static ssize_t complete(struct gate *gate, ssize_t n, const void *buffer, size_t length,
			int flags, int saved_errno)
{
	const struct iovec whole = {(void *)(uintptr_t)buffer, length};

	if (n > 0 && !gate->final && (size_t)n < vector_limit(length))
		n = transmit_rest(gate, &whole, 1, (size_t)n, flags);
	if (n >= 0)
		errno = saved_errno;
	return n;
}

COLD static ssize_t send_blocked(struct gate *gate, const void *buffer, size_t length,
				 int flags, ssize_t n, int saved_errno)
{
	/* A Fast Open that is connecting has been told so; now it is a send like any other. */
	const int again = flags & ~MSG_FASTOPEN;

	if (n < 0 && gate_would_block(errno))
		GATE_COMPLETE(n, gate,
			      transmit_has_failed(gate)
				      ? -1
				      : REAL(send)(gate->fd, buffer, length,
						   transmit_flags(gate, again)),
			      REAL(send)(gate->fd, buffer, length, again));
	return complete(gate, n, buffer, length, flags, saved_errno);
}

APART static ssize_t send_try(int fd, const void *buffer, size_t length, int flags,
			      uint32_t hint)
{
	int saved_errno;
	ssize_t n;

	saved_errno = errno_now();
	n = REAL(send)(fd, buffer, length, flags | MSG_DONTWAIT);
	if (UNLIKELY(n != (ssize_t)length)) {
		struct gate gate = GATE_FOR(send, SEND, fd, hint);

		return send_blocked(&gate, buffer, length, flags, n, saved_errno);
	}
	return n;
}

static inline ssize_t send_with(int fd, const void *buffer, size_t length, int flags,
				uint32_t hint)
{
	if ((flags & MSG_DONTWAIT) != 0 || hint_native(hint))
		return REAL(send)(fd, buffer, length, flags);
	return send_try(fd, buffer, length, flags, hint);
}

COLD static ssize_t send_attended(int fd, const void *buffer, size_t length, int flags,
				  uint32_t hint)
{
	struct attention attention =
		ATTENTION_FOR(send, OPERATION_SEND, -1, fd, hint, ARGUMENT(fd),
			      ARGUMENT(buffer), ARGUMENT(length), ARGUMENT(flags));
	ssize_t n;

	ATTEND(n, &attention,
	       send_with(fd, buffer, attention_limited(&attention, length), flags,
			 attention.hint));
	return n;
}

APART static ssize_t send_direct(int fd, const void *buffer, size_t length, int flags,
				 uint32_t hint)
{
	ssize_t n = direct_send(fd, buffer, length, flags | MSG_DONTWAIT);

	if (UNLIKELY(n != (ssize_t)length)) {
		const int saved_errno = direct_result(&n);
		struct gate gate = GATE_FOR(send, SEND, fd, hint);

		return send_blocked(&gate, buffer, length, flags, n, saved_errno);
	}
	return n;
}

DIRECT_IN_THREADS(send, (int fd, const void *buffer, size_t length, int flags, uint32_t hint),
		  (fd, buffer, length, flags, hint))

APART static ssize_t send_otherwise(int fd, const void *buffer, size_t length, int flags,
				    uint32_t hint)
{
	if (hint_wants_attention(hint))
		return send_attended(fd, buffer, length, flags, hint);
	return send_with(fd, buffer, length, flags, hint);
}

ssize_t wrap_send(int fd, const void *buffer, size_t length, int flags)
{
	call_send_function *const real = REAL_KNOWN(send);
	const uint32_t hint = hint_get(fd);

	if (transmit_directly(CALL_send, flags, hint))
		return DIRECT(send, fd, buffer, length, flags, hint);
	if (((flags & MSG_DONTWAIT) != 0 || hint_native(hint)) && LIKELY(real != NULL) &&
	    !hint_wants_attention(hint))
		return real(fd, buffer, length, flags);
	return send_otherwise(fd, buffer, length, flags, hint);
}
CALL_ALIAS(__send, send);

COLD static ssize_t sendto_blocked(struct gate *gate, const void *buffer, size_t length,
				   int flags, const struct sockaddr *address,
				   socklen_t address_length, ssize_t n, int saved_errno)
{
	const int again = flags & ~MSG_FASTOPEN;

	if (n < 0 && gate_would_block(errno)) {
		transmit_to(gate, address, address_length);
		GATE_COMPLETE(
			n, gate,
			transmit_has_failed(gate) ? -1
						  : REAL(sendto)(gate->fd, buffer, length,
								 transmit_flags(gate, again),
								 address, address_length),
			REAL(sendto)(gate->fd, buffer, length, again, address, address_length));
	}
	return complete(gate, n, buffer, length, flags, saved_errno);
}

APART static ssize_t sendto_try(int fd, const void *buffer, size_t length, int flags,
				const struct sockaddr *address, socklen_t address_length,
				uint32_t hint)
{
	int saved_errno;
	ssize_t n;

	saved_errno = errno_now();
	n = REAL(sendto)(fd, buffer, length, flags | MSG_DONTWAIT, address, address_length);
	if (UNLIKELY(n != (ssize_t)length)) {
		struct gate gate = GATE_FOR(sendto, SEND, fd, hint);

		return sendto_blocked(&gate, buffer, length, flags, address, address_length, n,
				      saved_errno);
	}
	return n;
}

static inline ssize_t sendto_with(int fd, const void *buffer, size_t length, int flags,
				  const struct sockaddr *address, socklen_t address_length,
				  uint32_t hint)
{
	if ((flags & MSG_DONTWAIT) != 0 || hint_native(hint))
		return REAL(sendto)(fd, buffer, length, flags, address, address_length);
	return sendto_try(fd, buffer, length, flags, address, address_length, hint);
}

COLD static ssize_t sendto_attended(int fd, const void *buffer, size_t length, int flags,
				    const struct sockaddr *address, socklen_t address_length,
				    uint32_t hint)
{
	struct attention attention = ATTENTION_FOR(
		sendto, OPERATION_SEND, -1, fd, hint, ARGUMENT(fd), ARGUMENT(buffer),
		ARGUMENT(length), ARGUMENT(flags), ARGUMENT(address), ARGUMENT(address_length));
	ssize_t n;

	ATTEND(n, &attention,
	       sendto_with(fd, buffer, attention_limited(&attention, length), flags, address,
			   address_length, attention.hint));
	return n;
}

APART static ssize_t sendto_direct(int fd, const void *buffer, size_t length, int flags,
				   const struct sockaddr *address, socklen_t address_length,
				   uint32_t hint)
{
	ssize_t n = direct_sendto(fd, buffer, length, flags | MSG_DONTWAIT, address,
				  address_length);

	if (UNLIKELY(n != (ssize_t)length)) {
		const int saved_errno = direct_result(&n);
		struct gate gate = GATE_FOR(sendto, SEND, fd, hint);

		return sendto_blocked(&gate, buffer, length, flags, address, address_length, n,
				      saved_errno);
	}
	return n;
}

DIRECT_IN_THREADS(sendto,
		  (int fd, const void *buffer, size_t length, int flags,
		   const struct sockaddr *address, socklen_t address_length, uint32_t hint),
		  (fd, buffer, length, flags, address, address_length, hint))

APART static ssize_t sendto_otherwise(int fd, const void *buffer, size_t length, int flags,
				      const struct sockaddr *address, socklen_t address_length,
				      uint32_t hint)
{
	if (hint_wants_attention(hint))
		return sendto_attended(fd, buffer, length, flags, address, address_length,
				       hint);
	return sendto_with(fd, buffer, length, flags, address, address_length, hint);
}

ssize_t wrap_sendto(int fd, const void *buffer, size_t length, int flags,
		    const struct sockaddr *address, socklen_t address_length)
{
	const uint32_t hint = hint_get(fd);

	if (transmit_directly(CALL_sendto, flags, hint))
		return DIRECT(sendto, fd, buffer, length, flags, address, address_length, hint);
	return sendto_otherwise(fd, buffer, length, flags, address, address_length, hint);
}

COLD static ssize_t write_blocked(int fd, const void *buffer, size_t length, uint32_t hint,
				  ssize_t n, int saved_errno)
{
	struct gate gate = GATE_FOR(write, SEND, fd, hint);

	if (n < 0 && errno == ENOTSOCK) {
		hint_learn(fd, hint, HINT_NO_SOCKET);
		errno = saved_errno;
		return REAL(write)(fd, buffer, length);
	}
	return send_blocked(&gate, buffer, length, 0, n, saved_errno);
}

APART static ssize_t write_try(int fd, const void *buffer, size_t length, uint32_t hint)
{
	int saved_errno;
	ssize_t n;

	saved_errno = errno_now();
	n = REAL(send)(fd, buffer, length, MSG_DONTWAIT);
	if (UNLIKELY(n != (ssize_t)length))
		return write_blocked(fd, buffer, length, hint, n, saved_errno);
	return n;
}

/* There are no such addresses in a program: write refuses that, where send takes what it can
 * (fs/read_write.c: vfs_write; net/socket.c: __sys_sendto). */
static inline bool cannot_be(const void *buffer, size_t length)
{
	return length > VECTOR_MAXIMUM && (intptr_t)(length | ((uintptr_t)buffer + length)) < 0;
}

static inline ssize_t write_with(int fd, const void *buffer, size_t length, uint32_t hint)
{
	if (hint_native(hint) || UNLIKELY(cannot_be(buffer, length)))
		return REAL(write)(fd, buffer, length);
	return write_try(fd, buffer, length, hint);
}

COLD static ssize_t write_attended(int fd, const void *buffer, size_t length, uint32_t hint)
{
	struct attention attention =
		ATTENTION_FOR(write, OPERATION_SEND, -1, fd, hint, ARGUMENT(fd),
			      ARGUMENT(buffer), ARGUMENT(length));
	ssize_t n;

	ATTEND(n, &attention,
	       write_with(fd, buffer, attention_limited(&attention, length), attention.hint));
	return n;
}

APART static ssize_t write_direct(int fd, const void *buffer, size_t length, uint32_t hint)
{
	ssize_t n = direct_send(fd, buffer, length, MSG_DONTWAIT);

	if (UNLIKELY(n != (ssize_t)length)) {
		const int saved_errno = direct_result(&n);

		return write_blocked(fd, buffer, length, hint, n, saved_errno);
	}
	return n;
}

DIRECT_IN_THREADS(write, (int fd, const void *buffer, size_t length, uint32_t hint),
		  (fd, buffer, length, hint))

APART static ssize_t write_otherwise(int fd, const void *buffer, size_t length, uint32_t hint)
{
	if (hint_wants_attention(hint))
		return write_attended(fd, buffer, length, hint);
	return write_with(fd, buffer, length, hint);
}

ssize_t wrap_write(int fd, const void *buffer, size_t length)
{
	call_write_function *const real = REAL_KNOWN(write);
	const uint32_t hint = hint_get(fd);

	if (transmit_directly(CALL_send, 0, hint) && LIKELY(!cannot_be(buffer, length)))
		return DIRECT(write, fd, buffer, length, hint);
	if (hint_native(hint) && LIKELY(real != NULL) && !hint_wants_attention(hint))
		return real(fd, buffer, length);
	return write_otherwise(fd, buffer, length, hint);
}
CALL_ALIAS(__write, write);
