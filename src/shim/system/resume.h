/*
 * Lets a read or write that libc makes inside stdio go on after a handler with SA_RESTART. The kernel
 * would have restarted it, but for the socket's timer, which is ours (shim/stdio/stream.h); and libc does not
 * know how to. So the handler's stub (shim/system/interruption.c) does what the kernel does
 * (arch/x86/kernel/signal.c: handle_signal): it has the thread come back before the system call,
 * instead of after it with EINTR. Nothing of libc's notices.
 *
 * Only where the thread said that it is in such a call, it came out of libc's own read(2) or write(2),
 * and the timer is ours. On other machines than x86-64 the number of the interrupted call is lost to
 * a handler, and the call fails with EINTR.
 *
 * Cold. Async-signal-safe; leaves errno alone.
 */
#ifndef SHIM_RESUME_H
#define SHIM_RESUME_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "policy/operation.h"

/* Where libc's read and write are; once is enough. Until then, nothing goes on. */
struct resume_place {
	const void *start;
	size_t size;
};
void resume_learn(const struct resume_place *reads, const struct resume_place *writes);
bool resume_learnt(void);

/* This thread is about to call a function of stdio's; is about to call it again; is done. No system
 * call. */
void resume_begin(void);
void resume_continue(void);
void resume_end(void);

/* A handler is about to run: what it calls is not what it interrupts. What is returned is to be given
 * back after it; 0 where the thread is in no such function. */
sig_atomic_t resume_suspend(void);
void resume_restore(sig_atomic_t before);

/* A handler has run in this context, of a thread in such a function: it came into a system call, which
 * is to fail with EINTR. */
bool resume_is_interrupted(const void *context);

/* The same, and the handler has SA_RESTART and is the one that counts. True where the thread
 * will go on with the call. */
bool resume_interrupted(void *context);

/* The call on fd that was interrupted may go on: not for longer than its timeout after the first time
 * since resume_begin. At most 1 system call (clock), and what a look at the rules takes. */
bool resume_allowed(int fd, enum operation operation);

/* The descriptor and the operation of the call that was refused to go on since resume_begin, as its
 * time was over; -1 for none. */
int resume_expired(enum operation *operation);

#endif
