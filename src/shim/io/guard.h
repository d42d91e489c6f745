/*
 * The guard of a listener. accept(2) has no MSG_DONTWAIT: after poll says that a connection is
 * there, another thread or process may take it, and the loser would wait for ever. So a listener
 * that is accepted from with a timeout gets, once, an SO_RCVTIMEO of a value that no program
 * chooses: the loser comes back with EAGAIN. It stays, because whoever took it away again would
 * take it from the other losers too; the wrappers know it by its value and hide it from the
 * program, and the accepted socket, which inherits it, is rid of it at once.
 *
 * It is a wait, too: an accept begins with the real call, as natively, and what the kernel says before
 * it looks for a connection (EMFILE: net/socket.c, __sys_accept4_file) is said at once. Only who comes
 * back empty-handed goes to poll.
 *
 * Constants only.
 */
#ifndef SHIM_GUARD_H
#define SHIM_GUARD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/time.h>

/* Whole jiffies at any of the kernel's HZ (100, 250, 300, 1000), so it is read back as it is set
 * (net/core/sock.c: sock_get_timeout). */
#define GUARD_MICROSECONDS 180000
/* The kernel's timers may be so late: two jiffies (kernel/time/timer.c: calc_index). */
#define GUARD_LATE 20000

/* That timer, as getsockopt(2) gives it, is ours. */
static inline bool guard_is(const struct timeval *timeout)
{
	return timeout->tv_sec == 0 && timeout->tv_usec == GUARD_MICROSECONDS;
}

/* An accept that has so many nanoseconds may begin with the real call, by the guard: it is back
 * in time, to wait for the rest. */
static inline bool guard_serves(int64_t left)
{
	return left >= (GUARD_MICROSECONDS + GUARD_LATE) * INT64_C(1000);
}

#endif
