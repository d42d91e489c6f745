/*
 * Whether the kernel would say AT_SECURE (getauxval(3)) to a program, for which the dynamic linker
 * ignores LD_PRELOAD and the library its environment. Cold.
 */
#ifndef LAUNCHER_PRIVILEGES_H
#define LAUNCHER_PRIVILEGES_H

#include <stdbool.h>

/* What makes the file a program with other privileges than this process's, in words ("is
 * set-user-ID root"), from malloc; NULL where nothing does, or where it is not there. */
char *privileges_of(const char *file);

/* Whether this process may trace programs with other privileges than its own: CAP_SYS_PTRACE. */
bool privileges_may_trace(void);

#endif
