/*
 * Shared by the wrappers of data calls. A wrapper tries a ready call at once, makes only the
 * real call where the library has nothing to do, and else fills in a struct io (io/io.h). Hot.
 */
#ifndef SHIM_WRAP_WRAP_H
#define SHIM_WRAP_WRAP_H

#include "base/attributes.h"
#include "calls/calls.h"
#include "calls/real.h"
#include "shim/fd/fd.h"
#include "shim/io/io.h"
#include "shim/start.h"

/* Flags with which a receive is not tried at once. */
#define RECEIVE_SPECIAL (MSG_DONTWAIT | MSG_WAITALL | MSG_OOB | MSG_ERRQUEUE)

/* Call only the real function: no socket, or the call does not block. */
static inline bool wrap_is_native(uint64_t state, int flags)
{
	return fd_is_native(state) ||
	       ((flags & MSG_DONTWAIT) != 0 &&
		(state & (FD_SOCKET | FD_NOT_SOCKET | FD_SPECIAL)) == FD_SOCKET);
}

/* io_slow, also before the library's constructor. */
static inline ssize_t wrap_slow(struct io *io)
{
	if (UNLIKELY((io->state & FD_UNSTARTED) != 0)) {
		start_once();
		io->state = fd_state(io->fd);
	}
	return io_slow(io);
}

#endif
