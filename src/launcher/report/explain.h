/*
 * --explain and --print-policy: show the effect of the rules, and the rules. Cold.
 */
#ifndef LAUNCHER_REPORT_EXPLAIN_H
#define LAUNCHER_REPORT_EXPLAIN_H

#include <stdbool.h>

/* The process whose call is explained; NULL: any. */
struct explain_process {
	const char *program; /* a command */
	const char *user;    /* a name or a number */
	const char *unit;    /* of systemd, or the path of a control group */
};

/*
 * Print the rules and the timeouts that apply to a call. operation: a name. place: HOST:PORT,
 * ADDRESS:PORT, [V6]:PORT, each with udp: before, unix:PATH or unix:@NAME; with `resolve` a name; NULL
 * means any name. spec: NULL means the SPEC of the environment. Of a host, each address is explained.
 * Dies (125) of a mistake in the arguments. The caller checks ferror(stdout).
 */
void explain(const char *operation, const char *place, const char *spec,
	     const struct explain_process *process);

/* The argument behind `resolve` is a name to look up, not SPEC; it may be NULL. */
bool explain_takes_name(const char *argument);

/* Print all rules in their order, in the grammar of rules. SPEC and the place of each rule are printed
 * as comments. */
void explain_policy(const char *spec);

#endif
