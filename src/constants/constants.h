/*
 * The names of the socket API's constants (AF_, SOCK_, MSG_, SO_, … and errno): value to name and
 * name to value, from the reviewable lists beside this file. Constant tables; cold.
 * Async-signal-safe; allocates nothing.
 */
#ifndef CONSTANTS_CONSTANTS_H
#define CONSTANTS_CONSTANTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum constant_family {
	CONSTANTS_AF,
	CONSTANTS_SOCK,     /* socket types */
	CONSTANTS_SOCK_FLAGS, /* SOCK_CLOEXEC, SOCK_NONBLOCK */
	CONSTANTS_SOL,
	CONSTANTS_SO,
	CONSTANTS_SCM,
	CONSTANTS_MSG,
	CONSTANTS_IPPROTO,
	CONSTANTS_IPPORT,
	CONSTANTS_INADDR,
	CONSTANTS_IP,
	CONSTANTS_IPV6,
	CONSTANTS_TCP,
	CONSTANTS_EAI,
	CONSTANTS_AI,
	CONSTANTS_NI,
	CONSTANTS_SOMAXCONN,
	CONSTANTS_ERRNO,
	CONSTANTS_FAMILY_COUNT
};

struct constant {
	const char *name;
	int64_t value;
};

/* The list of a family, in the order of the list file; stores its length. */
const struct constant *constants_of(enum constant_family family, size_t *count);
/* The (first, preferred) name of value, or NULL. */
const char *constants_name(enum constant_family family, int64_t value);
/* Find a name (exactly length bytes) in a family; false where there is none. */
bool constants_value(enum constant_family family, const char *name, size_t length,
                     int64_t *value);
/* Put the name of value, or the number where it has none (as 0x… for what looks like bits). */
void constants_put(struct text *text, enum constant_family family, int64_t value);
/* Put flags as NAME|NAME|0xrest; 0 puts "0". */
void constants_put_flags(struct text *text, enum constant_family family, uint64_t flags);
/* A socket type with its flags: SOCK_STREAM|SOCK_CLOEXEC. */
void constants_put_socket_type(struct text *text, int type);

#endif
