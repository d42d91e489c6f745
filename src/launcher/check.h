/*
 * --check: what of a command would be bounded, for a person. Cold.
 */
#ifndef LAUNCHER_CHECK_H
#define LAUNCHER_CHECK_H

#include <stdbool.h>

/*
 * Print to stdout what can be known about command without running it, its verdict last. Returns 0
 * where it is covered, 1 where in part, 2 where not at all. Dies where that cannot be told: with
 * 127 or 126, as its execution would, with 125 for a program that cannot be read. outside: what
 * the library does not get into may be bounded from outside. Errors of the output are left to
 * ferror(stdout).
 */
int check(const char *command, bool outside);

#endif
