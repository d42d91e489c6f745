/*
 * The rest of a send, for sendmmsg(2) as well. Cold. Async-signal-safe.
 */
#ifndef SHIM_IO_SEND_H
#define SHIM_IO_SEND_H

#include "shim/io/io.h"

/* sent bytes (> 0) of the call have gone: send the rest, until all has gone, or the deadline, a
 * signal or an error ends the call. Returns the number of bytes altogether. */
ssize_t send_all(struct io *io, size_t sent);

#endif
