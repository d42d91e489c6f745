/*
 * The seed of the faults: SOCKTIMEOUT_SEED, or a random number. A child of fork(2) has a seed that is
 * made of the seed of its parent and of how many children the parent had before. So children
 * differ, and differ in the same way when the program runs again.
 *
 * Cold. Async-signal-safe; errno is unchanged.
 */
#ifndef SHIM_FAULT_SEED_H
#define SHIM_FAULT_SEED_H

#include <stdbool.h>
#include <stdint.h>

/* Set the seed, unless that was done: to *given, or to a random number where given is NULL. Returns
 * true where this call has made a random seed. */
bool seed_choose(const uint64_t *given);

/* The seed; 0 before seed_choose. */
uint64_t seed_get(void);

/* Called in the parent before fork(2), and in the child after. */
void seed_forking(void);
void seed_forked(void);

#endif
