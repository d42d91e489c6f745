/*
 * Faults of lookups. Cold.
 */
#include "config.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>

#include "base/address.h"
#include "base/clock.h"
#include "base/duration.h"
#include "calls/real.h"
#include "shim/config/hosts.h"
#include "shim/fault/fault_inside.h"
#include "shim/resolver/lookup.h"

/* The h_errno of functions without EAI_ values (netdb.h(0p)). */
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

/* Signal handlers that return do not end a lookup. */
static void sleep_until(int64_t until)
{
	const int saved_errno = errno;

	for (int64_t now = clock_now(); now < until; now = clock_now())
		(void)REAL(poll)(NULL, 0, clock_poll_timeout(until, now));
	errno = saved_errno;
}

static int lookup_fails(int error, int number)
{
	errno = number;
	h_errno = host_error_of(error);
	return error;
}

static int lookup_times_out(enum call call, const char *subject, int64_t started,
			    const struct rules_limit *limit)
{
	const struct text name = {.start = (char *)(uintptr_t)subject,
				  .length = subject != NULL ? strlen(subject) : 0};

	report_lookup(call, name.length != 0 ? &name : NULL, started, limit);
	return lookup_fails(EAI_AGAIN, ETIMEDOUT);
}

/* The name that is looked up, in lower case; NULL for an address, and for none. */
static const char *host_of(const char *subject, char buffer[HOSTS_NAME_LIMIT + 1])
{
	unsigned char octet[16];
	size_t where;
	int family;

	if (subject == NULL ||
	    address_parse(subject, strlen(subject), &family, octet, &where) == 0)
		return NULL;
	return hosts_fold(subject, buffer) ? buffer : NULL;
}

int fault_lookup(enum call call, const char *subject, int64_t *begun)
{
	const struct report_call on = {.call = call, .operation = OPERATION_RESOLVE, .fd = -1};
	char host[HOSTS_NAME_LIMIT + 1];
	struct rules_subject nobody = {.fd = -1, .host = host_of(subject, host)};
	struct rules_limit limit;
	struct fault fault;
	int64_t started, deadline = DEADLINE_NEVER, until;

	*begun = 0;
	if (!fault_ask(&nobody, OPERATION_RESOLVE, RULE_CALL_FAULTS, &fault) ||
	    !fault_report(&fault, &on, subject))
		return 0;
	limit = rules_timeout(&nobody, OPERATION_RESOLVE, POLICY_MAY_FIRE);
	started = clock_now();
	if (limit.timeout != DURATION_NONE)
		deadline = clock_deadline(started, limit.timeout);
	until = (fault.actions & RULE_BLACKHOLE) != 0 ? fault.ends
						      : clock_deadline(started, fault.delay);
	sleep_until(until < deadline ? until : deadline);
	if (deadline <= until)
		return lookup_times_out(call, subject, started, &limit);
	*begun = started;
	if ((fault.actions & RULE_ERROR) == 0)
		return 0;
	return fault.error < 0 ? lookup_fails(fault.error, errno)
			       : lookup_fails(EAI_SYSTEM, fault.error);
}
