/*
 * Whether the kernel would set AT_SECURE (getauxval(3)) for a program. For such a program the dynamic
 * linker ignores LD_PRELOAD, and the library ignores the environment. Cold.
 */
#ifndef LAUNCHER_PROGRAM_PRIVILEGES_H
#define LAUNCHER_PROGRAM_PRIVILEGES_H

#include <stdbool.h>

/* Why the file would run with other privileges than this process, in words ("is set-user-ID root"),
 * from malloc. NULL: the same privileges, or no such file. */
char *privileges_of(const char *file);

/* Whether this process may trace programs with other privileges than its own: CAP_SYS_PTRACE. */
bool privileges_may_trace(void);

#endif
