/*
 * The program's scatter/gather vectors, which are read and never changed. Hot where a call needs the
 * length. Async-signal-safe; errno is unchanged.
 */
#ifndef SHIM_VECTOR_H
#define SHIM_VECTOR_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* The type of msghdr.msg_iovlen: size_t, and in musl int. */
typedef __typeof__(((struct msghdr *)NULL)->msg_iovlen) vector_count;

/* No call moves more bytes (read(2); include/linux/fs.h: MAX_RW_COUNT). */
#define VECTOR_MAXIMUM ((size_t)0x7ffff000)

/* The rest of a call moves in pieces of so many elements: a signal handler's stack is small. */
#define VECTOR_WINDOW 8

/* Of length bytes, those that one call moves at most. */
static inline size_t vector_limit(size_t length)
{
	return length < VECTOR_MAXIMUM ? length : VECTOR_MAXIMUM;
}

/* The bytes that a call moves at most. The kernel has accepted vector and count before. */
static inline size_t vector_length(const struct iovec *vector, size_t count)
{
	size_t length = 0;

	for (size_t i = 0; i < count; i++)
		length += vector[i].iov_len;
	return vector_limit(length);
}

/* The kernel had read the vector when the call failed with error: the vector is readable. */
static inline bool vector_was_read(int error)
{
	return error != EFAULT && error != EINVAL && error != ENOMEM && error != EBADF &&
	       error != ENOTSOCK;
}

/* readv or writev with the vector on fd is the same as recvmsg or sendmsg: fd is a socket, and where
 * the socket has records, the vector is not of length 0 (which takes or sends no record). Bad pointers
 * are left to the kernel. */
bool vector_is_for_socket(int fd, uint64_t state, const struct iovec *vector, size_t count);

/* *part becomes message with no more than limit of its bytes, in window. False where the memory is
 * not readable, the kernel would refuse the message, or the message is empty. */
bool vector_limit_message(const struct msghdr *message, size_t limit, struct msghdr *part,
			  struct iovec window[VECTOR_WINDOW]);

/* The data behind the first done bytes, up to limit bytes, in window. Returns the number of elements;
 * *length gets the number of bytes. */
int vector_rest(const struct iovec *vector, size_t count, size_t done, size_t limit,
		struct iovec window[VECTOR_WINDOW], size_t *length);

#endif
