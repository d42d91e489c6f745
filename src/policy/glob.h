/*
 * Globs for program names, file names and socket names. Owns no state. Async-signal-safe and
 * independent of the locale, which fnmatch(3) is not.
 *
 *   *        any number of bytes other than `/`, also none
 *   **       any number of bytes
 *   ?        one byte other than `/`
 *   [a-c_]   one of these bytes; [!…] or [^…] one of the other bytes; never `/`
 *   \c       c itself
 */
#ifndef POLICY_GLOB_H
#define POLICY_GLOB_H

#include <stdbool.h>
#include <stddef.h>

/* The characters that need a backslash in a glob if they are meant literally. */
#define GLOB_SPECIAL "*?[]\\-!^"

/* The glob matches the whole text. The glob's brackets must be closed, and it must not end in a
 * backslash. The time is at most proportional to glob_length * length * length. */
bool glob_matches(const char *glob, size_t glob_length, const char *text, size_t length);

/* glob[at], an unescaped `]`, closes the bracket that glob[0] opens. As the first byte in the
 * bracket it does not. */
bool glob_closes(const char *glob, size_t at);

#endif
