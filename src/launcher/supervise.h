/*
 * --fail, and COMMAND bounded from outside: COMMAND as a child, and its end as this process's own.
 * Cold.
 */
#ifndef LAUNCHER_SUPERVISE_H
#define LAUNCHER_SUPERVISE_H

#include <stdbool.h>

/*
 * Execute COMMAND in a child of the same process group, hand it the signals that come to this
 * process alone, stop and continue with it, and end as it does: with its status; by the signal
 * that killed it; or, with fail, with 124 where it ended with 0 although a wait timed out in it or in
 * what it started. With outside (outside_begin was called), the waits of the child and of its
 * descendants are bounded until the child ends; orphans among them become this process's children.
 * Dies (125) where there is no child, or no file for it to tell of timeouts by.
 */
_Noreturn void supervise(char *const command[], bool fail, bool outside);

#endif
