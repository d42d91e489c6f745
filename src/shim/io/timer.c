/*
 * Reads and sets the timers of timer.h. Cold.
 */
#include "config.h"

#include <stdatomic.h>

#include "base/clock.h"
#include "shim/io/bound.h"
#include "shim/io/guard.h"
#include "shim/system/kernel.h"
#include "shim/io/slice.h"
#include "shim/io/timer.h"

/* A call that began so long ago at most has its whole timeout before it: the kept timer will not
 * be later for that. */
#define FRESH (20 * NANOSECONDS_PER_MILLISECOND)

static bool is_sending(const struct gate *gate)
{
	return gate->operation == OPERATION_SEND || gate->operation == OPERATION_CONNECT;
}

static int timer_option(const struct gate *gate)
{
	return is_sending(gate) ? SO_SNDTIMEO : SO_RCVTIMEO;
}

static uint32_t timer_hint(const struct gate *gate)
{
	return is_sending(gate) ? HINT_TIMED_SEND : HINT_TIMED_RECEIVE;
}

static bool is_none(const struct timeval *timer)
{
	return timer->tv_sec == 0 && timer->tv_usec == 0;
}

static bool is_equal(const struct timeval *one, const struct timeval *other)
{
	return one->tv_sec == other->tv_sec && one->tv_usec == other->tv_usec;
}

/* A slice may be kept for the call. Of a socket that was not made here the kind need not be known. */
static bool may_be_sliced(const struct gate *gate)
{
	return gate->slice != 0 && (gate->hint & HINT_MESSAGES) == 0;
}

/* None where the gate has no timeout, or one that is too long. */
static struct timeval kept_timer(const struct gate *gate)
{
	if (gate->operation == OPERATION_SEND && gate->timeout != DURATION_NONE &&
	    (may_be_sliced(gate) || slice_stays(gate->hint)))
		return bound_timeval(BOUND_SLICE);
	return bound_kept(gate->operation, gate->timeout);
}

/* A slice has been kept on some socket. */
static atomic_bool any_slice;

bool timer_may_be_there(const struct gate *gate)
{
	/* Through another number, maybe: it is too short to be left. */
	return (hint_get(gate->fd) & (timer_hint(gate) | HINT_BOUND)) != 0 ||
	       (gate->operation == OPERATION_SEND &&
		atomic_load_explicit(&any_slice, memory_order_relaxed));
}

/* What is there and is not known for ours has been set by the program, through another number: no
 * other thread is in a call, whose timer it could be. */
static bool set_elsewhere(const struct gate *gate)
{
	return atomic_load_explicit(&hint_timeouts, memory_order_relaxed) &&
	       atomic_load_explicit(&hint_waiters, memory_order_relaxed) <= gate->watching;
}

bool timer_is_own(struct gate *gate, int64_t *timeout)
{
	/* The bit is set before the timer. */
	const uint32_t before = hint_get(gate->fd);
	const struct timeval kept = kept_timer(gate);
	struct timeval own;
	int result;

	*timeout = DURATION_NONE;
	if (hint_without_timeouts(gate->hint))
		return false;
	result = kernel_get_timeout(gate->fd, timer_option(gate), &own);
	if (result < 0) {
		/* No socket: the real call says so better than we can. */
		if (result == -ENOTSOCK)
			hint_learn(gate->fd, gate->hint, HINT_NO_SOCKET);
		return true;
	}
	if (gate->operation == OPERATION_ACCEPT && guard_is(&own)) {
		hint_learn(gate->fd, gate->hint, HINT_GUARDED);
		return false;
	}
	/* The guard may have been replaced through another number of the listener. */
	hint_unlearn(gate->fd, HINT_GUARDED);
	if (bound_is(gate->fd, timer_option(gate), &own) || is_equal(&own, &kept)) {
		/* Somebody's, who knows the socket by another number: a stream's of stdio. */
		if (may_be_sliced(gate) && !is_equal(&own, &kept))
			gate->before = own;
		return false;
	}
	/* Of this process: kept under another timeout, or that of a call in another thread. */
	if (((before | hint_get(gate->fd)) & timer_hint(gate)) != 0 && !set_elsewhere(gate))
		return false;
	if (__builtin_mul_overflow(own.tv_sec, NANOSECONDS_PER_SECOND, timeout))
		*timeout = INT64_MAX;
	else
		*timeout += own.tv_usec * NANOSECONDS_PER_MICROSECOND;
	gate->before = own;
	return *timeout != DURATION_NONE;
}

/* The timeout that the kept timers of all sockets are for, or DIFFERENT. Where it is one, the hints
 * tell that its timer is there; else the kernel has to be asked which. */
#define DIFFERENT INT64_C(-1)
static _Atomic int64_t kept_timeouts[OPERATION_COUNT];

static bool is_the_one_kept(const struct gate *gate)
{
	_Atomic int64_t *const one = &kept_timeouts[gate->operation];
	int64_t kept = atomic_load_explicit(one, memory_order_relaxed);

	if (kept == DURATION_NONE &&
	    atomic_compare_exchange_strong_explicit(one, &kept, gate->timeout,
						    memory_order_relaxed, memory_order_relaxed))
		return true;
	if (kept != gate->timeout && kept != DIFFERENT)
		atomic_store_explicit(one, DIFFERENT, memory_order_relaxed);
	return kept == gate->timeout;
}

/* In this order: whoever finds the timer finds the hint as well. */
static bool set_timer(const struct gate *gate, const struct timeval *timer)
{
	if ((hint_get(gate->fd) & timer_hint(gate)) == 0)
		hint_learn(gate->fd, gate->hint, timer_hint(gate));
	if (kernel_set_timeout(gate->fd, timer_option(gate), timer) == 0)
		return true;
	hint_unlearn(gate->fd, timer_hint(gate));
	return false;
}

/* Have the kept timer on the socket: true where that is so now. False where there is another that we
 * do not know for ours. */
static bool timer_keep(const struct gate *gate)
{
	const struct timeval kept = kept_timer(gate);
	struct timeval there;

	if (is_none(&kept) || !is_none(&gate->before) ||
	    kernel_get_timeout(gate->fd, timer_option(gate), &there) != 0)
		return false;
	if (is_equal(&there, &kept)) {
		if ((hint_get(gate->fd) & timer_hint(gate)) == 0)
			hint_learn(gate->fd, gate->hint, timer_hint(gate));
		return true;
	}
	/* Or that of other rules, of before. */
	return (is_none(&there) || ((hint_get(gate->fd) & HINT_BOUND) == 0 &&
				    bound_is(gate->fd, timer_option(gate), &there))) &&
	       set_timer(gate, &kept);
}

bool timer_serves(struct gate *gate)
{
	const uint32_t proof = gate->operation == OPERATION_SEND ? HINT_TIMED_SEND : HINT_WAITS;

	if (gate->operation == OPERATION_ACCEPT)
		return hint_without_timeouts(gate->hint) && (gate->hint & HINT_GUARDED) != 0 &&
		       guard_serves(gate->timeout);
	if (may_be_sliced(gate)) {
		gate->sliced = slice_stays(gate->hint) && gate->timeout != DURATION_NONE &&
			       (gate->hint & (proof | HINT_BOUND)) == proof;
		return gate->sliced;
	}
	if (hint_without_timeouts(gate->hint) && (gate->hint & timer_hint(gate)) != 0 &&
	    (gate->hint & HINT_BOUND) == 0 && gate->timeout != DURATION_NONE) {
		const bool one = is_the_one_kept(gate);

		if ((one && (gate->hint & proof) != 0) || timer_keep(gate))
			return true;
	}
	if (gate->operation == OPERATION_RECV)
		hint_unlearn(gate->fd, HINT_WAITS);
	return false;
}

/* A switch of processes takes longer. */
#define AT_ONCE (1 * NANOSECONDS_PER_MICROSECOND)

static void learn_waits(const struct gate *gate, bool waited)
{
	const uint32_t hint = hint_get(gate->fd);

	/* Where there is no try to be left out, it tells that the timer is there. */
	if (!waited && !gate->blind)
		hint_unlearn(gate->fd, HINT_WAITS);
	else if ((hint & HINT_WAITS) == 0 && hint_without_timeouts(hint))
		hint_learn(gate->fd, gate->hint, HINT_WAITS);
}

/* poll has found something: the next receive may wait by a timer. */
static void learn_poll(const struct gate *gate)
{
	const uint32_t hint = hint_get(gate->fd);

	if ((hint & HINT_TIMED_RECEIVE) == 0 && hint_without_timeouts(hint))
		hint_learn(gate->fd, gate->hint, HINT_TIMED_RECEIVE);
}

bool timer_learn(const struct gate *gate)
{
	const bool learns = gate->keeps && gate->operation == OPERATION_RECV;
	bool waited = true;

	if (gate->timed && (learns || gate->waiting_since != 0))
		waited = clock_now() - gate->called >= AT_ONCE;
	if (learns && gate->timed)
		learn_waits(gate, waited);
	else if (learns)
		learn_poll(gate);
	return waited;
}

/* That of sends is short, and what is no message would go in part. */
static bool takes_kept(const struct gate *gate)
{
	return gate->operation == OPERATION_RECV ||
	       (gate->operation == OPERATION_SEND && (gate->hint & HINT_MESSAGES) != 0);
}

int timer_arm(struct gate *gate, int64_t now)
{
	int64_t left = gate->deadline - now;
	struct timeval timer;

	gate->called = now;
	/* Until the program sets one itself. */
	if (gate->sliced && (hint_get(gate->fd) & HINT_TIMED_SEND) != 0)
		return GATE_TIMED;
	if (may_be_sliced(gate) && timer_keep(gate)) {
		atomic_store_explicit(&any_slice, true, memory_order_relaxed);
		gate->sliced = true;
		return GATE_TIMED;
	}
	if (takes_kept(gate) && gate->slice == 0 && now - gate->started < FRESH &&
	    timer_keep(gate))
		return GATE_TIMED;
	if (left > INT64_MAX - 2 * TIMER_JIFFY)
		left = INT64_MAX - 2 * TIMER_JIFFY;
	timer = bound_timeval(gate->slice != 0 && left > gate->slice ? gate->slice
								     : left + 2 * TIMER_JIFFY);
	if (!set_timer(gate, &timer))
		return GATE_NATIVE;
	gate->armed = true;
	return GATE_TIMED;
}

/* What stays on the socket after a call that had a time of its own. */
static struct timeval lasting_timer(const struct gate *gate)
{
	static const struct timeval none = {0, 0};

	if (gate->capped || !is_none(&gate->before))
		return gate->before;
	if (gate->operation == OPERATION_ACCEPT)
		return (struct timeval){0, GUARD_MICROSECONDS};
	if ((hint_get(gate->fd) & HINT_BOUND) != 0)
		return bound_value(gate->fd, timer_option(gate));
	/* A socket that is connected: no thread waits for that any more. */
	if (gate->operation == OPERATION_CONNECT && gate->over)
		return none;
	return kept_timer(gate);
}

void timer_put_back(struct gate *gate)
{
	/* Not on a descriptor that has become another one, nor in place of one that the program has
	 * set meanwhile: that is not ours. */
	if (gate->armed && hint_current(gate->fd, gate->hint) &&
	    (hint_get(gate->fd) & timer_hint(gate)) != 0) {
		const struct timeval timer = lasting_timer(gate);

		(void)is_the_one_kept(gate);
		(void)kernel_set_timeout(gate->fd, timer_option(gate), &timer);
		/* It is the program's again; or it is no kept timer of a send. */
		if (gate->capped || gate->operation == OPERATION_CONNECT || is_none(&timer))
			hint_unlearn(gate->fd, timer_hint(gate));
	}
	gate->armed = false;
}
