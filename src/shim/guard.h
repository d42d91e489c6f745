/*
 * The guard of a listener. accept(2) has no MSG_DONTWAIT: after poll says that a connection is
 * there, another thread or process may take it, and the loser would wait for ever. So a listener
 * that is accepted from with a timeout gets, once, an SO_RCVTIMEO of a value that no program
 * chooses: the loser comes back with EAGAIN. It stays, because whoever took it away again would
 * take it from the other losers too; the wrappers know it by its value and hide it from the
 * program, and the accepted socket, which inherits it, is rid of it at once.
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

/* That timer, as getsockopt(2) gives it, is ours. */
static inline bool guard_is(const struct timeval *timeout)
{
	return timeout->tv_sec == 0 && timeout->tv_usec == GUARD_MICROSECONDS;
}

#endif
