/*
 * Hints about descriptors, one word each: what the kernel said of a descriptor's number when it
 * was last asked. Hot: one load a call.
 *
 * A hint saves a system call and is never a fact. It is forgotten whenever the number may have
 * got another meaning (close, dup2, socket, SCM_RIGHTS, …: shim/wrap/descriptor.c), and a wrong
 * one that is left (from raw system calls) makes a call native, as if we were not there: "no
 * socket" and "non-blocking" both mean "call the real function as it stands".
 *
 * A child of vfork(2) has descriptors of its own and these words in common with its parent: what it
 * closes is not forgotten while anybody in the parent cares.
 *
 * All functions are async-signal-safe, lock-free and leave errno alone.
 */
#ifndef SHIM_HINT_H
#define SHIM_HINT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"

/* What is remembered of a number. */
#define HINT_NO_SOCKET     0x01u /* ENOTSOCK was the answer */
#define HINT_STREAM        0x02u /* SOCK_STREAM: bytes without boundaries */
#define HINT_MESSAGES      0x04u /* any other socket type */
#define HINT_NONBLOCKING   0x08u /* O_NONBLOCK is set; valid in one epoch only */
#define HINT_GUARDED       0x10u /* a listener that has the guard of shim/guard.h */
#define HINT_NEW           0x20u /* made here, and no SO_RCVTIMEO or SO_SNDTIMEO set on it since */
#define HINT_LISTENING     0x40u /* listen(2) was called on it here */
#define HINT_FAILED        0x80u /* failed by a wait, and the program has not been told */
#define HINT_QUIET         0x100u /* no call of the program's has moved a byte since it was set */
#define HINT_SEQUENCED     0x200u /* HINT_MESSAGES, but connected like a stream: SOCK_SEQPACKET */
#define HINT_TIMED_SEND    0x400u /* a SO_SNDTIMEO that is found there is ours (shim/io/timer.h) */
#define HINT_TIMED_RECEIVE 0x800u /* … SO_RCVTIMEO … */
#define HINT_BOUND         0x1000u /* has the timers of shim/bound.h, for streams */

#define HINT_EXAMINE 0x2000u /* every call is to be looked at (shim/io/attention.h) */
#define HINT_WAITS   0x4000u /* the last receive waited, by a timer that is kept (shim/io/timer.h) */

#define HINT_SLOW    0x8000u /* the last sendfile or splice to it has waited (shim/io/slice.h) */

#define HINT_EPOCH_SHIFT      16
#define HINT_EPOCH_MASK       0x001f0000u
#define HINT_GENERATION_SHIFT 21
#define HINT_GENERATION_MASK  0xffe00000u

/* Numbers over this are never remembered: each call asks the kernel. */
#define HINT_DESCRIPTORS 65536

extern _Atomic uint32_t hint_words[HINT_DESCRIPTORS];
/* What a number begins with when nothing is known of it: HINT_EXAMINE, HINT_NO_SOCKET
 * (hint_give_up), or nothing. */
extern _Atomic uint32_t hint_base;
extern _Atomic uint32_t hint_epoch; /* in place, at HINT_EPOCH_MASK; 0 stamps nothing */

/* Threads that wait on a number and shall notice when it is given up; more than there are, after
 * one was cancelled or left by siglongjmp. */
extern atomic_int hint_waiters;

/* What is remembered of fd; of one that is out of range, only what all begin with. */
static inline uint32_t hint_get(int fd)
{
	if (UNLIKELY((unsigned int)fd >= HINT_DESCRIPTORS))
		return atomic_load_explicit(&hint_base, memory_order_relaxed);
	return atomic_load_explicit(&hint_words[fd], memory_order_acquire);
}

/* O_NONBLOCK was set when last seen, and no one has cleared O_NONBLOCK anywhere since: the flag
 * is that of an open file description, which other numbers may share. */
static inline bool hint_nonblocking(uint32_t hint)
{
	return (hint & HINT_NONBLOCKING) != 0 &&
	       (hint & HINT_EPOCH_MASK) ==
		       atomic_load_explicit(&hint_epoch, memory_order_relaxed);
}

/* Something is to be seen to before the call (shim/io/attention.h). */
static inline bool hint_wants_attention(uint32_t hint)
{
	return UNLIKELY((hint & (HINT_FAILED | HINT_QUIET | HINT_EXAMINE)) != 0);
}

/* Nothing is known that would keep a call from being tried. */
static inline bool hint_plain(uint32_t hint)
{
	return (hint & (HINT_FAILED | HINT_QUIET | HINT_EXAMINE | HINT_NO_SOCKET |
			HINT_NONBLOCKING)) == 0;
}

/* The real function is to be called as it stands: no socket, or non-blocking. */
static inline bool hint_native(uint32_t hint)
{
	const uint32_t bits = hint & (HINT_NO_SOCKET | HINT_NONBLOCKING);

	return bits != 0 && ((bits & HINT_NO_SOCKET) != 0 || hint_nonblocking(hint));
}

/* The program has set SO_RCVTIMEO or SO_SNDTIMEO by a number that was not known to be HINT_NEW:
 * a duplicate, maybe, of one that is. */
extern atomic_bool hint_timeouts;

/* The socket was made here and has no timeout of the program's: nobody needs to be asked. */
static inline bool hint_without_timeouts(uint32_t hint)
{
	return (hint & HINT_NEW) != 0 &&
	       !atomic_load_explicit(&hint_timeouts, memory_order_relaxed);
}

/* The program sets SO_RCVTIMEO or SO_SNDTIMEO on fd. */
void hint_timeout_set(int fd);
/* Every number, those to come too, is HINT_EXAMINE from now on; or none. Touches all words. */
void hint_examine(bool examine);
/* Every number, those to come too, is HINT_NO_SOCKET from now on: all calls are native. Touches all
 * words. */
void hint_give_up(void);
/* fd is not HINT_EXAMINE until it is forgotten, if it still is what it was at `seen`. */
void hint_dismiss(int fd, uint32_t seen);
/* fd is HINT_EXAMINE again, where all are that begin. */
void hint_examine_again(int fd);
/* Forget what is known of fd: its number may mean another file now. */
void hint_forget(int fd);
/* Forget a range, last included; ends at the last remembered number. */
void hint_forget_range(unsigned int first, unsigned int last);
/* Add bits to what is known of fd, if it still is what it was when `seen` was got (a hint must
 * not outlive a close in another thread). HINT_NONBLOCKING is stamped with the epoch. */
void hint_learn(int fd, uint32_t seen, uint32_t bits);
/* Take all bits away that may be wrong if fd means another file now, which is not known yet. */
void hint_doubt(int fd);
/* Take bits away, whatever else has been learned. */
void hint_unlearn(int fd, uint32_t bits);
/* The number has not been given another meaning since `seen`, as far as we could see. */
bool hint_current(int fd, uint32_t seen);
/* Somebody clears O_NONBLOCK on a description: no HINT_NONBLOCKING is valid any more. */
void hint_blocking_again(void);
/* What socket(2)'s type says: HINT_STREAM, HINT_MESSAGES, HINT_SEQUENCED,
 * HINT_NONBLOCKING. */
uint32_t hint_of_type(int type);

#endif
