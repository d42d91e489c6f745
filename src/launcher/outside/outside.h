/*
 * Bounds the waits of processes from outside. Looks at them from time to time, and ends what has
 * waited for too long. The caller looks when outside_next says so; nothing happens between.
 */
#ifndef LAUNCHER_OUTSIDE_OUTSIDE_H
#define LAUNCHER_OUTSIDE_OUTSIDE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Begin. SPEC (NULL: rules alone bound), the rules and the settings of the log are as the library
 * would read them from the environment. Dies (125) where they cannot be applied from outside, or
 * where the kernel permits nothing. */
void outside_begin(const char *spec);

/* Which processes are looked at, with their descendants: the launcher's children (the default); the
 * process of that pid; all processes. outside_add returns 0; -ESRCH; or -EPERM where the process may
 * not be traced. *exempt: the library bounds it. */
int outside_add(pid_t pid, bool *exempt);
void outside_add_all(void);

/* Whether SPEC or any rule bounds anything. */
bool outside_has_limits(void);

/* When to look next, on CLOCK_MONOTONIC. */
int64_t outside_next(void);
void outside_look(void);

/* How many processes are known. */
size_t outside_count(void);
/* The launcher was stopped, with those that it looks at: no silence counts from before. */
void outside_resumed(void);
/* Whether any wait was ended. */
bool outside_has_failed(void);
/* Read the file of the rules again. */
void outside_reload(void);
/* Take back what is set on sockets. */
void outside_end(void);

#endif
