/*
 * What rules would do, for people: --explain and --print-policy. Cold.
 */
#ifndef LAUNCHER_EXPLAIN_H
#define LAUNCHER_EXPLAIN_H

/*
 * Print which rules and which timeouts a call has: operation by its name; place is ADDRESS:PORT,
 * [V6]:PORT, udp:… of these, unix:PATH or unix:@NAME, NULL with `resolve`; spec may be NULL, then the
 * environment's counts; program is a command, or NULL for any. Dies (125) of what is wrong in these.
 * Errors of output are left to ferror(stdout).
 */
void explain(const char *operation, const char *place, const char *spec, const char *program);

/* Print all rules in their order as rules, with their places as comments, and SPEC as one. */
void explain_policy(const char *spec);

#endif
