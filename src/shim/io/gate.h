/*
 * The gate: the one engine that waits. A wrapper tries its call without blocking; only if it
 * would block does it come here, call after call, until the gate lets it go:
 *
 *     n = REAL(recv)(fd, buffer, length, flags | MSG_DONTWAIT);
 *     if (n < 0 && gate_would_block(errno))
 *             GATE_COMPLETE(n, &gate, REAL(recv)(… | MSG_DONTWAIT), REAL(recv)(…));
 *
 * The gate asks the kernel whether the program bounded this itself, looks the timeout up, waits
 * with poll(2) until an absolute deadline, and says try again, call natively, or fail. Where poll
 * is blind to what the call waits for, the kernel's own timer (SO_RCVTIMEO, SO_SNDTIMEO) bounds one
 * native call (shim/io/timer.h), and is put in order when the thread is cancelled in it, too.
 *
 * Cold. Async-signal-safe. The functions leave errno alone unless they say otherwise.
 */
#ifndef SHIM_GATE_H
#define SHIM_GATE_H

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "calls/calls.h"
#include "policy/operation.h"
#include "policy/rule.h"
#include "shim/fd/hint.h"

/* What to do next; negative: fail with that -Exxx. */
enum gate_verdict {
	GATE_RETRY = 0, /* poll says ready: try again, without blocking */
	GATE_NATIVE, /* the program bounds it, or nobody does: make the real call and be done */
	GATE_TIMED   /* the kernel's timer bounds it: make the real, blocking call */
};

/* One call's way through. Set the first group, leave the rest zero. */
struct gate {
	int fd;
	enum call call;
	enum operation operation;
	uint32_t hint; /* got before the first try */
	bool blind;    /* poll cannot tell when this call is ready: use the kernel's timer */
	bool urgent;   /* urgent data that comes ends the wait too */
	bool keeps; /* the native call, by a kept timer, is as good as poll: see gate_enter */
	int64_t slice; /* for blind calls: at most so long at a time, then poll; 0: no limit */
	bool sliced;   /* the kept timer of shim/slice.h is there, and bounds the tries */
	/* A part is done: what is left is waited for here, whoever bounds it, so that the error
	 * that ends the wait is seen, and left for the next call. */
	bool rest;
	bool uncounted;                 /* by `when`: another gate of the same call is */
	const struct sockaddr *address; /* of the other side where the call names it, or NULL */
	socklen_t address_length;

	bool entered;
	bool native;   /* the program bounds it, or nobody does */
	bool own;      /* the bound is the program's (with rest only) */
	bool capped;   /* the program's own bound would be longer, and a rule enforces */
	bool told;     /* of the deadline, in the log */
	bool over;     /* the wrapper knows that what the last try said stands */
	bool timed;    /* the last verdict was GATE_TIMED */
	bool kept;     /* a kept timer bounds the next try, which is the real call */
	bool armed;    /* the kernel's timer is set for this call alone */
	bool quiet;    /* a try that fails now sends no SIGPIPE: see transmit_flags */
	bool watching; /* counted among hint_waiters */
	bool final;    /* the last try was the real call: what it did is all that it does */
	short revents; /* of the last poll */
	int error;     /* that it ended with, or 0 */
	unsigned int empty;      /* tries in a row that poll called ready and that were not */
	int64_t timeout;         /* nanoseconds */
	struct rule_origin rule; /* that says so, or none */
	int64_t started;         /* on the monotonic clock */
	int64_t deadline;
	int64_t called;        /* when the last timed call was made */
	int64_t waiting_since; /* for stats_end; 0: it does not wait, or nobody looks on */
	uint64_t progress;     /* bytes or messages done so far, for the report */
	struct timeval
		before; /* where capped the program's timer; or one of ours, to be put back */
};

/* A gate for one operation on fd. */
#define GATE_FOR(function, op, descriptor, hint_word)                                          \
	{                                                                                      \
		.fd = (descriptor), .call = CALL_##function, .operation = OPERATION_##op,      \
		.hint = (hint_word)                                                            \
	}

/* The call would have blocked: what the kernel says to MSG_DONTWAIT. EINPROGRESS is the answer of
 * a send that has to connect first (TCP Fast Open, net/ipv4/tcp.c: tcp_sendmsg_fastopen). */
static inline bool gate_would_block(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == EINPROGRESS;
}

/*
 * First time: does the timeout apply, or did the program set its own bound (O_NONBLOCK,
 * SO_RCVTIMEO, SO_SNDTIMEO)? Returns GATE_RETRY when the gate is to be used and the deadline has
 * been set; GATE_NATIVE; -EAGAIN for a non-blocking descriptor. At most 2 system calls.
 *
 * A receive that has waited through poll is likely to wait on that socket again, and poll and one
 * more try are dear. So from the second wait on a timer is kept on a socket that was made here, and
 * the first thing that a call with gate->keeps waits in is the real one.
 */
int gate_enter(struct gate *gate);

/*
 * Enter if that has not been done, then wait until the call may be ready. Returns an
 * enum gate_verdict, or -EAGAIN (non-blocking), -EINTR (a handler without SA_RESTART ran),
 * -ETIMEDOUT (the deadline has come; reported), -EBADF (the descriptor was closed meanwhile).
 */
int gate_wait(struct gate *gate);

/* Put the kernel's timer in order; the cleanup handler of GATE_TIMED, where it is armed for one call. */
void gate_disarm(void *argument);

/* The wait is over: where gate_wait was called without gate_goes_on. */
void gate_leave(struct gate *gate);

/* After a try with that verdict that gave result and, where negative, errno: once more? */
bool gate_goes_on(struct gate *gate, int verdict, ssize_t result);

/* A timed call that did a part of what it was to do may have been cut short by the timer of another
 * thread, before our own deadline: then it goes on. False where it came back at once, or a handler
 * ran. */
bool gate_was_cut(const struct gate *gate);

/* pthread_cleanup_push(3) is a sigsetjmp here: with -fexceptions it would be free, and bind us to
 * libgcc_s. When it jumps the handler runs and the thread ends; nobody comes back to read the
 * variables that gcc fears for. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wclobbered"
#endif

/*
 * Go on until the call is done: `try_call` must not block, `native_call` is the real one. Both are
 * expressions that set errno. Leaves the result in `result`, with errno set where it is negative.
 */
#define GATE_COMPLETE(result, passage, try_call, native_call)                                  \
	do {                                                                                   \
		struct gate *const gate_here = (passage);                                      \
		int gate_said;                                                                 \
		do {                                                                           \
			gate_said = gate_wait(gate_here);                                      \
			if (gate_said == GATE_RETRY) {                                         \
				(result) = (try_call);                                         \
			} else if (gate_said == GATE_TIMED && gate_here->armed) {              \
				pthread_cleanup_push(gate_disarm, gate_here);                  \
				(result) = (native_call);                                      \
				pthread_cleanup_pop(1);                                        \
			} else if (gate_said == GATE_TIMED || gate_said == GATE_NATIVE) {      \
				(result) = (native_call);                                      \
			} else {                                                               \
				errno = -gate_said;                                            \
				(result) = -1;                                                 \
			}                                                                      \
		} while (gate_goes_on(gate_here, gate_said, (result)));                        \
	} while (0)

#endif
