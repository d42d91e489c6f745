/*
 * Output on a stream whose socket has our timers (shim/stdio/stream.h): what libc would write, when it
 * would and in the same pieces, but by the gate, so that signals and stops lose nothing, and with
 * one deadline for the call. Cold. Not async-signal-safe.
 *
 * Where a stream is in none of the states that are understood here (wide, or input was left in its
 * buffer), libc writes, and the socket's timer bounds it.
 */
#ifndef SHIM_STREAM_PUT_H
#define SHIM_STREAM_PUT_H

#include <stddef.h>

#include "shim/stdio/stream.h"

/* All functions take the stream's lock, if `locks`, and begin and end the passage themselves. */

/* Put length bytes. Returns the number that the stream took: all, or it has failed, with errno. */
COLD size_t stream_put(struct stream_call *passage, const void *data, size_t length,
		       bool locks);

/* Write what is in the buffer: what fflush, fclose and fseek do first. 0, or EOF with errno. */
COLD int stream_flush(struct stream_call *passage, bool locks);

/* Write length bytes to fd by the gate, all of them; the call is for the report. Returns how many
 * went; where that is not all, errno says why. */
COLD size_t stream_write(int fd, enum call call, const char *data, size_t length);

#endif
