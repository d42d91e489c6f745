/*
 * Parses the seed of fault injection, for the library and the launcher. Cold.
 */
#ifndef POLICY_SEED_H
#define POLICY_SEED_H

#include <stdint.h>

#define SEED_EXPECTED "a number of 64 bits, decimal or with 0x"

/* Parse a seed: decimal, or hexadecimal with 0x. Returns 0, or -EINVAL or -ERANGE with *seed
 * unchanged. Async-signal-safe; keeps errno. */
int seed_parse(const char *text, uint64_t *seed);

#endif
