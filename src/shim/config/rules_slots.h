/*
 * The policy in force. Owns the policies in their slots, the watch over the policy file, and the
 * reload.
 *
 * Any thread reads the policy; the thread that notices a change of the file replaces the policy.
 * There is no lock. A policy sits in a slot that counts its readers. A new policy goes into a slot
 * without readers, and that slot becomes the current one. A count that is never taken back (a handler
 * leaves a look-up by siglongjmp(3); another thread of a forked process was reading) keeps one slot
 * from being used again, and has no other effect.
 *
 * Cold, but for the inline functions. Async-signal-safe; errno is unchanged.
 */
#ifndef SHIM_CONFIG_RULES_SLOTS_H
#define SHIM_CONFIG_RULES_SLOTS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/text.h"
#include "policy/policy.h"
#include "shim/config/sources.h"

/* There is a policy file to look at once a second. */
extern atomic_bool rules_watched;
/* All actions of all rules (RULE_…), and RULES_BY_ADDRESS. */
extern _Atomic unsigned int rules_have;

/* The timeout of a connect or of a wait depends on the address. (While a connect is in progress, the
 * kernel does not tell the address.) */
#define RULES_BY_ADDRESS 0x80000000u

/* Some rule has one of these actions (RULE_…, RULES_BY_ADDRESS). Hot: one load. */
static inline bool rules_any(unsigned int actions)
{
	return UNLIKELY((atomic_load_explicit(&rules_have, memory_order_relaxed) & actions) !=
			0);
}

/* The functions that start.c connects. They are called in the thread that reads the rules, at a reload
 * with all signals blocked, and must be async-signal-safe. */
struct rules_events {
	/* Another policy is in force. Not called for the first one. */
	void (*on_change)(void);
	/* A source was refused; message is for the user. */
	void (*on_refusal)(const char *message);
};

/* Read the rules for the first time, and watch the file. Called once, by start.c. Refused sources are
 * left out: a refused SOCKTIMEOUT_RULES sets from->rules to NULL. *from and *events must stay. */
void rules_start(struct sources *from, const struct rules_events *events);

/* The part of rules_refresh_at for a watched file. */
COLD void rules_look(int64_t now);

/* Called before a call waits, and after. Where a file is watched, look at the file once a second, and
 * read the file again if it has changed. Else one load. now: CLOCK_MONOTONIC, nanoseconds. */
static inline void rules_refresh_at(int64_t now)
{
	/* Acquire: rules_look reads what rules_start wrote. */
	if (UNLIKELY(atomic_load_explicit(&rules_watched, memory_order_acquire)))
		rules_look(now);
}

/* The same for a caller that has not read the clock. */
static inline void rules_refresh(void)
{
	if (UNLIKELY(atomic_load_explicit(&rules_watched, memory_order_relaxed)))
		rules_refresh_at(clock_coarse());
}

/* The nanoseconds since the program began, at least 1; now: CLOCK_MONOTONIC. Where no rule asked for the
 * age at the start: since the first call that looked at the rules. A child of fork(2) has the age of
 * its parent. */
int64_t rules_age(int64_t now);

/* The policy in force, or NULL. The policy stays in memory until rules_release(*slot), which must
 * follow where the result is not NULL. Must not be held over a wait. */
const struct policy *rules_hold(unsigned int *slot);
void rules_release(unsigned int slot);

/* Room for the text of rules_put_origin. */
#define RULES_ORIGIN_SIZE 840
/* Put "SOURCE:LINE" of a rule; a long path loses its beginning, and "..." stands there. Not for line
 * 0. */
void rules_put_origin(struct text *text, struct rule_origin origin);

#endif
