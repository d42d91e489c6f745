/*
 * The rules of --rule and --config, of the environment and of the system's policy file: checked, put
 * into COMMAND's environment, or built for display. Cold; allocates.
 */
#ifndef LAUNCHER_RULES_H
#define LAUNCHER_RULES_H

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

#endif
