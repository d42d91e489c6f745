/*
 * The part of a vector that is still to be done. Cold.
 */
#include "config.h"

#include "shim/vector.h"

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
