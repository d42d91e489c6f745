/*
 * The rules that --rule and --config give, with those that the environment and the system's file
 * have: for COMMAND's environment, and for who wants to see them. Cold; allocates.
 */
#ifndef LAUNCHER_RULES_H
#define LAUNCHER_RULES_H

#include <stdbool.h>

#include "policy/policy.h"

/* --rule=RULE; in their order, before those of SOCKTIMEOUT_RULES. */
void rules_add(const char *rule);
/* --config=FILE: instead of SOCKTIMEOUT_CONFIG and of the system's file; empty or off: none. */
void rules_use_file(const char *given);

/* Set SOCKTIMEOUT_RULES and SOCKTIMEOUT_CONFIG, or die (125) and say what is wrong in them. */
void rules_apply(void);

/* What of all rules concerns the program (NULL: any); never freed. Dies (125) where a rule is wrong,
 * but for those of the system's file: they are then told to be, and left out, as the library does
 * it. */
const struct policy *rules_build(const struct policy_program *program);

/* The path of the file of rules that is in force after rules_apply; NULL: none. The same pointer
 * each time. */
const char *rules_file(void);
/* Whether that path is the system's own file. */
bool rules_file_is_systems(const char *path);
/* Read the file at that path. Returns whether it was read: its text is from malloc. What is wrong is
 * said on stderr, or is died of (125) where that is fatal and the file is not the system's; no
 * file at all is an error for neither the system's file nor where it is not fatal. */
bool rules_read_file(const char *path, bool fatal, struct policy_source *source);

#endif
