/*
 * Pending errors: sockets that a readiness wait or a fault failed. Such a socket is reported ready
 * until the next recv, send, read, write, connect or getsockopt(SO_ERROR) on it returns the error,
 * once. The error belongs to the file: the socket's inode guards against a number that got another
 * meaning by a system call that the library did not see.
 *
 * Hot: one test of the state that a wrapper has loaded anyway. The rest is cold. Async-signal-safe,
 * lock-free; errno is unchanged unless a function says otherwise.
 */
#ifndef SHIM_FD_PENDING_H
#define SHIM_FD_PENDING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "shim/fd/fd.h"

/* Some number has a pending error. */
static inline bool pending_any(void)
{
	return atomic_load_explicit(&fd_examined, memory_order_relaxed) % FD_EXAMINE > 0;
}

/* Give fd, whose state was `seen` and which is the socket of that inode, the pending error (an
 * errno). connecting: a connect(2) is in progress, and is to be abandoned when the error is
 * reported. False where fd has a pending error already, has no entry, or was closed since. */
bool pending_set(int fd, uint64_t seen, ino_t inode, bool connecting, int error);

/* Take the pending error away without a report. */
void pending_withdraw(int fd);

/* fd has a pending error and is still the same socket; inode, unless 0: the socket must have that
 * inode. At most 1 system call. */
bool pending_is(int fd, ino_t inode);

/* A wait reports fd once only (EPOLLET, EPOLLONESHOT): true the first time. */
bool pending_edge(int fd);
/* … and may report fd once more: the program asked anew (EPOLL_CTL_MOD). */
void pending_edge_again(int fd);

/* A call of the program uses fd: notes the use, and reports the pending error. Returns the errno, or
 * 0 for none. */
COLD int pending_take(int fd, uint64_t state);

#endif
