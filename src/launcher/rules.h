/*
 * The rules of --rule and --config, of the environment and of the system's policy file: checked, put
 * into COMMAND's environment, or built for display. Cold; allocates.
 */
#ifndef LAUNCHER_RULES_H
#define LAUNCHER_RULES_H

#include <stdbool.h>

#include "policy/policy.h"

/* --rule=RULE. The rules keep their order, and come before the rules of SOCKTIMEOUT_RULES. */
void rules_add(const char *rule);
/* --config=FILE, in place of SOCKTIMEOUT_CONFIG and the system's file. "" or off: no file. */
void rules_use_file(const char *given);

/* Set SOCKTIMEOUT_RULES and SOCKTIMEOUT_CONFIG, or die (125) with the mistake in them. */
void rules_apply(void);

/* Build the policy of all rules for the program (NULL: any); never freed. Dies (125) of a wrong rule.
 * A wrong rule in the system's file is reported instead, and the file is left out, as in the library. */
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
