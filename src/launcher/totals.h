/*
 * The counters of a directory (stats/layout.h), read for --stats. The files may be other users',
 * and anything: what is none of ours is not read, and no number in them is believed to be more
 * than a number. Cold.
 */
#ifndef LAUNCHER_TOTALS_H
#define LAUNCHER_TOTALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stats/layout.h"
#include "stats/name.h"

struct program_totals {
	char program[STATS_NAME_LIMIT + 1];
	uint32_t user; /* who owns the file */
	struct stats_file file;
};

struct totals {
	struct program_totals *programs; /* by name */
	size_t count;
	size_t left_out; /* files that are named as ours and that could not be used */
};

/* All of directory. Dies (125) where that cannot be read. */
struct totals totals_read(const char *directory);
void totals_free(struct totals *totals);

/* The number of waits. */
uint64_t totals_waits(const struct stats_operation *operation);
/* Nothing was ever counted. */
bool totals_are_zero(const struct stats_operation *operation);
/* The user's name, or the number where there is none; valid until the next call. */
const char *totals_user(uint32_t user);

#endif
