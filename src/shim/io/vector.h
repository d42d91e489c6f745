/*
 * Scatter/gather vectors of the program's, which are read and never changed. Hot where a call's
 * length is needed; no errno, async-signal-safe.
 */
#ifndef SHIM_VECTOR_H
#define SHIM_VECTOR_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* The most that one call takes, whatever it is given (read(2); include/linux/fs.h). */
#define VECTOR_MAXIMUM ((size_t)0x7ffff000)

/* A call goes on in pieces of so many elements: a signal handler's stack is small. */
#define VECTOR_WINDOW 8

/* What a call takes of length bytes at most. */
static inline size_t vector_limit(size_t length)
{
	return length < VECTOR_MAXIMUM ? length : VECTOR_MAXIMUM;
}

/* The bytes that a call takes at most; the kernel has accepted vector and count before. */
static inline size_t vector_length(const struct iovec *vector, size_t count)
{
	size_t length = 0;

	for (size_t i = 0; i < count; i++)
		length += vector[i].iov_len;
	return vector_limit(length);
}

/* The kernel had read the vector when the call failed with error: it may be looked at. */
static inline bool vector_was_read(int error)
{
	return error != EFAULT && error != EINVAL && error != ENOMEM && error != EBADF &&
	       error != ENOTSOCK;
}

/* *part becomes message, with no more than limit of its bytes, in window; false where that cannot be
 * done: the memory cannot be read, the kernel refuses it, or there is nothing in it. */
bool vector_limit_message(const struct msghdr *message, size_t limit, struct msghdr *part,
			  struct iovec window[VECTOR_WINDOW]);

/* What is left behind the first done bytes, up to limit bytes, in window. Returns the number of
 * elements, and the bytes they hold in *length. */
int vector_rest(const struct iovec *vector, size_t count, size_t done, size_t limit,
		struct iovec window[VECTOR_WINDOW], size_t *length);

#endif
