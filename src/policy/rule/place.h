/*
 * `to` in rules: a block of addresses or a glob of AF_UNIX names. Parsing and printing are cold,
 * matching is not. Owns no state. Async-signal-safe; allocates nothing; keeps errno.
 *
 * 10.0.0.0/8 and ::ffff:10.0.0.0/104 are the same block, which is stored as AF_INET. The address
 * ::ffff:10.0.0.1 of an IPv6 socket is in that block.
 */
#ifndef POLICY_RULE_PLACE_H
#define POLICY_RULE_PLACE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/text.h"
#include "policy/rule/rule_value.h"

/* Parse the value of `to`. Returns 0, or -EINVAL or -ERANGE with *error filled in. */
int place_parse(struct rule_value value, char **strings, struct rule_place *place,
		struct rule_error *error);
void place_put(struct text *text, const struct rule_place *place);

/* An address in the form that rules compare, made once for all rules. */
struct place_address {
	int family;                /* AF_UNSPEC: rules cannot name addresses of this family */
	const unsigned char *ipv4; /* also of a mapped AF_INET6 address; else NULL */
	const unsigned char *ipv6;
	uint16_t port; /* of AF_INET and AF_INET6 */
	size_t name_length;
	char name[sizeof((struct sockaddr_un *)NULL)->sun_path]; /* of AF_UNIX, with @ */
};

/* Read the address; *read points into it. A truncated address gives AF_UNSPEC. */
void place_read(struct place_address *read, const struct sockaddr *address, socklen_t length);
/* The address is in the block, or the glob matches it. */
bool place_holds(const struct rule_place *place, const struct place_address *address);
/* A socket of this family can have such an address. */
bool place_can_hold(const struct rule_place *place, int family);

#endif
