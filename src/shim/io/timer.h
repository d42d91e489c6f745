/*
 * The kernel's timers (SO_RCVTIMEO, SO_SNDTIMEO) as the gate uses them: whose the one on a socket
 * is, and how one comes to bound a call of ours.
 *
 * A timer of ours that other threads may rely on is never taken away to nothing: what stays on the
 * socket is the kept timer of shim/bound.h. A call that is set a time of its own, because only a part
 * of its timeout is left, puts the kept one back. So a thread whose timer is changed by another
 * between setting it and waiting by it comes back, if not at its own time: late by no more than the
 * kept timer, and when it is early it goes on (gate_goes_on).
 *
 * Cold. Async-signal-safe. The functions leave errno alone.
 */
#ifndef SHIM_TIMER_H
#define SHIM_TIMER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/duration.h"
#include "shim/io/gate.h"

/* A jiffy at HZ=100. The kernel's timers may fire up to one early (kernel/time/timer.c:
 * schedule_timeout counts from the last tick), and ours never do. */
#define TIMER_JIFFY (10 * NANOSECONDS_PER_MILLISECOND)

/* No timer that is set here runs out within this time. */
#define TIMER_LEAST TIMER_JIFFY

/* The program set the timer for the gate's operation itself, to *timeout nanoseconds. True and
 * DURATION_NONE for what is no socket. Also learns of a listener's guard. At most 1 system call. */
bool timer_is_own(struct gate *gate, int64_t *timeout);

/* A timer of ours may be on the socket, which a native call would run into. No system call. */
bool timer_may_be_there(const struct gate *gate);

/* A call on a socket that was made here may wait in the real call, by the kept timer, without a try
 * before. True where that is there. Where it is not yet, a call like this one has waited, and there is
 * none of the program's, it is set. At most 2 system calls, none where HINT_WAITS, or for a send
 * HINT_TIMED_SEND, says so: should another process have taken the timer away, then the call is
 * native. Sets gate->sliced where it is that of shim/slice.h. */
bool timer_serves(struct gate *gate);
/* The call has come to an end with success: for the next one. False where it was there at once,
 * though no try had told that it would wait: then it was no wait. No system call. */
bool timer_learn(const struct gate *gate);

/* Have a timer that bounds one native call that begins now: the kept one where the whole timeout is
 * before the call, or where that is a slice (then gate->sliced, and none at all the next time), else
 * one of what is left, or of the gate's slice (then gate->armed). GATE_TIMED, or GATE_NATIVE where
 * there is nothing to bound or no way. At most 2 system calls. */
int timer_arm(struct gate *gate, int64_t now);

/* After a call with gate->armed: the kept timer again. At most 1 system call. */
void timer_put_back(struct gate *gate);

#endif
