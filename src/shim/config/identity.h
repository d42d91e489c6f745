/*
 * The user and the control group of this process, which `user` and `unit` in rules are compared with.
 * Cold. Async-signal-safe; errno is unchanged.
 */
#ifndef SHIM_CONFIG_IDENTITY_H
#define SHIM_CONFIG_IDENTITY_H

#include "policy/policy.h"

/* Fill in the user, as /etc/passwd names it, and the control group (cgroups(7)). The names stay valid
 * until the next call; NULL: unknown. Reads two files. */
void identity_find(struct policy_program *program);

#endif
