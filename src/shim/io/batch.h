/*
 * recvmmsg and sendmmsg as a value. Cold.
 */
#ifndef SHIM_IO_BATCH_H
#define SHIM_IO_BATCH_H

#include <time.h>

#include "shim/io/io.h"

/* io.run is io_receive_batch or io_send_batch; io.make takes messages from `done` on, `each` of them
 * at most. */
struct io_batch {
	struct io io;
	struct mmsghdr *messages;
	unsigned int count;
	struct timespec *timeout; /* recvmmsg's own for the whole, or NULL */
	unsigned int done;        /* messages that were moved */
	unsigned int each;        /* messages that one call may move */
};

#endif
