/*
 * The engine behind gate.h. Cold: a call comes here when it would block.
 */
#include "config.h"

#include <fcntl.h>
#include <limits.h>

#include "base/clock.h"
#include "base/duration.h"
#include "calls/real.h"
#include "shim/bound.h"
#include "shim/configuration.h"
#include "shim/gate.h"
#include "shim/guard.h"
#include "shim/interruption.h"
#include "shim/kernel.h"
#include "shim/report.h"

/* So many times in a row may poll say ready and the call would block after all (others take what
 * came, a datagram with a bad checksum): after that poll is taken for blind. */
#define EMPTY_TRIES 8

/* How long poll is believed when it says that an AF_UNIX stream cannot be sent to: that the other
 * side, or another thread, has shut it down ends the call, and poll does not show it
 * (net/unix/af_unix.c: unix_poll looks at SEND_SHUTDOWN only together with RCV_SHUTDOWN). */
#define BELIEVED (200 * NANOSECONDS_PER_MILLISECOND)

/* A jiffy at HZ=100. The kernel's timers may fire up to one early (kernel/time/timer.c:
 * schedule_timeout counts from the last tick), and ours never do. */
#define JIFFY (10 * NANOSECONDS_PER_MILLISECOND)

static bool operation_sends(enum operation operation)
{
	return operation == OPERATION_SEND || operation == OPERATION_CONNECT;
}

static int timer_option(const struct gate *gate)
{
	return operation_sends(gate->operation) ? SO_SNDTIMEO : SO_RCVTIMEO;
}

static uint32_t timer_hint(const struct gate *gate)
{
	return operation_sends(gate->operation) ? HINT_TIMED_SEND : HINT_TIMED_RECEIVE;
}

/* Whether the program set SO_RCVTIMEO or SO_SNDTIMEO itself, and to what; also learns of the
 * guard. */
static bool has_own_timeout(struct gate *gate, int64_t *timeout)
{
	/* The bit is set before the timer, and taken away after it. */
	const uint32_t before = hint_get(gate->fd);
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
	/* Set for the streams on this socket: the call has its deadline, and the rest of ours. */
	if (bound_is(timer_option(gate), &own)) {
		gate->before = own;
		return false;
	}
	/* Of another thread that waits right now in a call like this one. */
	if (((before | hint_get(gate->fd)) & timer_hint(gate)) != 0) {
		if ((before & HINT_BOUND) != 0)
			gate->before = bound_value(timer_option(gate));
		return false;
	}
	if (__builtin_mul_overflow(own.tv_sec, NANOSECONDS_PER_SECOND, timeout))
		*timeout = INT64_MAX;
	else
		*timeout += own.tv_usec * NANOSECONDS_PER_MICROSECOND;
	return *timeout != DURATION_NONE;
}

int gate_enter(struct gate *gate)
{
	int64_t own;
	int flags;

	gate->entered = true;
	interruption_begin();
	gate->timeout = config_timeout(gate->operation);
	if (gate->timeout == DURATION_NONE && !gate->rest)
		return GATE_NATIVE;
	flags = kernel_flags(gate->fd);
	if (flags < 0)
		return GATE_NATIVE;
	if ((flags & O_NONBLOCK) != 0) {
		hint_learn(gate->fd, gate->hint, HINT_NONBLOCKING);
		return -EAGAIN;
	}
	if (has_own_timeout(gate, &own)) {
		if (!gate->rest || own == DURATION_NONE)
			return GATE_NATIVE;
		gate->timeout = own;
		gate->own = true;
	}
	gate->started = clock_now();
	gate->deadline = gate->timeout == DURATION_NONE
				 ? DEADLINE_NEVER
				 : clock_deadline(gate->started, gate->timeout);
	return GATE_RETRY;
}

/* A handler that ran since the last try has interrupted the call as well. Natively one that has
 * done something returns that, whatever the handler's kind. */
static bool interrupted(const struct gate *gate)
{
	switch (interruption_seen()) {
	case INTERRUPTION_FAIL:
		return true;
	case INTERRUPTION_RESTART:
		interruption_begin();
		return gate->progress != 0;
	default:
		return false;
	}
}

/* Set the kernel's timer to what is left. */
static int gate_arm(struct gate *gate)
{
	int64_t left = gate->deadline - clock_now();
	struct timeval timer;
	int result;

	if (interrupted(gate))
		return -EINTR;
	if (gate->slice != 0 && left > gate->slice)
		left = gate->slice;
	if (left > INT64_MAX - JIFFY)
		left = INT64_MAX - JIFFY;
	left += JIFFY;
	timer.tv_sec = (time_t)(left / NANOSECONDS_PER_SECOND);
	timer.tv_usec =
		(suseconds_t)(left % NANOSECONDS_PER_SECOND / NANOSECONDS_PER_MICROSECOND);
	hint_learn(gate->fd, gate->hint, timer_hint(gate));
	result = kernel_set_timeout(gate->fd, timer_option(gate), &timer);
	if (result < 0)
		return GATE_NATIVE;
	gate->armed = true;
	return GATE_TIMED;
}

void gate_disarm(void *argument)
{
	struct gate *const gate = argument;

	/* Not on a descriptor that has become another one: its timeout is not ours. */
	if (gate->armed && hint_current(gate->fd, gate->hint)) {
		(void)kernel_set_timeout(gate->fd, timer_option(gate), &gate->before);
		hint_unlearn(gate->fd, timer_hint(gate));
	}
	gate->armed = false;
}

static bool is_unix(const struct gate *gate)
{
	int family = 0;

	return kernel_socket_option(gate->fd, SO_DOMAIN, &family) == 0 && family == AF_UNIX;
}

static bool is_unix_stream(const struct gate *gate)
{
	int type = 0;

	return is_unix(gate) && kernel_socket_option(gate->fd, SO_TYPE, &type) == 0 &&
	       type == SOCK_STREAM;
}

/* Wait until poll says something or the deadline comes: GATE_RETRY or -Exxx. */
static int gate_poll(struct gate *gate)
{
	struct pollfd descriptor = {
		.fd = gate->fd,
		.events = (short)(operation_sends(gate->operation) ? POLLOUT
				  : gate->urgent                   ? POLLIN | POLLPRI
								   : POLLIN),
	};
	/* Until then poll is asked; afterwards, if need be, the call itself. */
	int64_t believed = gate->operation == OPERATION_SEND
				   ? clock_deadline(clock_now(), BELIEVED)
				   : DEADLINE_NEVER;

	for (;;) {
		const int64_t now = clock_now();
		const int64_t until = believed < gate->deadline ? believed : gate->deadline;
		int count, saved_errno, error;

		if (interrupted(gate))
			return -EINTR;
		saved_errno = errno;
		count = REAL(poll)(&descriptor, 1, clock_poll_timeout(until, now));
		error = errno;
		errno = saved_errno;
		if (!hint_current(gate->fd, gate->hint))
			return -EBADF;
		if (count > 0) {
			gate->revents = descriptor.revents;
			return GATE_RETRY;
		}
		if (count < 0 && error == EINTR) {
			/* Natively a call that has done something returns that. */
			if (!interruption_restarts() || gate->progress != 0)
				return -EINTR;
			interruption_begin();
		} else if (count < 0) {
			/* ENOMEM, or EINVAL under RLIMIT_NOFILE: poll is of no use here. */
			gate->blind = true;
			return GATE_RETRY;
		} else if (clock_now() >= gate->deadline) {
			return -ETIMEDOUT;
		} else if (clock_now() >= believed) {
			if (is_unix_stream(gate)) {
				gate->revents = descriptor.events;
				gate->quiet = true;
				return GATE_RETRY;
			}
			believed = DEADLINE_NEVER;
		}
	}
}

/* The last poll called the call ready and it was not: is poll any use? */
static bool poll_is_blind(const struct gate *gate)
{
	const short wanted = operation_sends(gate->operation) ? POLLOUT : POLLIN;

	/* A listener has its guard, which is the better way: poll costs the others nothing. */
	if (gate->empty == 0 || gate->operation == OPERATION_ACCEPT)
		return false;
	/* Ready for an error only, of the error queue for one: it will be so for ever. */
	if ((gate->revents & wanted) == 0)
		return true;
	/* A full AF_UNIX receiver does not show in poll (net/unix/af_unix.c: unix_dgram_poll
	 * looks at the connected peer's queue only). A stream's does; and there the kernel's timer
	 * would begin anew with each piece (net/core/sock.c: sock_alloc_send_pskb). */
	if (gate->operation == OPERATION_SEND && is_unix(gate))
		return !is_unix_stream(gate);
	return gate->empty >= EMPTY_TRIES;
}

static int gate_wait_entered(struct gate *gate)
{
	int verdict = GATE_RETRY;

	if (!gate->blind && poll_is_blind(gate))
		gate->blind = true;
	if (clock_now() >= gate->deadline)
		return -ETIMEDOUT;
	if (!gate->blind || (gate->slice != 0 && gate->empty != 0))
		verdict = gate_poll(gate);
	gate->empty++;
	if (verdict == GATE_RETRY && gate->blind)
		verdict = gate->own ? GATE_NATIVE : gate_arm(gate);
	return verdict;
}

/* From here on it is noticed when the number is given up. */
static void watch(struct gate *gate)
{
	if (gate->watching)
		return;
	gate->watching = true;
	atomic_fetch_add_explicit(&hint_waiters, 1, memory_order_seq_cst);
	if (gate->progress == 0)
		gate->hint = hint_get(gate->fd);
}

void gate_leave(struct gate *gate)
{
	if (gate->watching)
		atomic_fetch_sub_explicit(&hint_waiters, 1, memory_order_relaxed);
	gate->watching = false;
}

int gate_wait(struct gate *gate)
{
	int verdict = GATE_RETRY;

	if (gate->native)
		return GATE_NATIVE;
	watch(gate);
	if (!gate->entered) {
		verdict = gate_enter(gate);
		gate->native = verdict == GATE_NATIVE;
	}
	if (verdict == GATE_RETRY)
		verdict = gate_wait_entered(gate);
	if (verdict == -ETIMEDOUT && !gate->told && !gate->own) {
		gate->told = true;
		report_timeout(gate);
	}
	return verdict;
}

static bool goes_on(const struct gate *gate, int verdict, ssize_t result)
{
	if (result >= 0 || verdict < 0)
		return false;
	switch (verdict) {
	case GATE_RETRY:
		return gate_would_block(errno);
	case GATE_TIMED:
		/* With a timer set, the kernel fails with EINTR whatever the handler's flags are
		 * (include/net/sock.h: sock_intr_errno). */
		if (errno == EINTR) {
			if (!interruption_restarts() || gate->progress != 0)
				return false;
			interruption_begin();
			return true;
		}
		/* Earlier than the timer: the descriptor has become non-blocking. */
		return (gate_would_block(errno) || errno == EALREADY) &&
		       (gate->slice != 0 || clock_now() >= gate->deadline);
	default:
		return false;
	}
}

bool gate_goes_on(struct gate *gate, int verdict, ssize_t result)
{
	gate->final = verdict != GATE_RETRY;
	if (goes_on(gate, verdict, result))
		return true;
	gate_leave(gate);
	return false;
}
