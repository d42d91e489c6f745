/*
 * What kind of socket a descriptor is, where a call needs to know before it is made. Hot for the
 * question, cold for the answer.
 */
#ifndef SHIM_SOCKET_H
#define SHIM_SOCKET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "shim/fd/hint.h"
#include "shim/system/memory.h"

/* The kind of fd as HINT_STREAM, HINT_MESSAGES or HINT_NO_SOCKET, asked of the kernel and
 * remembered; 0 where there is no such descriptor. Leaves errno alone. */
COLD uint32_t socket_learn_kind(int fd, uint32_t hint);

/* Whether fd is a socket, asked of the kernel where that is not known. Leaves errno alone. */
COLD bool socket_is(int fd, uint32_t hint);

/* Whether readv or writev on fd is the same as recvmsg or sendmsg: fd is a socket, and where it
 * has records, vector is not of length 0 (which eats or sends none). The vector is only looked at
 * where it must be: a bad pointer is for the kernel to refuse (readv and writev do). */
static inline bool socket_takes_vector(int fd, uint32_t hint, const struct iovec *vector,
				       int count)
{
	const uint32_t kinds = HINT_STREAM | HINT_MESSAGES | HINT_NO_SOCKET;
	uint32_t kind = hint & kinds;

	if (UNLIKELY(kind == 0))
		kind = socket_learn_kind(fd, hint) & kinds;
	if (LIKELY(kind == HINT_STREAM))
		return true;
	if (kind != HINT_MESSAGES)
		return false;
	for (int i = 0; i < count && memory_readable(&vector[i], sizeof *vector); i++)
		if (vector[i].iov_len != 0)
			return true;
	return false;
}

#endif
