/*
 * Faults that rules ask for (socktimeout.conf(5)): whether one is to be injected into a call, and
 * what then becomes of it. Calls come here because they are examined (shim/io/attention.h), lookups and
 * waits by themselves.
 *
 * Whether a fault is injected depends on the seed (shim/fault/seed.h), the rule, and how often the rule was
 * met in this process. A call that would not block and finds nothing is not asked about.
 *
 * Cold: only where a rule may concern the call. Async-signal-safe.
 */
#ifndef SHIM_CHAOS_H
#define SHIM_CHAOS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "calls/calls.h"
#include "policy/rule.h"

struct attention;
struct gate;
struct ready;
struct rules_subject;

/* A fault, in values of its own: the rules may be replaced meanwhile. */
struct chaos_fault {
	unsigned int actions; /* RULE_… */
	int error;            /* an errno, or an EAI_ value */
	int64_t delay;        /* with its jitter, nanoseconds */
	uint64_t limit;       /* bytes */
	size_t rule;          /* its number */
	struct rule_origin origin;
	uint64_t count, seed;
};

/* What becomes of one examined call. */
struct chaos {
	size_t limit;  /* at most so many bytes; SIZE_MAX: as many as it is asked for */
	int64_t begun; /* when the call began, where it was delayed since; else 0 */
	struct chaos_fault fault;
	bool late;   /* the delay comes when the call has been made */
	bool says;   /* … as does the error, */
	bool resets; /* … the reset */
};

/* The policy has been read, or is another one. */
void chaos_renew(void);
/* A process begins: its rules count from the beginning. */
void chaos_count_anew(void);

/* Before the call; false: it is answered, with errno set. */
bool chaos_begin(struct attention *attention);
/* After it, with its result and errno. Returns what the program gets. */
intptr_t chaos_end(struct attention *attention, intptr_t result);

/* Some rule may concern operation RESOLVE, or WAIT. */
extern atomic_bool chaos_resolves, chaos_waits;

/*
 * A lookup of subject by call begins. Returns 0: it is to be made, and has lasted since *begun
 * already where that is not 0. Or an EAI_ value: it fails with that, with errno and h_errno set.
 */
COLD int chaos_lookup(enum call call, const char *subject, int64_t *begun);
/* A wait begins. True: it is to be made, maybe blind; false: it fails, with errno set. */
COLD bool chaos_wait(struct ready *ready);

/* For those above. Ask the rules about a call of operation; true with *fault. */
bool chaos_ask(struct rules_subject *subject, enum operation operation,
	       struct chaos_fault *fault);
/* Log that the fault is injected; gate is of the call, or NULL with call and subject of a lookup.
 * False where it is only to be logged (--dry-run). */
bool chaos_report(const struct chaos_fault *fault, const struct gate *gate, enum call call,
		  const char *subject);
/* How the call goes on to which the fault is to happen; as chaos_begin. */
bool chaos_apply(struct attention *attention, bool blocks);
/* Sleep until then, or until the gate's deadline, as a call that waits would: 0, -EINTR, -ETIMEDOUT
 * (reported), or -EAGAIN at the program's own bound. */
int chaos_sleep(struct gate *gate, int64_t until);

#endif
