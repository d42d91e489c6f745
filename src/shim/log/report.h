/*
 * What is told of, where it was asked for: one record each (shim/log/log.h). Cold. Async-signal-safe;
 * keeps no descriptor; leaves errno alone.
 */
#ifndef SHIM_REPORT_H
#define SHIM_REPORT_H

#include "base/text.h"
#include "shim/io/attention.h"
#include "shim/io/gate.h"
#include "shim/config/rules.h"

/* The call has reached its deadline. */
void report_timeout(const struct gate *gate);
/* The lookup of subject (any bytes) by call, begun at started on the monotonic clock, has, by
 * limit. */
void report_lookup(enum call call, const struct text *subject, int64_t started,
		   const struct rules_limit *limit);

/* RTLD_DEEPBIND was taken away for path (NULL: the program itself). Reports it the first time
 * only. */
void report_deepbind(const char *path);

/* A fault was injected, or would have been. */
struct report_fault {
	const struct gate *gate;    /* of the call on a descriptor, or NULL: */
	enum call call;             /* … of a lookup */
	const struct text *subject; /* … what is looked up, or NULL */
	const char *action; /* what it is, in the grammar of rules: "error=ECONNREFUSED" */
	struct rule_origin rule;
	uint64_t count; /* how many times the rule has been met, from 1 */
	uint64_t seed;
	bool dry_run; /* it would have been */
};

/* Log it. */
void report_fault(const struct report_fault *fault);

/* A call that was seen has ended, with result and errno error (the log level `call`). */
void report_call(const struct attention *attention, intptr_t result, int error);
/* One is about to be made that is not seen to end: its result is unknown. */
void report_call_begins(const struct attention *attention);

/* Something about the settings: a seed that was chosen, a policy file that is refused. Printable.
 * False where no log is set. */
bool report_notice(const char *message);

#endif
