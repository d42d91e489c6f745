/*
 * The engine behind gate.h. Cold: a call comes here when it would block.
 */
#include "config.h"

#include <fcntl.h>
#include <limits.h>

#include "base/clock.h"
#include "base/duration.h"
#include "calls/direct.h"
#include "calls/real.h"
#include "shim/io/attention.h"
#include "shim/config/configuration.h"
#include "shim/io/gate.h"
#include "shim/system/interruption.h"
#include "shim/system/kernel.h"
#include "shim/log/report.h"
#include "shim/config/rules.h"
#include "shim/log/stats.h"
#include "shim/io/timer.h"

/* So many times in a row may poll say ready and the call would block after all (others take what
 * came, a datagram with a bad checksum): after that poll is taken for blind. */
#define EMPTY_TRIES 8

/* How long poll is believed when it says that an AF_UNIX stream cannot be sent to: that the other
 * side, or another thread, has shut it down ends the call, and poll does not show it
 * (net/unix/af_unix.c: unix_poll looks at SEND_SHUTDOWN only together with RCV_SHUTDOWN). */
#define BELIEVED (200 * NANOSECONDS_PER_MILLISECOND)

static bool operation_sends(enum operation operation)
{
	return operation == OPERATION_SEND || operation == OPERATION_CONNECT;
}

/* A rule that enforces cuts the program's own, longer bound short. */
static bool is_capped(const struct rules_limit *limit, int64_t own)
{
	return limit->enforced && limit->timeout != DURATION_NONE && own > limit->timeout;
}

/* The call's time began then. */
static void gate_begin(struct gate *gate, int64_t begun)
{
	gate->started = begun;
	gate->deadline = gate->timeout == DURATION_NONE
				 ? DEADLINE_NEVER
				 : clock_deadline(gate->started, gate->timeout);
}

APART static struct rules_limit limit_by_rules(const struct gate *gate)
{
	struct rules_subject subject = {.fd = gate->fd,
					.hint = gate->hint,
					.address = gate->address,
					.address_length = gate->address_length,
					.unread = gate->operation == OPERATION_CONNECT};

	return rules_timeout(&subject, gate->operation,
			     gate->uncounted ? POLICY_MAY_FIRE : POLICY_COUNTED);
}

/* What a wait in the real call does before is paid for: a subject for no rule is left out. */
static struct rules_limit gate_limit(const struct gate *gate, int64_t now)
{
	rules_refresh_at(now);
	if (rules_any(RULE_TIMEOUT | RULE_ENFORCE))
		return limit_by_rules(gate);
	return (struct rules_limit){.timeout = config_get()->timeouts.of[gate->operation]};
}

/* A connect on a socket that was made here, and that nobody has made non-blocking: should it be so
 * after all, by another number, then that will be seen as well (was_other_timer). */
static bool is_known_to_wait(const struct gate *gate)
{
	return gate->operation == OPERATION_CONNECT && hint_without_timeouts(gate->hint) &&
	       (gate->hint & HINT_NONBLOCKING) == 0;
}

int gate_enter(struct gate *gate)
{
	const int64_t delayed = attention_begun(gate->fd), now = clock_now();
	const int64_t begun = delayed != 0 ? delayed : now;
	struct rules_limit limit;
	int64_t own;
	int flags;

	gate->entered = true;
	interruption_begin();
	limit = gate_limit(gate, now);
	gate->timeout = limit.timeout;
	gate->rule = limit.rule;
	/* With the whole time before it. Whether the descriptor blocks will be seen: was_other_timer. */
	if (gate->keeps && delayed == 0 && timer_serves(gate)) {
		gate->kept = true;
		gate_begin(gate, begun);
		return GATE_RETRY;
	}
	/* Nothing bounds it; but a timer that is left of other times must not either. */
	if (gate->timeout == DURATION_NONE && !gate->rest && !timer_may_be_there(gate))
		return GATE_NATIVE;
	flags = is_known_to_wait(gate) ? 0 : kernel_flags(gate->fd);
	if (flags < 0)
		return GATE_NATIVE;
	if ((flags & O_NONBLOCK) != 0) {
		hint_learn(gate->fd, gate->hint, HINT_NONBLOCKING);
		return -EAGAIN;
	}
	if (timer_is_own(gate, &own) && !(gate->capped = is_capped(&limit, own))) {
		if (!gate->rest || own == DURATION_NONE)
			return GATE_NATIVE;
		gate->timeout = own;
		gate->own = true;
	}
	gate_begin(gate, begun);
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

void gate_disarm(void *argument)
{
	timer_put_back(argument);
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

/* By the kernel's timer. */
static int gate_arm(struct gate *gate)
{
	if (gate->own)
		return GATE_NATIVE;
	if (interrupted(gate))
		return -EINTR;
	return timer_arm(gate, clock_now());
}

static int gate_wait_entered(struct gate *gate)
{
	int verdict = GATE_RETRY;

	if (gate->kept) {
		gate->kept = false;
		gate->called = gate->started;
		/* What a slice has ended is for poll. */
		gate->empty += gate->sliced;
		return interrupted(gate) ? -EINTR : GATE_TIMED;
	}
	if (!gate->blind && poll_is_blind(gate))
		gate->blind = true;
	if (clock_now() >= gate->deadline)
		return -ETIMEDOUT;
	if (!hint_current(gate->fd, gate->hint))
		return -EBADF;
	if (!gate->blind || (gate->slice != 0 && gate->empty != 0))
		verdict = gate_poll(gate);
	gate->empty++;
	if (verdict == GATE_RETRY && gate->blind)
		verdict = gate_arm(gate);
	return verdict;
}

/* One more that waits, or one less. In a process of one thread only a handler can come between, and
 * that has counted down again what it has counted: an instruction that locks is not needed. */
static void count_waiters(int change)
{
#ifdef DIRECT_CALLS
	if (LIKELY(__libc_single_threaded)) {
		const int before = atomic_load_explicit(&hint_waiters, memory_order_relaxed);

		atomic_store_explicit(&hint_waiters, before + change, memory_order_relaxed);
		return;
	}
#endif
	atomic_fetch_add_explicit(&hint_waiters, change, memory_order_seq_cst);
}

/* From here on it is noticed when the number is given up. */
static void watch(struct gate *gate)
{
	if (gate->watching)
		return;
	gate->watching = true;
	count_waiters(1);
	if (gate->progress == 0)
		gate->hint = hint_get(gate->fd);
}

void gate_leave(struct gate *gate)
{
	if (gate->watching)
		count_waiters(-1);
	gate->watching = false;
	stats_end(gate->fd, gate->operation, gate->waiting_since, gate->error);
	gate->waiting_since = 0;
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
	if (verdict == GATE_RETRY && gate->started != 0 && gate->waiting_since == 0)
		gate->waiting_since = stats_begin(gate->fd, gate->operation, gate->timeout,
						  gate->progress == 0 ? gate->started : 0);
	if (verdict == GATE_RETRY)
		verdict = gate_wait_entered(gate);
	gate->timed = verdict == GATE_TIMED;
	if (verdict == -ETIMEDOUT && !gate->told && !gate->own) {
		gate->told = true;
		stats_timeout(gate->fd, gate->operation, gate->timeout);
		report_timeout(gate);
	}
	return verdict;
}

/* EAGAIN before the deadline: a timer has run out that was set for a slice, or for another thread
 * that waits on this socket too. What comes at once is no timer's, and stands: the descriptor has
 * become non-blocking, or it is for want of something else than time (a free port:
 * net/ipv4/af_inet.c: inet_autobind). A slice is so short that it may seem to be at once, where the
 * machine has stood still and the kernel's clock catches up. */
static bool was_other_timer(const struct gate *gate, int64_t now)
{
	const int flags = kernel_flags(gate->fd);

	if (flags >= 0 && (flags & O_NONBLOCK) != 0)
		hint_learn(gate->fd, gate->hint, HINT_NONBLOCKING);
	/* Closed meanwhile is for gate_wait to say. */
	return (flags < 0 || (flags & O_NONBLOCK) == 0) &&
	       (now - gate->called >= TIMER_LEAST ||
		(gate->sliced && gate->empty < EMPTY_TRIES));
}

bool gate_was_cut(const struct gate *gate)
{
	const int64_t now = clock_now();

	return gate->timed && now < gate->deadline && now - gate->called >= TIMER_LEAST &&
	       interruption_seen() == INTERRUPTION_NONE;
}

static bool goes_on(struct gate *gate, int verdict, ssize_t result)
{
	int64_t now;

	if (result >= 0 || verdict < 0 || gate->over)
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
		if (!gate_would_block(errno) && errno != EALREADY)
			return false;
		now = clock_now();
		return now >= gate->deadline || was_other_timer(gate, now);
	default:
		return false;
	}
}

bool gate_goes_on(struct gate *gate, int verdict, ssize_t result)
{
	gate->final = verdict != GATE_RETRY;
	if (goes_on(gate, verdict, result))
		return true;
	gate->error = result < 0 ? errno : 0;
	if (result >= 0 && verdict != GATE_NATIVE && !timer_learn(gate))
		gate->waiting_since = 0;
	gate_leave(gate);
	return false;
}
