/*
 * The seed of the faults as it is written. Cold; for library and launcher.
 */
#ifndef POLICY_SEED_H
#define POLICY_SEED_H

#include <stdint.h>

#define SEED_EXPECTED "a number of 64 bits, decimal or with 0x"

/* Read a seed: decimal, or 0x and hexadecimal. Returns 0, or -EINVAL or -ERANGE with *seed
 * untouched. Async-signal-safe; leaves errno alone. */
int seed_parse(const char *text, uint64_t *seed);

#endif
