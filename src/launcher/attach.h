/*
 * --attach: bounds processes that run already. Cold.
 */
#ifndef LAUNCHER_ATTACH_H
#define LAUNCHER_ATTACH_H

/*
 * Bound the waits of the processes that targets names, "PID[,PID]…" or "all", and of their
 * descendants, from outside, by SPEC (NULL: by rules alone). Ends with 0 when none of them is left,
 * and after SIGTERM; by the signal after another signal that ends a process. After SIGHUP the rules are
 * read again. Tells a service manager, if there is one, when it begins, reads again and ends
 * (sd_notify(3)). Dies (125) where targets is wrong or a process is not there or must not be traced.
 */
_Noreturn void attach(const char *targets, const char *spec);

#endif
