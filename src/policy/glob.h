/*
 * Globs, of program names, file names and socket names. Owns no state; any path; async-signal-safe
 * (fnmatch(3) is neither that nor independent of the locale).
 *
 *   *        any bytes but `/`, none included
 *   **       any bytes
 *   ?        one byte but `/`
 *   [a-c_]   one byte of these; [!…] or [^…] one that is none of these; never `/`
 *   \c       c itself
 */
#ifndef POLICY_GLOB_H
#define POLICY_GLOB_H

#include <stdbool.h>
#include <stddef.h>

/* What has to carry a backslash in a glob where it stands for itself, in brackets or out of them. */
#define GLOB_SPECIAL "*?[]\\-!^"

/* Whether the glob matches all of text. Its brackets are closed and no backslash ends it. Time
 * grows with the square of the text's length at worst, for each byte of the glob. */
bool glob_matches(const char *glob, size_t glob_length, const char *text, size_t length);

/* Whether a bracket that was opened at glob[0] is closed by glob[at], an unescaped `]`: not where
 * it is the first of the bytes in it. */
bool glob_closes(const char *glob, size_t at);

#endif
