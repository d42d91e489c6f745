/*
 * The seed of the faults: SOCKTIMEOUT_SEED, or one that is chosen. A child of fork(2) has one that
 * is made of its parent's and of how many children that had before, so children differ, and do so
 * again the next time. Cold. Async-signal-safe but for seed_start.
 */
#ifndef SHIM_SEED_H
#define SHIM_SEED_H

#include <stdint.h>

/* From our constructor, where rules may come to need it: children of fork get theirs. */
void seed_start(void);
/* What happens then: in the parent before, in the child after. */
void seed_forking(void);
void seed_forked(void);
/* There are rules that need it: choose one and log it if that has not been done. */
void seed_need(void);
/* The seed. */
uint64_t seed_get(void);

#endif
