/*
 * Slices: how sendfile and splice, for which there is no MSG_DONTWAIT, send as much as one likes in
 * one system call and yet end in time.
 *
 * A timer of 20 milliseconds is kept on a stream for them (BOUND_SLICE; shim/timer.h): the real call
 * is made, and where it would have waited for longer it comes back with what it has done; then poll
 * waits, and the next call goes on. But inside, the kernel sends in pieces of 16 pages, and its timer
 * counts for each anew, and again for the rest of a piece of which a part went (fs/splice.c:
 * splice_to_socket). So a peer that reads in drops could stretch one call: for each slice of the
 * time that is left no more is asked for than is likely to go in one. Where the last call has waited
 * that is a segment; else more: what does not wait does not need the time.
 *
 * Cold, but for slice_stays. Async-signal-safe. The functions leave errno alone.
 */
#ifndef SHIM_SLICE_H
#define SHIM_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shim/io/gate.h"
#include "shim/fd/hint.h"

/* The timer of slices is what is kept for sends on a socket with that hint, all of which are ours. */
static inline bool slice_stays(uint32_t hint)
{
	return hint_without_timeouts(hint) && (hint & HINT_STREAM) != 0;
}

/* How much of length (> 0) the next call may ask for: 16 KiB at least, or all. At most 1 system call,
 * once a socket, none where it is all. */
size_t slice_portion(const struct gate *gate, size_t length);

/* A timed call that was asked for length has done n > 0: was it cut short for want of time, so that
 * the rest is to be waited for? Not by the end of the data, a signal, or O_NONBLOCK, as far as that
 * is seen at once. At most 1 system call, none where the call did not wait. */
bool slice_was_cut(const struct gate *gate, size_t n, size_t length);

/* The whole call is over: for slice_portion of the next on the same socket. */
void slice_learn(const struct gate *gate);

#endif
