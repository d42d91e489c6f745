/*
 * Reports: an event becomes one record of the log (shim/log/log.h), where there is a log. A timeout
 * also sets the fail flag: the file of SOCKTIMEOUT_FAIL.
 *
 * Cold. Async-signal-safe; no descriptor is kept; errno is unchanged.
 */
#ifndef SHIM_REPORT_H
#define SHIM_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/text.h"
#include "calls/calls.h"
#include "policy/operation.h"
#include "shim/config/rules.h"

/* A call on a descriptor, or a wait for a descriptor. */
struct report_call {
	enum call call;
	enum operation operation;
	int fd;
	const struct sockaddr *address; /* that the call names, or NULL; may be a bad pointer */
	socklen_t address_length;
	int64_t started; /* CLOCK_MONOTONIC, nanoseconds; 0: unknown */
	int64_t timeout; /* nanoseconds; DURATION_NONE: none */
	int64_t slice; /* the timeout of an earlier wait for the socket, which ran out; 0: none */
	uint64_t progress;       /* bytes or messages that were moved */
	struct rule_origin rule; /* the rule that sets the timeout; line 0: none */
};

/* The call has reached its deadline. The fail flag takes 5 to 9 system calls, once a process. */
void report_timeout(const struct report_call *call);
/* The lookup of subject (any bytes, or NULL) has reached its deadline. started: CLOCK_MONOTONIC,
 * nanoseconds. */
void report_lookup(enum call call, const struct text *subject, int64_t started,
		   const struct rules_limit *limit);

/* RTLD_DEEPBIND was cleared for path (NULL: the program itself). Reported once a process. */
void report_deepbind(const char *path);

/* A fault was injected, or would have been. */
struct report_fault {
	const struct report_call *on; /* the call on a descriptor; NULL: a lookup, */
	enum call call;               /* … by this call, */
	const struct text *subject;   /* … of these bytes, or NULL */
	const char *action;           /* in the grammar of rules: "error=ECONNREFUSED" */
	struct rule_origin rule;
	uint64_t count; /* how often the rule matched, from 1 */
	uint64_t seed;
	bool dry_run; /* the fault was not injected */
};
void report_fault(const struct report_fault *fault);

/* A notice about the settings, printable: a seed that was chosen, a policy file that was refused.
 * False: there is no log. */
bool report_notice(const char *message);

#endif
