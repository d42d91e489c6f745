/*
 * The inside of this room. A call on a descriptor passes the files in this order; each file needs only
 * the files below:
 *
 *     fault.c                        the pointers of other rooms, fork(2)
 *     fault_call.c _lookup.c _wait.c is a fault to be injected? the three kinds of calls
 *     fault_rule.c                   asks the rules, logs the fault; the table of kinds
 *     kinds/                         one kind of fault each
 *     fault_late.c                   sleeps, delayed readiness, pending errors
 *     seed.c                         the seed
 *
 * A new kind is one file and one row of fault_kinds (fault_rule.c).
 *
 * Cold: reached only from calls that a rule may concern. Async-signal-safe, and errno is unchanged,
 * unless a function says otherwise. Times are CLOCK_MONOTONIC in nanoseconds.
 */
#ifndef SHIM_FAULT_FAULT_INSIDE_H
#define SHIM_FAULT_FAULT_INSIDE_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/text.h"
#include "policy/rule/rule.h"
#include "shim/config/rules.h"
#include "shim/io/io.h"
#include "shim/log/report.h"

struct wait;

/* One fault that a rule asks for: copies, because the rules may be replaced meanwhile. */
struct fault {
	unsigned int actions; /* RULE_… of kinds */
	int error;            /* an errno, or of lookups an EAI_ value */
	int64_t delay;        /* nanoseconds, with the jitter */
	uint64_t limit;       /* bytes */
	uint64_t rate;        /* bytes a second */
	bool shared;          /* the rate is of all that meet the rule */
	int64_t slow_close;   /* nanoseconds */
	int64_t ends; /* when the rule does not apply any more; DEADLINE_NEVER: no such time */
	size_t rule;  /* the index of the rule */
	struct rule_origin origin;
	uint64_t count; /* the number of matches of the rule, from 1 */
	uint64_t seed;
};

/* One kind of fault of calls on descriptors. */
struct fault_kind {
	unsigned int action; /* RULE_…, one bit */
	const char *name;    /* of the action in rules */
	/* Put the value of the action; NULL for an action without a value. */
	void (*put_value)(struct text *text, const struct fault *fault);
	/* The kind can be injected into this call; NULL: into every call. blocks: neither O_NONBLOCK
	 * nor MSG_DONTWAIT is set. */
	bool (*concerns)(const struct io *io, bool blocks);
	/* Before the call. True: the next kind, or the call itself, is next. False: the call is
	 * answered, and fails with errno. Stores the part of the fault for `after` in io->fault. */
	bool (*before)(struct io *io, const struct fault *fault, bool blocks);
	/* Instead of `before`, where a non-blocking call other than connect is delayed: the call
	 * fails with EAGAIN, and the fault shows when the delay is over. NULL: nothing shows. */
	void (*later)(struct io *io, const struct fault *fault);
	/* After the call, where io->fault.actions has the action: gets the result and errno, returns
	 * the result for the program, with errno. */
	ssize_t (*after)(struct io *io, ssize_t result);
};

extern const struct fault_kind fault_delay, fault_blackhole, fault_rate, fault_loss,
	fault_duplicate, fault_reset, fault_error, fault_short, fault_slow_close;
/* All kinds, in the order in which a call passes them; NULL ends the table. */
extern const struct fault_kind *const fault_kinds[];

/* The value of resolver_fault (resolver/lookup.h). Not async-signal-safe. */
int fault_lookup(enum call call, const char *subject, int64_t *begun);
/* The values of wait_fault and wait_fault_member (wait/wait.h). */
bool fault_wait(struct wait *wait, int *result);
void fault_member(int set, int fd);
/* The rules have changed. Called before descriptors are hooked for the new rules. */
void fault_call_rules(void);
/* The same for waits; policy is NULL where waits get no faults. */
void fault_wait_rules(const struct policy *policy);

/* Ask the rules with these actions (RULE_CALL_FAULTS or RULE_END_FAULTS) about one call of that
 * operation, and count the call. True: *fault is to be injected. */
bool fault_ask(struct rules_subject *subject, enum operation operation, unsigned int actions,
	       struct fault *fault);
/* Find the rate of a call that was counted and reported already. */
bool fault_ask_rate(struct rules_subject *subject, enum operation operation,
		    struct fault *fault);
/* Before a call is made: move no byte past the next `after` of the rules, and let the bytes be counted
 * where some rule asks for them. */
void fault_watch_bytes(struct io *io, struct rules_subject *subject);
/* After a receive: the fault of the end of a stream. Returns as fault_kind.after. */
ssize_t fault_end(struct io *io, ssize_t result);
/* Some rule loses or duplicates datagrams: a batch of datagrams becomes one datagram. */
void fault_cut_batch(struct io *io);
/* Log and count the fault: of the call `on`, or of the lookup of subject (NULL or "": none) where
 * on->operation is OPERATION_RESOLVE. Returns false where the fault must not be injected: a dry
 * run. */
bool fault_report(const struct fault *fault, const struct report_call *on, const char *subject);

/* Fail a call: sets errno, returns false. */
static inline bool fault_fail(int error)
{
	errno = error;
	return false;
}

/* The direction in which the call waits. */
static inline enum fd_direction fault_direction(const struct io *io)
{
	return io->operation == OPERATION_RECV || io->operation == OPERATION_ACCEPT ? FD_RECEIVE
										    : FD_SEND;
}

/* Move at most so many bytes. */
static inline void fault_limit(struct io *io, uint64_t bytes)
{
	const size_t most = bytes < SIZE_MAX ? (size_t)bytes : SIZE_MAX;

	if (!io->limited || most < io->limit)
		io->limit = most;
	io->limited = true;
}

/* A datagram may be lost natively; SOCK_SEQPACKET is reliable. */
static inline bool fault_is_datagram(const struct io *io)
{
	return !fd_is_stream(io->fd, io->state) && (io->state & FD_SEQPACKET) == 0;
}

/* The bytes that the call moved: result is its result. */
uint64_t fault_bytes(struct io *io, ssize_t result);

/* Before a blocking receive: wait until there is something to receive. Returns as fault_sleep. */
bool fault_wait_readable(struct io *io);
/* Before a blocking call: sleep until that time, as the call would wait, and let the timeout of the
 * call count from io->entered_at. Returns false, with errno set, where the timeout, a signal or the
 * program's own timer ended the call. A cancellation point where the call is one. */
bool fault_sleep(struct io *io, int64_t until);
/* The same after a blocking connect that was made. Returns 0, -ETIMEDOUT (reported), -EINTR, -EBADF
 * (the number was opened anew), -EAGAIN (the program's own timer); or 1: the socket does not block.
 * A cancellation point. */
int fault_sleep_after(const struct io *io, int64_t until);
/* Delay the readiness of io->fd in the direction of the call; of a connect, in both directions. */
void fault_delay_readiness(const struct io *io, int64_t until);
/* Give fd, whose state was `seen`, a pending error (fd/pending.h). connecting: a connect(2) in
 * progress is abandoned when the error is reported. Returns false where that cannot be done. */
bool fault_fail_later(int fd, uint64_t seen, int error, bool connecting);

#endif
