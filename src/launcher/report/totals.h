/*
 * Reads the counters of a directory (stats/layout.h) for --stats. The files may belong to other users
 * and have any contents: only files with the right owner, size and header are used, and every number in
 * them may be wrong. Cold.
 */
#ifndef LAUNCHER_REPORT_TOTALS_H
#define LAUNCHER_REPORT_TOTALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stats/layout.h"
#include "stats/name.h"

struct program_totals {
	char program[STATS_NAME_LIMIT + 1];
	uint32_t user; /* the owner of the file */
	struct stats_file file;
};

struct totals {
	struct program_totals *programs; /* by name */
	size_t count;
	size_t left_out; /* files with a counter file's name that cannot be used */
};

/* Read all files of directory. Dies (125) where directory cannot be read. */
struct totals totals_read(const char *directory);
void totals_free(struct totals *totals);

/* The number of waits. */
uint64_t totals_waits(const struct stats_operation *operation);
/* Nothing was ever counted. */
bool totals_are_zero(const struct stats_operation *operation);
/* The user's name, or the number of a user without a name. Valid until the next call. */
const char *totals_user(uint32_t user);

#endif
