/*
 * The names of the counters' files: PROGRAM.UID.stats, where PROGRAM is the name under which
 * the program was started, without directories, cut to STATS_NAME_LIMIT bytes. A leading '.' and all bytes other than letters,
 * digits, '-', '_', '+' and '.' become %XX. Cold. Async-signal-safe.
 */
#ifndef STATS_NAME_H
#define STATS_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

#define STATS_DIRECTORY_EXPECTED "an absolute path"
/* directory is an absolute path, and not too long. */
bool stats_directory_is_good(const char *directory);

/* The length of a program's name in bytes. */
#define STATS_NAME_LIMIT 64
/* The size of a file name, with its NUL. */
#define STATS_FILE_NAME_SIZE (3 * STATS_NAME_LIMIT + sizeof ".4294967295.stats")

/* Put the file name for a program (count bytes, without directories) and a user. */
void stats_name_put(struct text *text, const char *program, size_t count, uint32_t user);

/* Store the user in a file name; false if stats_name_put does not make such a name. */
bool stats_name_user(const char *name, uint32_t *user);
/* Store the program in a file name, with a NUL. Other users can choose the name: do not trust it. */
bool stats_name_program(const char *name, char program[STATS_NAME_LIMIT + 1]);

#endif
