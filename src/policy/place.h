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
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/text.h"
#include "policy/rule_value.h"

/* A rule's `to`. Returns 0, or -EINVAL or -ERANGE with *error filled in. */
int place_parse(struct rule_value value, char **strings, struct rule_place *place,
		struct rule_error *error);
void place_put(struct text *text, const struct rule_place *place);

/* An address as the rules look at it, read once for all of them. */
struct place_address {
	int family;                /* AF_UNSPEC: none of those that have rules */
	const unsigned char *ipv4; /* of AF_INET6 where it is mapped; NULL: there is none */
	const unsigned char *ipv6;
	uint16_t port; /* of AF_INET and AF_INET6 */
	size_t name_length;
	char name[sizeof((struct sockaddr_un *)NULL)->sun_path]; /* of AF_UNIX, with @ */
};

/* Read the address, which *read points into. One that is shorter than its family's is of none. */
void place_read(struct place_address *read, const struct sockaddr *address, socklen_t length);
/* Whether the address is in place. */
bool place_holds(const struct rule_place *place, const struct place_address *address);
/* Whether an address of a socket of that family can be. */
bool place_can_hold(const struct rule_place *place, int family);

#endif
