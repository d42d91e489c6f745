/*
 * Sockets that a wait has failed: nothing happened on them for their timeout, so they are reported
 * ready until the program has been told ETIMEDOUT by the next recv, send, read, write, connect or
 * getsockopt(SO_ERROR), once. That a descriptor has failed is a bit of its hint, which goes when
 * the number gets another meaning; the socket's inode guards against what we could not see.
 *
 * Hot: one test of the hint that a wrapper has loaded anyway. The rest is cold. Async-signal-safe,
 * lock-free, leaves errno alone but for what is said below.
 */
#ifndef SHIM_FAILURE_H
#define SHIM_FAILURE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "shim/fd/hint.h"

/* The number of descriptors that have failed and were not told of; and FAILURE_WATCH for each reason
 * why every wait is to be looked at (idle, shim/hold.h). */
extern atomic_int failure_count;

#define FAILURE_WATCH (1 << 24)

/* There is something to look at before a wait. */
static inline bool failure_any(void)
{
	return UNLIKELY(atomic_load_explicit(&failure_count, memory_order_relaxed) > 0);
}

/* Some descriptor has failed and was not told of. */
static inline bool failure_pending(void)
{
	return atomic_load_explicit(&failure_count, memory_order_relaxed) % FAILURE_WATCH > 0;
}

/* One reason more, or less, why every wait is to be looked at. */
void failure_watch(bool watch);

/* fd, of which seen was known and which is the socket of that inode, fails with error (ETIMEDOUT,
 * or what a chaos rule says). connecting: it is in connect(2), which is to be abandoned when the
 * program is told. False where it has failed
 * already, that cannot be remembered, or the number has got another meaning since. */
bool failure_set(int fd, uint32_t seen, ino_t inode, bool connecting, int error);

/* What was just set, and true, is to be nothing. */
void failure_withdraw(int fd);

/* fd has failed and is still the same socket; inode, unless 0, is what it must be. */
bool failure_is(int fd, ino_t inode);

/* A report that is made once (EPOLLET, EPOLLONESHOT) is made for fd: true the first time only. */
bool failure_edge(int fd);
/* … and may be made again: the program has asked anew (EPOLL_CTL_MOD). */
void failure_edge_again(int fd);

/* A number of which the hint was seen has been forgotten: so is its failure. */
static inline void failure_forgotten(uint32_t seen)
{
	if (UNLIKELY((seen & HINT_FAILED) != 0))
		atomic_fetch_sub_explicit(&failure_count, 1, memory_order_relaxed);
}

/* Tell: the failure of fd is over. True, with errno its error, if there was one, of this very
 * socket. Notes that the socket is in use. */
COLD bool failure_tell(int fd, uint32_t hint);

/* For the calls that move data, with the hint they got: true, with errno set, if the call is to
 * fail now. */
static inline bool failure_due(int fd, uint32_t hint)
{
	return hint_wants_attention(hint) && failure_tell(fd, hint);
}

#endif
