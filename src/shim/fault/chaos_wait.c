/*
 * Faults of readiness waits. Cold.
 */
#include "config.h"

#include <errno.h>

#include "base/clock.h"
#include "shim/fault/chaos.h"
#include "shim/io/gate.h"
#include "shim/wait/ready.h"
#include "shim/config/rules.h"

/* The first fault of what is waited for: of the wait itself where no rule asks for more, else of
 * one descriptor after the other. */
static bool ask_wait(struct ready *ready, struct gate *gate, struct chaos_fault *fault)
{
	struct ready_interest interest;
	size_t position = 0;
	const struct policy *policy;
	unsigned int slot, asks = 0;
	bool fires = false;

	policy = rules_hold(&slot);
	if (policy == NULL)
		return false;
	asks = policy_asks(policy, OPERATION_WAIT, RULE_CHAOS_ACTIONS);
	rules_release(slot);
	gate->fd = -1;
	if (asks == 0) {
		struct rules_subject nobody = {.fd = -1};

		return chaos_ask(&nobody, OPERATION_WAIT, fault);
	}
	/* A bad pointer is for the real call to refuse. */
	if (ready->set < 0 && ready->wait(ready, 0) < 0)
		return false;
	/* To the end: a listing that was begun is to be closed. */
	while (ready->next(ready, &position, &interest)) {
		struct rules_subject subject = {.fd = interest.fd};

		if (fires || !chaos_ask(&subject, OPERATION_WAIT, fault))
			continue;
		fires = true;
		gate->fd = interest.fd;
	}
	return fires;
}

bool chaos_wait(struct ready *ready)
{
	struct gate gate = {.call = ready->call, .operation = OPERATION_WAIT};
	struct chaos_fault fault;

	/* A look that does not wait is none. */
	if (ready->own == 0 || !ask_wait(ready, &gate, &fault) ||
	    (fault.actions & (RULE_ERROR | RULE_BLACKHOLE | RULE_DELAY)) == 0 ||
	    !chaos_report(&fault, &gate, ready->call, NULL))
		return true;
	if ((fault.actions & RULE_BLACKHOLE) != 0)
		ready->blind = DEADLINE_NEVER;
	else if (fault.delay != 0)
		ready->blind = clock_deadline(clock_now(), fault.delay);
	if ((fault.actions & RULE_ERROR) == 0)
		return true;
	/* A handler ends the delay, and the call with it. */
	if (ready->blind == 0 || ready->wait(ready, fault.delay) == 0)
		errno = fault.error;
	return false;
}
