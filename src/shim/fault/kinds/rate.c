/*
 * The kind `rate`: bytes move no faster than so many a second. Cold.
 *
 * One time says when the next byte may move: of a descriptor and direction, or with `shared` of the
 * rule. A call that comes earlier is late. A call that could move many bytes moves a piece; a blocking
 * send, which moves all its bytes natively, moves them all and lasts as long as they take.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/duration.h"
#include "calls/real.h"
#include "policy/rule/rule_value.h"
#include "shim/fault/fault_inside.h"

/* A piece is as much as moves in this time, so that bytes come evenly. */
#define PIECE (50 * NANOSECONDS_PER_MILLISECOND)
/* A call that is later than its time by no more than this does not lower the rate. */
#define LATE (20 * NANOSECONDS_PER_MILLISECOND)

static void put_rate(struct text *text, const struct fault *fault)
{
	rule_value_put_bytes(text, fault->rate);
}

static bool can_be_paced(const struct io *io, bool blocks)
{
	(void)blocks;
	return (io->operation == OPERATION_RECV || io->operation == OPERATION_SEND) &&
	       (io->operation == OPERATION_SEND || (io->flags & MSG_PEEK) == 0) &&
	       fd_has_entry(io->fd);
}

static uint64_t piece_of(uint64_t rate)
{
	const uint64_t piece = rate / (uint64_t)(NANOSECONDS_PER_SECOND / PIECE);

	return piece > 0 ? piece : 1;
}

/* The word of the descriptor, which a reset of the entry forgets. */
static _Atomic int64_t *word_of(const struct io *io)
{
	_Atomic int64_t *const words = fd_entries[io->fd].next_byte;

	if ((fd_state(io->fd) & FD_PACED) == 0) {
		for (enum fd_direction each = 0; each < FD_DIRECTIONS; each++)
			atomic_store_explicit(&words[each], 0, memory_order_relaxed);
		fd_learn(io->fd, io->state, FD_PACED);
	}
	return &words[fault_direction(io)];
}

/* The word of the rule; NULL where the rules were replaced. fault_let_go(*slot) follows. */
static _Atomic int64_t *word_of_rule(const struct io *io, unsigned int *slot)
{
	const struct policy *const policy = rules_hold(slot);
	const size_t index = io->fault.rule;

	if (policy == NULL)
		return NULL;
	if (index < policy_count(policy) &&
	    (policy_rule(policy, index)->actions & RULE_SHARED) != 0)
		return policy_next(policy, index);
	rules_release(*slot);
	return NULL;
}

/* When the next byte may move; adds the time that bytes more take. */
static int64_t advance(const struct io *io, uint64_t bytes)
{
	const int64_t now = clock_now();
	const uint64_t cost = bytes * (uint64_t)NANOSECONDS_PER_SECOND /
			      (io->fault.rate | (io->fault.rate == 0));
	_Atomic int64_t *word = NULL;
	unsigned int slot;
	int64_t before, after;
	bool held = false;

	if (io->fault.shared) {
		word = word_of_rule(io, &slot);
		held = word != NULL;
	}
	if (word == NULL)
		word = word_of(io);
	before = atomic_load_explicit(word, memory_order_relaxed);
	do
		after = clock_deadline(before > now - LATE ? before : now - LATE,
				       (int64_t)cost);
	while (bytes != 0 && !atomic_compare_exchange_weak_explicit(word, &before, after,
								    memory_order_relaxed,
								    memory_order_relaxed));
	if (held)
		rules_release(slot);
	return bytes != 0 ? after : before;
}

static bool rate_before(struct io *io, const struct fault *fault, bool blocks)
{
	const bool all =
		(io->flags & MSG_WAITALL) != 0 || (blocks && io->operation == OPERATION_SEND);
	int64_t next;

	io->fault.actions |= RULE_RATE;
	io->fault.rate = fault->rate;
	io->fault.rule = fault->rule;
	io->fault.shared = fault->shared;
	while ((next = advance(io, 0)) > clock_now()) {
		if (!blocks) {
			fault_delay_readiness(io, next);
			return fault_fail(EAGAIN);
		}
		if (!fault_sleep(io, next))
			return false;
	}
	if (!all && fd_is_stream(io->fd, io->state))
		fault_limit(io, piece_of(fault->rate));
	return true;
}

/* Sleep until that time, but not past the timeout of the call: the bytes were sent, so the call
 * succeeds. A signal ends the sleep. */
static void sleep_after_send(const struct io *io, int64_t until)
{
	struct rules_subject subject = {.fd = io->fd, .state = io->state};
	const struct rules_limit limit =
		rules_timeout(&subject, OPERATION_SEND, POLICY_MAY_FIRE);
	const int saved_errno = errno;
	int64_t end = until, now;

	if (limit.timeout != DURATION_NONE &&
	    clock_deadline(io->entered_at, limit.timeout) < end)
		end = clock_deadline(io->entered_at, limit.timeout);
	while ((now = clock_now()) < end)
		if (REAL(poll)(NULL, 0, clock_poll_timeout(end, now)) < 0)
			break;
	errno = saved_errno;
}

static ssize_t rate_after(struct io *io, ssize_t result)
{
	const uint64_t bytes = fault_bytes(io, result);
	int64_t next;

	if (bytes == 0)
		return result;
	next = advance(io, bytes);
	/* Only a blocking send and a datagram move more than a piece. */
	if (io->operation == OPERATION_SEND && bytes > piece_of(io->fault.rate))
		sleep_after_send(io, next);
	return result;
}

const struct fault_kind fault_rate = {
	.action = RULE_RATE,
	.name = "rate",
	.put_value = put_rate,
	.concerns = can_be_paced,
	.before = rate_before,
	.after = rate_after,
};
