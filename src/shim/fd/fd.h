/*
 * The table of descriptors: one entry a number, with the kernel's last answers about the
 * number. Hot: one load a call.
 *
 * The words of this room:
 *   state    the FD_ bits of a number
 *   epoch    counts the calls that cleared O_NONBLOCK on some number
 *   hook     a function of fault injection or of the log, called before and after a call (io/io.h)
 *   channel  an AF_UNIX socket inside a program (fd/channel.h)
 *   pending  an error that the next call on the number reports (fd/pending.h)
 *   delayed  readiness that a fault hides until a time (fd/delayed.h)
 *   quiet    no byte has moved since a wait for the socket found nothing (wait/quiet.h)
 *   owed     the program sent, and the peer has not answered (fd/reply.h)
 *
 * An entry is a hint that saves a system call. The entry is reset whenever the number may have got
 * another meaning (close, dup2, socket, SCM_RIGHTS, …: shim/wrap/descriptor.c). Raw system calls
 * pass the library by; a hint that they leave wrong makes a call native, or makes a call fail with
 * ENOTSOCK, which corrects the hint.
 *
 * An inactive library has no table: every number is native (fd_limit is 0). So is every number of a
 * process that restricted its own system calls.
 *
 * A child of vfork(2) has descriptors of its own and shares the table with its parent. Its close(2)
 * resets hints, which costs the parent one system call to learn them again.
 *
 * Async-signal-safe, lock-free. errno is unchanged.
 */
#ifndef SHIM_FD_FD_H
#define SHIM_FD_FD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "policy/rule/rule.h"

/* Bits of a state. */
#define FD_SOCKET           UINT64_C(0x000001) /* a socket */
#define FD_NOT_SOCKET       UINT64_C(0x000002) /* any other file; or a number left to the kernel */
#define FD_STREAM           UINT64_C(0x000004) /* SOCK_STREAM: bytes without boundaries */
#define FD_MESSAGES         UINT64_C(0x000008) /* any other socket type */
#define FD_SEQPACKET        UINT64_C(0x000010) /* SOCK_SEQPACKET, with FD_MESSAGES */
#define FD_NONBLOCK         UINT64_C(0x000020) /* O_NONBLOCK was set; see fd_is_nonblocking */
#define FD_NO_TIMER         UINT64_C(0x000040) /* no SO_RCVTIMEO, no SO_SNDTIMEO of the program's */
#define FD_LOWAT            UINT64_C(0x000080) /* SO_RCVLOWAT may be more than 1 */
#define FD_POLL_FIRST       UINT64_C(0x000100) /* the last receive had to wait */
#define FD_HOOKED_RECEIVE   UINT64_C(0x000200) /* the hooks of io/io.h see each receive */
#define FD_PENDING          UINT64_C(0x000400) /* a pending error (fd/pending.h) */
#define FD_QUIET            UINT64_C(0x000800) /* no call of the program moved a byte since it was set */
#define FD_DELAYED          UINT64_C(0x001000) /* delayed readiness (fd/delayed.h) */
#define FD_CONNECT_LIMIT    UINT64_C(0x002000) /* the timeout of a connect is remembered */
#define FD_OWN_USER_TIMEOUT UINT64_C(0x004000) /* the program set TCP_USER_TIMEOUT */
#define FD_OWN_KEEPALIVE    UINT64_C(0x008000) /* the program set SO_KEEPALIVE or its times */
#define FD_UNSTARTED        UINT64_C(0x010000) /* the settings were not read yet */
#define FD_ACCEPT_ARMED     UINT64_C(0x020000) /* accept armed a timer, which sockets may inherit */
#define FD_CHANNEL          UINT64_C(0x040000) /* a program's own channel (fd/channel.h) */
#define FD_NO_CHANNEL       UINT64_C(0x080000) /* … or none */
#define FD_MOVED            UINT64_C(0x100000) /* the bytes that moved are counted */
#define FD_PACED            UINT64_C(0x200000) /* a rate: the time of the next byte is known */
#define FD_REPEATED         UINT64_C(0x400000) /* the next datagram was received before (a fault) */
#define FD_ENDED            UINT64_C(0x800000)   /* the end of the stream was seen (a fault) */
#define FD_OWED             UINT64_C(0x1000000)  /* the peer owes an answer (fd/reply.h) */
#define FD_ANSWERED         UINT64_C(0x2000000)  /* … or has answered */
#define FD_NO_WAIT_FAULT    UINT64_C(0x4000000)  /* no wait gets a fault (fault_wait.c) */
#define FD_HOOKED_SEND      UINT64_C(0x8000000)  /* the hooks of io/io.h see each send */
#define FD_OWN_TIMER        UINT64_C(0x10000000) /* the program set SO_RCVTIMEO or SO_SNDTIMEO */

/* With either bit, the hooks see each connect and accept too. */
#define FD_HOOKED (FD_HOOKED_RECEIVE | FD_HOOKED_SEND)
#define FD_KIND   (FD_STREAM | FD_MESSAGES | FD_SEQPACKET)

/* How often the number was closed, how often it was opened, and the epoch of FD_NONBLOCK. */
#define FD_CLOSED_SHIFT 29
#define FD_CLOSED_MASK  UINT64_C(0x0000001fe0000000)
#define FD_OPENED_SHIFT 37
#define FD_OPENED_MASK  UINT64_C(0x00001fe000000000)
#define FD_EPOCH_SHIFT  45
#define FD_EPOCH_MASK   UINT64_C(0xffffe00000000000)
#define FD_GENERATION   (FD_CLOSED_MASK | FD_OPENED_MASK)

/* Larger numbers have no entry: each call asks the kernel. */
#define FD_ENTRIES 65536

enum fd_direction { FD_RECEIVE, FD_SEND, FD_DIRECTIONS };

/* All that is remembered of a number. A member with a bit in the state counts only while the bit is
 * set, so a reset of the state resets the entry. */
struct fd_entry {
	_Alignas(128) _Atomic uint64_t
		state;            /* the size is a power of two: the index is a shift */
	_Atomic uint64_t pending; /* FD_PENDING: see fd/pending.c */
	_Atomic int64_t delayed[FD_DIRECTIONS];   /* FD_DELAYED: see fd/delayed.c */
	_Atomic uint64_t moved[FD_DIRECTIONS];    /* FD_MOVED: bytes */
	_Atomic int64_t next_byte[FD_DIRECTIONS]; /* FD_PACED: nanoseconds, CLOCK_MONOTONIC */
	_Atomic int64_t connect_limit;            /* FD_CONNECT_LIMIT: see wait/exempt.c */
	_Atomic(struct rule_origin) connect_rule; /* … and the rule that sets it */
	_Atomic uint32_t
		timers[FD_DIRECTIONS]; /* the users of a kernel timer: see io/timer.c */
	_Atomic int64_t
		timer_own[FD_DIRECTIONS]; /* … and the program's own timer, microseconds */
	/* The quiet period cannot have begun earlier (CLOCK_MONOTONIC, nanoseconds). Never reset: an
	 * old value only makes a wait longer. */
	_Atomic int64_t quiet_since;
	_Atomic uint64_t shut;  /* see fd_shut_down; with the state's part of FD_OPENED_MASK */
	_Atomic uint64_t asked; /* see epollset_remember (wait/epollset.h) */
};

extern HIDDEN struct fd_entry fd_entries[FD_ENTRIES];
/* Numbers below fd_limit have entries: 0 (inactive) or FD_ENTRIES. The state of all others is fd_beyond. */
extern HIDDEN _Atomic uint32_t fd_limit;
extern HIDDEN _Atomic uint64_t fd_beyond;
/* The epoch of FD_NONBLOCK now, shifted to the bits of FD_EPOCH_MASK. */
extern HIDDEN _Atomic uint64_t fd_epoch;

/* The numbers with a pending error; and FD_EXAMINE for each other reason why every readiness wait is
 * to be examined before the real call. */
extern atomic_int fd_examined;
#define FD_EXAMINE (1 << 24)
/* The numbers and directions with delayed readiness, and the epoll members that are changed for
 * delayed readiness. */
extern atomic_int fd_delayed_count;

/* fd has an entry. */
static inline bool fd_has_entry(int fd)
{
	return LIKELY((unsigned int)fd < atomic_load_explicit(&fd_limit, memory_order_relaxed));
}

/* The state of fd: FD_… bits. */
static inline uint64_t fd_state(int fd)
{
	if (fd_has_entry(fd))
		return atomic_load_explicit(&fd_entries[fd].state, memory_order_acquire);
	return atomic_load_explicit(&fd_beyond, memory_order_relaxed);
}

/* O_NONBLOCK was set, and nobody cleared O_NONBLOCK on any number since: the flag belongs to an open
 * file description, which several numbers may share. */
static inline bool fd_is_nonblocking(uint64_t state)
{
	return (state & FD_NONBLOCK) != 0 &&
	       (state & FD_EPOCH_MASK) == atomic_load_explicit(&fd_epoch, memory_order_relaxed);
}

/* Something is to be done before or after the call: a pending error, a hook, a note of use. */
#define FD_SPECIAL (FD_HOOKED | FD_PENDING | FD_QUIET | FD_OWED | FD_ANSWERED)

/* The state of fd for a receive. FD_OWED stays: the first receive after a send is not tried at once, and
 * notes the answer. The hooks of sends do not see the call. */
static inline uint64_t fd_receive_state(int fd)
{
	return fd_state(fd) & ~(FD_ANSWERED | FD_HOOKED_SEND);
}

/* The same for a send: with FD_ANSWERED, the first send after a receive notes that an answer is owed. */
static inline uint64_t fd_send_state(int fd)
{
	return fd_state(fd) & ~(FD_OWED | FD_HOOKED_RECEIVE);
}

/* A receive is tried at once: a socket that may block, with nothing else to do. */
static inline bool fd_receives_at_once(uint64_t state)
{
	return LIKELY((state & (FD_SOCKET | FD_NOT_SOCKET | FD_NONBLOCK | FD_LOWAT |
				FD_POLL_FIRST | FD_SPECIAL)) == FD_SOCKET);
}

/* The same of a send. */
static inline bool fd_sends_at_once(uint64_t state)
{
	return LIKELY((state & (FD_SOCKET | FD_NOT_SOCKET | FD_NONBLOCK | FD_SPECIAL)) ==
		      FD_SOCKET);
}

/* The real function is all that is to be called: no socket, or non-blocking. */
static inline bool fd_is_native(uint64_t state)
{
	return (state & FD_SPECIAL) == 0 &&
	       ((state & FD_NOT_SOCKET) != 0 || fd_is_nonblocking(state));
}

/* The program set SO_RCVTIMEO or SO_SNDTIMEO on a number that had neither FD_NO_TIMER nor FD_OWN_TIMER: the number
 * may be a duplicate of a number with FD_NO_TIMER. */
extern atomic_bool fd_timer_by_duplicate;

/* The program set no timer on the socket: the kernel need not be asked. */
static inline bool fd_has_no_timer(uint64_t state)
{
	return (state & FD_NO_TIMER) != 0 &&
	       !atomic_load_explicit(&fd_timer_by_duplicate, memory_order_relaxed);
}

/* The settings were read. active: there is a table from now on; else every number is native. */
void fd_start(bool active);
/* Every number is native from now on: the process restricted its system calls. */
void fd_go_native(void);

/* fd is new, with these bits. bits 0: nothing is known of fd. Negative numbers are ignored. */
void fd_opened(int fd, uint64_t bits);
/* fd is about to be replaced by dup2(2): the hints are no longer believed. */
void fd_replacing(int fd);
/* fd became a duplicate of another descriptor by dup2(2) or dup3(2). */
void fd_replaced(int fd);
/* copy, which was opened or replaced before, is a duplicate of fd, or -1: what is remembered of the
 * socket is true of both numbers. */
void fd_duplicated(int fd, int copy);
/* fd is closed, or is about to be. */
void fd_closed(int fd);
/* The same of first to last, both included. */
void fd_closed_range(unsigned int first, unsigned int last);

/* Add bits other than FD_NONBLOCK, unless fd was closed or opened since `seen` was its state. */
void fd_learn(int fd, uint64_t seen, uint64_t bits);
/* The same of FD_NONBLOCK. epoch: fd_epoch before the kernel was asked, or was told to set O_NONBLOCK:
 * if another thread clears the flag meanwhile, the bit does not count. */
void fd_learn_nonblocking(int fd, uint64_t seen, uint64_t epoch);
static inline uint64_t fd_epoch_now(void)
{
	return atomic_load_explicit(&fd_epoch, memory_order_acquire);
}
/* Take some bits away, and add others, with the same condition. */
void fd_change(int fd, uint64_t seen, uint64_t clear, uint64_t set);
/* Take bits away. */
void fd_unlearn(int fd, uint64_t bits);
/* The same of all numbers. */
void fd_unlearn_all(uint64_t bits);
/* shutdown(2) has succeeded on fd; how: SHUT_RD, SHUT_WR or SHUT_RDWR. */
void fd_shut_down(int fd, int how);
/* The direction was shut down while the number meant the same as in `seen`; the number may have been closed
 * since. */
bool fd_was_shut_down(int fd, uint64_t seen, enum fd_direction direction);
/* fd was not opened anew since `seen` was its state, as far as the library could see. */
bool fd_is_current(int fd, uint64_t seen);
/* close(2) was called for fd since `seen` was its state: by the program, or by a child of vfork(2), after which the
 * number still means the same. The number may mean another file now: open(2) is not wrapped. */
bool fd_was_closed(int fd, uint64_t seen);
/* Somebody cleared O_NONBLOCK: no FD_NONBLOCK of before is valid. */
void fd_blocking_again(void);
/* The program sets SO_RCVTIMEO or SO_SNDTIMEO on fd. */
void fd_timer_set(int fd);
/* The program sets SO_RCVLOWAT on some socket: every number is to be asked again. */
void fd_lowat_set(void);

/* FD_STREAM, FD_MESSAGES, FD_SEQPACKET, FD_NONBLOCK of socket(2)'s type, with FD_SOCKET. */
uint64_t fd_bits_of_type(int type);
/* Ask the kernel for what fd is and remember it. Returns the new state: FD_SOCKET or FD_NOT_SOCKET
 * is set, or none for a number that is not open. 1 system call for a file that is no socket (fstat(2)),
 * 3 for a socket. */
COLD uint64_t fd_ask(int fd, uint64_t state);
/* fd is a socket. Asks the kernel where that is not known. */
COLD bool fd_is_socket(int fd, uint64_t state);
/* fd is a SOCK_STREAM socket. Asks the kernel where that is not known. */
bool fd_is_stream(int fd, uint64_t state);

/* The bits of a socket that accept(2) made with these flags, by a listener with that state. */
uint64_t fd_bits_of_accepted(uint64_t listener, int flags);

/* Set these bits of FD_HOOKED for all numbers, those to come too, and clear the others. Goes through the
 * known numbers. */
void fd_hook_all(uint64_t hooks);
/* Clear FD_HOOKED of fd until fd is closed, unless fd was closed since `seen`. */
void fd_unhook(int fd, uint64_t seen);
/* fd is about to be connected, or the rules have changed: set FD_HOOKED again where all numbers are hooked, and forget
 * FD_NO_WAIT_FAULT, also of the sets that fd may be a member of. */
void fd_hook_again(int fd);

/* The bytes that were counted, for as long as fd is open; 0 where fd has no entry. */
uint64_t fd_moved(int fd, enum fd_direction direction);
/* So many bytes more moved on fd, whose state was `seen`. */
void fd_count_moved(int fd, uint64_t seen, enum fd_direction direction, uint64_t bytes);

/* A quiet period of fd begins now at the earliest. */
void fd_quiet_begin(int fd);
/* One reason more, or less, to examine every readiness wait. */
void fd_examine(bool examine);
/* One delayed number and direction more, or less: change is 1 or -1. */
void fd_count_delayed(int change);

#endif
