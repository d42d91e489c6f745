/*
 * What rules would do, for people: --explain and --print-policy. Cold.
 */
#ifndef LAUNCHER_EXPLAIN_H
#define LAUNCHER_EXPLAIN_H

#include <stdbool.h>

/* The process whose call is explained; NULL: any. */
struct explain_process {
	const char *program; /* a command */
	const char *user;    /* a name or a number */
	const char *unit;    /* of systemd, or the path of a control group */
};

/*
 * Print which rules and which timeouts a call has: operation by its name; place is HOST:PORT,
 * ADDRESS:PORT, [V6]:PORT, udp:… of these, unix:PATH or unix:@NAME; with `resolve` a name, or NULL for
 * any; spec may be NULL, then the environment's counts. Of a host, each address is explained. Dies
 * (125) of what is wrong in these. Errors of output are left to ferror(stdout).
 */
void explain(const char *operation, const char *place, const char *spec,
	     const struct explain_process *process);

/* The argument behind `resolve` is a name to look up, not SPEC; it may be NULL. */
bool explain_takes_name(const char *argument);

/* Print all rules in their order as rules, with their places as comments, and SPEC as one. */
void explain_policy(const char *spec);

#endif
