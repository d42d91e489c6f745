/*
 * The seed of the faults: SOCKTIMEOUT_SEED, or one that is chosen. A child of fork(2) has one that
 * is made of its parent's and of how many children that had before, so children differ, and do so
 * again the next time. Cold. Async-signal-safe but for seed_start.
 */
#ifndef SHIM_SEED_H
#define SHIM_SEED_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/attributes.h"

/* From our constructor, where there are rules: children of fork get theirs. */
void seed_start(void);
/* It has been done. */
void seed_told(void);
/* What happens then: in the parent before, in the child after. */
void seed_forking(void);
void seed_forked(void);
/* Rules have come later, when what seed_start does is no longer safe. From then on seed_look sees who
 * is a child; its number is its process ID. */
void seed_watch(void);
COLD void seed_look(void);

/* The process that was last seen there, 0: forks are told of. */
extern atomic_int seed_owner;

/* Before rules are asked. */
static inline void seed_check(void)
{
	if (UNLIKELY(atomic_load_explicit(&seed_owner, memory_order_relaxed) != 0))
		seed_look();
}

/* There are rules that need it: choose one and log it if that has not been done. */
void seed_need(void);
/* The seed. */
uint64_t seed_get(void);

#endif
