/*
 * The hooks before and after a call on a descriptor: the values of io_before and io_after (io/io.h).
 * Cold. Async-signal-safe. Cancellation points where the call is one.
 */
#ifndef SHIM_FAULT_FAULT_CALL_H
#define SHIM_FAULT_FAULT_CALL_H

#include <stdbool.h>
#include <sys/types.h>

struct io;

/* Before the call. Returns false where a fault answers the call, with errno. Else errno is unchanged;
 * io->limited, io->begun and io->fault have the rest of the fault. */
bool fault_before(struct io *io);
/* After the call: gets the result and errno; returns the result for the program, with errno. */
ssize_t fault_after(struct io *io, ssize_t result);

#endif
