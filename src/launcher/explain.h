/*
 * --explain and --print-policy: show the effect of the rules, and the rules. Cold.
 */
#ifndef LAUNCHER_EXPLAIN_H
#define LAUNCHER_EXPLAIN_H

/*
 * Print the rules and the timeouts that apply to a call. operation: a name. place: ADDRESS:PORT,
 * [V6]:PORT, either with udp: before, unix:PATH or unix:@NAME; NULL with `resolve`. spec: NULL means
 * the SPEC of the environment. program: a command; NULL means any. Dies (125) of a mistake in the
 * arguments. The caller checks ferror(stdout).
 */
void explain(const char *operation, const char *place, const char *spec, const char *program);

/* Print all rules in their order, in the grammar of rules. SPEC and the place of each rule are printed
 * as comments. */
void explain_policy(const char *spec);

#endif
