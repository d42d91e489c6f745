/*
 * Does the other side of a connection owe an answer, and since when? A connection that this process
 * opened is owed an answer after connect(2), and after a send, until something is received. FD_OWED and
 * FD_ANSWERED say which of the two the wrapped calls saw last (io_slow in io/io.c changes them); TCP
 * knows the times. A connection that was accepted has neither bit and is owed nothing.
 *
 * Cold, but for the inline function. Async-signal-safe; errno is unchanged. Times: CLOCK_MONOTONIC,
 * nanoseconds.
 */
#ifndef SHIM_FD_REPLY_H
#define SHIM_FD_REPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "shim/fd/fd.h"

/* This process opened the connection, while a timeout of `reply` was set. */
static inline bool reply_is_watched(uint64_t state)
{
	return (state & (FD_OWED | FD_ANSWERED)) != 0;
}

/* fd, whose state was `seen`, was connected, or its connection is in progress. */
void reply_connected(int fd, uint64_t seen);

/* An answer is owed on fd: *since becomes the time since when, never too early. Of a socket that is not
 * TCP's that is the time when a wait first found nothing. At most 3 system calls. */
bool reply_is_owed(int fd, int64_t now, int64_t *since);

#endif
