/*
 * Parts of a vector. Cold.
 */
#include "config.h"

#include <limits.h>

#include "shim/system/memory.h"
#include "shim/fd/fd.h"
#include "shim/io/vector.h"

int vector_rest(const struct iovec *vector, size_t count, size_t done, size_t limit,
		struct iovec window[VECTOR_WINDOW], size_t *length)
{
	int used = 0;

	*length = 0;
	for (size_t i = 0; i < count && used < VECTOR_WINDOW && *length < limit; i++) {
		size_t size = vector[i].iov_len;

		if (done >= size) {
			done -= size;
			continue;
		}
		size -= done;
		if (size > limit - *length)
			size = limit - *length;
		window[used].iov_base = (char *)vector[i].iov_base + done;
		window[used].iov_len = size;
		*length += size;
		used++;
		done = 0;
	}
	return used;
}

bool vector_limit_message(const struct msghdr *message, size_t limit, struct msghdr *part,
			  struct iovec window[VECTOR_WINDOW])
{
	size_t length, count;

	if (!memory_readable(message, sizeof *message))
		return false;
	count = (size_t)message->msg_iovlen;
	if (count > IOV_MAX ||
	    !memory_readable(message->msg_iov, count * sizeof *message->msg_iov))
		return false;
	/* The real call refuses such a length (lib/iov_iter.c: __import_iovec). */
	for (size_t i = 0; i < count; i++)
		if (message->msg_iov[i].iov_len > SSIZE_MAX)
			return false;
	*part = *message;
	part->msg_iov = window;
	part->msg_iovlen =
		(vector_count)vector_rest(message->msg_iov, count, 0, limit, window, &length);
	return part->msg_iovlen != 0;
}

bool vector_is_for_socket(int fd, uint64_t state, const struct iovec *vector, size_t count)
{
	if (!fd_is_socket(fd, state))
		return false;
	if (fd_is_stream(fd, state))
		return true;
	for (size_t i = 0; i < count && memory_readable(&vector[i], sizeof *vector); i++)
		if (vector[i].iov_len != 0)
			return true;
	return false;
}
