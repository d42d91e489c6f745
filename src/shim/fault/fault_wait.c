/*
 * Faults of readiness waits. Cold.
 */
#include "config.h"

#include <errno.h>

#include "base/clock.h"
#include "shim/fault/fault_inside.h"
#include "shim/wait/late.h"
#include "shim/wait/walk.h"

/* Some rule asks for the address, family, … of a socket in a wait. */
static bool rules_ask_for_sockets(void)
{
	const struct policy *policy;
	unsigned int slot, asks = 0;

	policy = rules_hold(&slot);
	if (policy != NULL) {
		asks = policy_asks(policy, OPERATION_WAIT, RULE_CHAOS_ACTIONS);
		rules_release(slot);
	}
	return asks != 0;
}

/* Ask for a fault of the wait; where rules ask for sockets, of one descriptor after the other, until
 * a rule fires. *fd is the descriptor, or -1. */
static bool ask(struct wait *wait, int *fd, struct fault *fault)
{
	struct walk walk = WALK_TOP(wait);
	struct wait_interest interest;
	bool fires = false;

	*fd = -1;
	if (!rules_ask_for_sockets()) {
		struct rules_subject nobody = {.fd = -1};

		return fault_ask(&nobody, OPERATION_WAIT, RULE_CALL_FAULTS, fault);
	}
	/* The real call refuses a bad pointer. */
	if (wait->set < 0 && wait->kind->make(wait, 0) < 0)
		return false;
	/* The end of the walk closes the list of an epoll set. */
	while (walk_next(&walk, &interest)) {
		struct rules_subject subject = {.fd = interest.fd,
						.state = fd_state(interest.fd)};

		if (fires || !fault_ask(&subject, OPERATION_WAIT, RULE_CALL_FAULTS, fault))
			continue;
		fires = true;
		*fd = interest.fd;
	}
	return fires;
}

bool fault_wait(struct wait *wait)
{
	struct report_call on = {.call = wait->call, .operation = OPERATION_WAIT};
	struct fault fault;

	/* A poll with a timeout of 0 does not wait. */
	if (wait->own == 0 || !ask(wait, &on.fd, &fault))
		return true;
	fault.actions &= RULE_ERROR | RULE_BLACKHOLE | RULE_DELAY;
	if (fault.actions == 0 || !fault_report(&fault, &on, NULL))
		return true;
	if ((fault.actions & RULE_ERROR) != 0)
		wait->blind = DEADLINE_NEVER;
	else if ((fault.actions & RULE_BLACKHOLE) != 0)
		wait->blind = fault.ends;
	else
		wait->blind = clock_deadline(clock_now(), fault.delay);
	if ((fault.actions & RULE_ERROR) == 0)
		return true;
	/* A signal handler ends the delay, and the call fails with EINTR. */
	if (fault.delay == 0 || late_make(wait, fault.delay) == 0)
		errno = fault.error;
	return false;
}
