/*
 * The names of the counters' files: PROGRAM.UID.stats, where PROGRAM is the base name of the
 * program's file. What is no letter, digit, '-', '_', '+' or '.' of it is %XX, a leading '.'
 * too; what is longer than STATS_NAME_LIMIT is cut. Cold. Async-signal-safe.
 */
#ifndef STATS_NAME_H
#define STATS_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

#define STATS_DIRECTORY_EXPECTED "an absolute path"
/* Whether directory is that, and not too long. */
bool stats_directory_is_good(const char *directory);

/* Bytes of a program's name. */
#define STATS_NAME_LIMIT 64
/* Room for the name of a file, with its NUL. */
#define STATS_FILE_NAME_SIZE (3 * STATS_NAME_LIMIT + sizeof ".4294967295.stats")

/* Put the file name for a program (count bytes, without directories) and user. */
void stats_name_put(struct text *text, const char *program, size_t count, uint32_t user);

/* The user of the file of that name; false where that is no name that stats_name_put puts. */
bool stats_name_user(const char *name, uint32_t *user);
/* And its program, with its NUL. The program is that of the file, not to be believed. */
bool stats_name_program(const char *name, char program[STATS_NAME_LIMIT + 1]);

#endif
