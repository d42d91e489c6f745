/*
 * The timers of ours that stay on a socket. What stdio reads and writes is out of our sight, so
 * the socket behind a stream gets an SO_RCVTIMEO and an SO_SNDTIMEO of our own when the stream
 * comes to be; and where the kernel's timer bounds a call, it is left there for others
 * (shim/io/timer.h). Like a listener's guard (shim/io/guard.h) they are known by their value: the timeout of
 * this process, rounded up, and something more that nobody asks for. So no table says whose a
 * timer is, a program that sets its own takes ours away, and the wrappers hide ours from it.
 *
 * They stay on the socket: a process that shares it and has other timeouts takes them for the
 * program's own. Cold. Async-signal-safe; leaves errno alone.
 */
#ifndef SHIM_BOUND_H
#define SHIM_BOUND_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/time.h>

#include "base/duration.h"
#include "policy/operation.h"
#include "shim/config/rules.h"

/* The timer that is kept on streams for what sends in slices (shim/io/slice.h), whatever the timeout:
 * every process knows it. Whole jiffies too, and no program waits for so little. */
#define BOUND_SLICE (20 * NANOSECONDS_PER_MILLISECOND)

/* Bound fd where it is a blocking socket that the program gave no timeout of its own, and no
 * listener (which would lose its patience in accept). Harmless on anything else, and again. Learns
 * HINT_BOUND. At most 7 system calls; on what is no socket 1, or none where that is known. */
void bound_set(int fd);

/* Whether the timer of option (SO_RCVTIMEO or SO_SNDTIMEO) on fd is one that is set or kept for a
 * timeout of this process, or was under other rules. */
bool bound_is(int fd, int option, const struct timeval *timer);

/* The rules have changed: what is known to have the timers of streams gets those that apply now. */
void bound_renew(void);

/* Whether EAGAIN from a call of operation (RECV or SEND) on fd means that our timer has run out:
 * fd blocks, and the timer is ours. 2 system calls. */
bool bound_holds(int fd, enum operation operation);

/* Its value: what is to stay on fd. Only to be asked for where bound_is or a hint has told that there
 * is one. */
struct timeval bound_value(int fd, int option);

/* What applies to operation on fd, and the timer for it in nanoseconds; DURATION_NONE where there is
 * none. */
struct rules_limit bound_limit(int fd, enum operation operation);
int64_t bound_timer(int fd, enum operation operation);

/* The timer that is kept on a socket for calls of operation with that timeout in nanoseconds
 * (shim/io/timer.h): 0 where there is none. For what receives it never runs out before the timeout. For
 * what sends messages it is half of that: sendfile and splice wait once more for the rest of what was
 * sent in part (fs/splice.c: splice_to_socket). */
struct timeval bound_kept(enum operation operation, int64_t timeout);

/* Nanoseconds as the kernel takes them; 0 is no timer. */
struct timeval bound_timeval(int64_t nanoseconds);

#endif
