/*
 * Mistakes at the command line: which word was probably meant. Cold.
 */
#ifndef LAUNCHER_WORDS_H
#define LAUNCHER_WORDS_H

#include <getopt.h>
#include <stdbool.h>

/* The name of the option (of options, which end with a NULL name) that is most like word; NULL: none is.
 * word may have `=VALUE`. */
const char *words_nearest(const char *word, const struct option *options);

/* word stands where SPEC is expected, is none, and is the name of a command. */
bool words_is_command(const char *word);

#endif
