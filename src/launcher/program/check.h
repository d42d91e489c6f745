/*
 * --check: shows which calls of a command would be bounded. Cold.
 */
#ifndef LAUNCHER_PROGRAM_CHECK_H
#define LAUNCHER_PROGRAM_CHECK_H

#include <stdbool.h>

/*
 * Examine command without running command, and print the findings to stdout, the verdict last. Returns
 * 0: covered, 1: covered in part, 2: not covered. Dies where command cannot be examined: with 127 or
 * 126 where an execution would fail so, with 125 for a program that cannot be read. outside: programs
 * without the library may be bounded from outside. The caller checks
 * ferror(stdout).
 */
int check(const char *command, bool outside);

#endif
