/*
 * `to` in rules: a block of addresses or a glob of AF_UNIX names. Parsing and printing are cold,
 * asking is not. Owns no state. As rule.h says of all of it: async-signal-safe, allocates nothing,
 * leaves errno alone.
 *
 * 10.0.0.0/8 and ::ffff:10.0.0.0/104 are the same block, which is kept as AF_INET's, and an IPv6
 * socket's ::ffff:10.0.0.1 is in it.
 */
#ifndef POLICY_PLACE_H
#define POLICY_PLACE_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/text.h"
#include "policy/rule_value.h"

/* A rule's `to`. Returns 0, or -EINVAL or -ERANGE with *error filled in. */
int place_parse(struct rule_value value, char **strings, struct rule_place *place,
		struct rule_error *error);
void place_put(struct text *text, const struct rule_place *place);

/* Whether the address is in place. */
bool place_holds(const struct rule_place *place, const struct sockaddr *address,
		 socklen_t length);
/* Whether an address of a socket of that family can be. */
bool place_can_hold(const struct rule_place *place, int family);

#endif
