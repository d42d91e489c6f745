/*
 * Faults of lookups. Cold; not async-signal-safe, as no lookup is.
 */
#include "config.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>

#include "base/clock.h"
#include "base/duration.h"
#include "calls/real.h"
#include "shim/fault/chaos.h"
#include "shim/log/report.h"
#include "shim/config/rules.h"

/* What the functions without a return value of EAI_ kind say for it (netdb.h(0p)). */
static int host_error_of(int error)
{
	switch (error) {
	case EAI_AGAIN:
		return TRY_AGAIN;
	case EAI_NONAME:
		return HOST_NOT_FOUND;
	case EAI_NODATA:
	case EAI_ADDRFAMILY:
		return NO_DATA;
	case EAI_SYSTEM:
	case EAI_MEMORY:
		return NETDB_INTERNAL;
	default:
		return NO_RECOVERY;
	}
}

/* Handlers that return do not end a lookup (shim/resolver/lookup.h). */
static void lookup_sleep(int64_t until)
{
	const int saved_errno = errno;

	while (clock_now() < until)
		(void)REAL(poll)(NULL, 0, clock_poll_timeout(until, clock_now()));
	errno = saved_errno;
}

static int lookup_fails(int error, int number)
{
	errno = number;
	h_errno = host_error_of(error);
	return error;
}

int chaos_lookup(enum call call, const char *subject, int64_t *begun)
{
	struct rules_subject nobody = {.fd = -1};
	struct chaos_fault fault;
	struct rules_limit limit;
	int64_t started, deadline, until;

	*begun = 0;
	if (!chaos_ask(&nobody, OPERATION_RESOLVE, &fault) ||
	    !chaos_report(&fault, NULL, call, subject))
		return 0;
	limit = rules_timeout(&nobody, OPERATION_RESOLVE, POLICY_MAY_FIRE);
	started = clock_now();
	deadline = limit.timeout == DURATION_NONE ? DEADLINE_NEVER
						  : clock_deadline(started, limit.timeout);
	until = (fault.actions & RULE_BLACKHOLE) != 0 ? DEADLINE_NEVER
						      : clock_deadline(started, fault.delay);
	lookup_sleep(until < deadline ? until : deadline);
	if (deadline <= until) {
		const struct text name = {.start = (char *)(uintptr_t)subject,
					  .length = subject != NULL ? strlen(subject) : 0};

		report_lookup(call, subject != NULL ? &name : NULL, started, &limit);
		return lookup_fails(EAI_AGAIN, ETIMEDOUT);
	}
	*begun = started;
	if ((fault.actions & RULE_ERROR) == 0)
		return 0;
	return fault.error < 0 ? lookup_fails(fault.error, errno)
			       : lookup_fails(EAI_SYSTEM, fault.error);
}
