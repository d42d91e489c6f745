/*
 * read, readv and __read_chk: on a socket they are recv and recvmsg without flags, on anything
 * else they are what they always were. Hot.
 *
 * Whether a descriptor is a socket costs no call: recv is tried, and ENOTSOCK is remembered
 * (shim/fd/hint.h).
 */
#include "config.h"

#include <errno.h>
#include <limits.h>

#include "calls/calls.h"
#include "calls/direct.h"
#include "calls/errno.h"
#include "calls/real.h"
#include "shim/io/attention.h"
#include "shim/io/gate.h"
#include "shim/system/kernel.h"
#include "shim/system/memory.h"
#include "shim/io/receive.h"
#include "shim/fd/socket.h"
#include "shim/io/vector.h"

APART static ssize_t read_waits(int fd, void *buffer, size_t length, uint32_t hint,
				int saved_errno)
{
	struct gate gate = GATE_FOR(read, RECV, fd, hint);
	ssize_t n = -1;

	receive_prepare(&gate, 0);
	GATE_COMPLETE(n, &gate, REAL(recv)(fd, buffer, length, MSG_DONTWAIT),
		      REAL(read)(fd, buffer, length));
	if (n >= 0)
		errno = saved_errno;
	return n;
}

APART static ssize_t read_blocked(int fd, void *buffer, size_t length, uint32_t hint, ssize_t n,
				  int saved_errno)
{
	if (n < 0 && errno == ENOTSOCK) {
		hint_learn(fd, hint, HINT_NO_SOCKET);
		errno = saved_errno;
		return REAL(read)(fd, buffer, length);
	}
	if (n < 0 && gate_would_block(errno))
		return read_waits(fd, buffer, length, hint, saved_errno);
	if (n >= 0)
		errno = saved_errno;
	return n;
}

APART static ssize_t read_try(int fd, void *buffer, size_t length, uint32_t hint)
{
	const int saved_errno = errno_now();
	const ssize_t n = REAL(recv)(fd, buffer, length, MSG_DONTWAIT);

	if (LIKELY(n >= 0))
		return n;
	return read_blocked(fd, buffer, length, hint, n, saved_errno);
}

static inline ssize_t read_with(int fd, void *buffer, size_t length, uint32_t hint)
{
	/* Nothing is read for nothing (net/socket.c: sock_read_iter), while recv(fd, b, 0, 0)
	 * eats a datagram. */
	const int saved_errno = errno_now();

	if (hint_native(hint) || UNLIKELY(length == 0))
		return REAL(read)(fd, buffer, length);
	if (receive_untried(fd, 0, hint))
		return read_waits(fd, buffer, length, hint, saved_errno);
	return read_try(fd, buffer, length, hint);
}

COLD static ssize_t read_attended(int fd, void *buffer, size_t length, uint32_t hint)
{
	struct attention attention =
		ATTENTION_FOR(read, OPERATION_RECV, -1, fd, hint, ARGUMENT(fd),
			      ARGUMENT(buffer), ARGUMENT(length));
	ssize_t n;

	ATTEND(n, &attention,
	       read_with(fd, buffer, attention_limited(&attention, length), attention.hint));
	return n;
}

/* What follows where the direct try gave the error n. */
APART static ssize_t read_refused(int fd, void *buffer, size_t length, uint32_t hint, ssize_t n)
{
	const int saved_errno = direct_result(&n);

	return read_blocked(fd, buffer, length, hint, n, saved_errno);
}

APART static ssize_t read_direct(int fd, void *buffer, size_t length, uint32_t hint)
{
	const ssize_t n = direct_recv(fd, buffer, length, MSG_DONTWAIT);

	if (LIKELY(n >= 0))
		return n;
	return read_refused(fd, buffer, length, hint, n);
}

DIRECT_IN_THREADS(read, (int fd, void *buffer, size_t length, uint32_t hint),
		  (fd, buffer, length, hint))

APART static ssize_t read_otherwise(int fd, void *buffer, size_t length, uint32_t hint)
{
	if (hint_wants_attention(hint))
		return read_attended(fd, buffer, length, hint);
	return read_with(fd, buffer, length, hint);
}

ssize_t wrap_read(int fd, void *buffer, size_t length)
{
	const uint32_t hint = hint_get(fd);
	call_read_function *real;

	if (receive_directly(CALL_recv, 0, hint) && LIKELY(length != 0))
		return DIRECT(read, fd, buffer, length, hint);
	real = REAL_KNOWN(read);
	if (hint_native(hint) && LIKELY(real != NULL) && !hint_wants_attention(hint))
		return real(fd, buffer, length);
	return read_otherwise(fd, buffer, length, hint);
}
CALL_ALIAS(__read, read);

ssize_t wrap___read_chk(int fd, void *buffer, size_t length, size_t buffer_size)
{
	if (UNLIKELY(length > buffer_size))
		return REAL(__read_chk)(fd, buffer, length, buffer_size);
	return wrap_read(fd, buffer, length);
}

APART static ssize_t readv_blocked(int fd, const struct iovec *vector, int count, uint32_t hint,
				   ssize_t n, int saved_errno)
{
	struct gate gate = GATE_FOR(readv, RECV, fd, hint);
	struct msghdr message = {.msg_iov = (struct iovec *)(uintptr_t)vector,
				 .msg_iovlen = (size_t)count};

	/* The hint was of a socket that somebody closed behind our back: fclose(3), for one. */
	if (n < 0 && errno == ENOTSOCK) {
		hint_learn(fd, hint, HINT_NO_SOCKET);
		errno = saved_errno;
		return REAL(readv)(fd, vector, count);
	}
	/* Natively the socket is not even asked for nothing (fs/read_write.c: vfs_readv). */
	if (n < 0 && vector_was_read(errno) && vector_length(vector, (size_t)count) == 0) {
		errno = saved_errno;
		return 0;
	}
	if (n < 0 && gate_would_block(errno)) {
		receive_prepare(&gate, 0);
		GATE_COMPLETE(n, &gate, REAL(recvmsg)(fd, &message, MSG_DONTWAIT),
			      REAL(readv)(fd, vector, count));
	}
	if (n >= 0)
		errno = saved_errno;
	return n;
}

static ssize_t readv_with(int fd, const struct iovec *vector, int count, uint32_t hint)
{
	struct msghdr message = {.msg_iov = (struct iovec *)(uintptr_t)vector,
				 .msg_iovlen = (size_t)count};
	int saved_errno;
	bool untried;
	ssize_t n;

	if (hint_native(hint) || count <= 0 || count > IOV_MAX ||
	    !socket_takes_vector(fd, hint, vector, count))
		return REAL(readv)(fd, vector, count);
	saved_errno = errno_now();
	untried = receive_untried(fd, 0, hint);
	n = untried ? -1 : REAL(recvmsg)(fd, &message, MSG_DONTWAIT);
	if (LIKELY(n >= 0))
		return n;
	/* Then the kernel has not read the vector. */
	if (untried && !memory_readable(vector, (size_t)count * sizeof *vector))
		return REAL(readv)(fd, vector, count);
	return readv_blocked(fd, vector, count, hint_get(fd), n, saved_errno);
}

COLD static ssize_t readv_attended(int fd, const struct iovec *vector, int count, uint32_t hint)
{
	struct attention attention =
		ATTENTION_FOR(readv, OPERATION_RECV, -1, fd, hint, ARGUMENT(fd),
			      ARGUMENT(vector), ARGUMENT(count));
	struct iovec window[VECTOR_WINDOW];
	ssize_t n;

	ATTEND(n, &attention,
	       (attention_vector(&attention, &vector, &count, window),
		readv_with(fd, vector, count, attention.hint)));
	return n;
}

ssize_t wrap_readv(int fd, const struct iovec *vector, int count)
{
	const uint32_t hint = hint_get(fd);

	if (hint_wants_attention(hint))
		return readv_attended(fd, vector, count, hint);
	return readv_with(fd, vector, count, hint);
}
