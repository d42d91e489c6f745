/*
 * Finds the timeout of a socket in a readiness wait, and remembers the timeout of a connect. Cold.
 */
#include "config.h"

#include <poll.h>

#include "base/duration.h"
#include "shim/fd/fd.h"
#include "shim/wait/exempt.h"
#include "shim/wait/wait.h"

/* The timeout of the operation that is waited for (the shorter of two), where `wait` has none of its
 * own. */
static struct rules_limit operation_limit(struct exempt *exempt)
{
	struct rules_subject *const subject = &exempt->subject;
	struct rules_limit limit = {.timeout = DURATION_NONE}, send;

	if (exempt->connecting) {
		exempt->operation = OPERATION_CONNECT;
		return rules_timeout(subject, OPERATION_CONNECT, POLICY_UNCOUNTED);
	}
	exempt->operation = OPERATION_RECV;
	if ((exempt->events & (POLLIN | POLLRDNORM)) != 0)
		limit = rules_timeout(subject, OPERATION_RECV, POLICY_UNCOUNTED);
	if ((exempt->events & (POLLOUT | POLLWRNORM)) == 0)
		return limit;
	send = rules_timeout(subject, OPERATION_SEND, POLICY_UNCOUNTED);
	if (send.timeout == DURATION_NONE ||
	    (limit.timeout != DURATION_NONE && limit.timeout <= send.timeout))
		return limit;
	exempt->operation = OPERATION_SEND;
	return send;
}

static struct rules_limit wait_limit(struct exempt *exempt)
{
	const struct rules_limit operation = operation_limit(exempt);
	struct rules_limit limit =
		rules_timeout(&exempt->subject, OPERATION_WAIT, POLICY_UNCOUNTED);

	if (limit.timeout == TIMEOUT_FOLLOWS) {
		limit.timeout = operation.timeout;
		if (operation.rule.line != 0)
			limit.rule = operation.rule;
	}
	limit.enforced = limit.enforced || operation.enforced;
	return limit;
}

/* fd_entry.connect_limit is twice the timeout, and 1 more where a rule enforces the timeout. */

void wait_connecting(int fd, uint64_t state, const struct sockaddr *address, socklen_t length)
{
	struct exempt exempt = {
		.fd = fd,
		.connecting = true,
		.subject = {.fd = fd,
			    .state = state,
			    .address = address,
			    .address_length = length,
			    .unread = true},
	};
	struct rules_limit limit;

	fd_quiet_begin(fd);
	if (!rules_any(RULES_BY_ADDRESS) || !fd_has_entry(fd))
		return;
	limit = wait_limit(&exempt);
	if (limit.timeout > INT64_MAX / 4)
		limit.timeout = INT64_MAX / 4;
	/* The rule is only for the log: a race of two connects may log the other's. */
	atomic_store_explicit(&fd_entries[fd].connect_rule, limit.rule, memory_order_relaxed);
	atomic_store_explicit(&fd_entries[fd].connect_limit,
			      2 * limit.timeout + (limit.enforced ? 1 : 0),
			      memory_order_relaxed);
	fd_learn(fd, state, FD_CONNECT_LIMIT);
}

/* The kernel does not show the address of a connect in progress. */
static bool connect_limit(const struct exempt *exempt, struct rules_limit *limit)
{
	const int fd = exempt->fd;
	int64_t remembered;

	if (!exempt->connecting || !rules_any(RULES_BY_ADDRESS) || !fd_has_entry(fd) ||
	    (fd_state(fd) & FD_CONNECT_LIMIT) == 0)
		return false;
	remembered = atomic_load_explicit(&fd_entries[fd].connect_limit, memory_order_relaxed);
	limit->timeout = remembered / 2;
	limit->enforced = remembered % 2 != 0;
	limit->rule = atomic_load_explicit(&fd_entries[fd].connect_rule, memory_order_relaxed);
	return true;
}

bool exempt_find_timeout(struct exempt *exempt)
{
	struct rules_limit limit;

	if (exempt->by == EXEMPT_BY_REPLY) {
		exempt->operation = OPERATION_REPLY;
		limit = rules_reply(&exempt->subject);
	} else if (exempt->by == EXEMPT_BY_IDLE) {
		exempt->operation = OPERATION_IDLE;
		limit = rules_idle(&exempt->subject);
		limit.enforced = true;
	} else if (connect_limit(exempt, &limit)) {
		exempt->operation = OPERATION_CONNECT;
	} else {
		limit = wait_limit(exempt);
	}
	exempt->timeout = limit.timeout;
	exempt->rule = limit.rule;
	return limit.enforced;
}
