/*
 * The names of the socket API's constants (AF_, SOCK_, MSG_, SO_, … and errno): value to name and
 * name to value, from the reviewable lists beside this file (lists/FAMILY.list; how to read them
 * is said in scripts/constants-lists.awk). Constant tables; cold.
 *
 * All functions here are async-signal-safe, allocate nothing and leave errno alone. A family is
 * one of the enumerators below CONSTANTS_FAMILY_COUNT; anything else has an empty list.
 */
#ifndef CONSTANTS_CONSTANTS_H
#define CONSTANTS_CONSTANTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum constant_family {
	CONSTANTS_AF,
	CONSTANTS_SOCK,       /* socket types */
	CONSTANTS_SOCK_FLAGS, /* SOCK_CLOEXEC, SOCK_NONBLOCK */
	CONSTANTS_SOL,
	CONSTANTS_SO,
	CONSTANTS_SCM,
	CONSTANTS_MSG,
	CONSTANTS_IPPROTO,
	CONSTANTS_IPPORT,
	CONSTANTS_INADDR, /* in host byte order */
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

/* Room for a name with its NUL; that the names fit is asserted at compile time. */
#define CONSTANTS_NAME_SIZE 39

/*
 * The name is an array, not a pointer: six hundred pointers would be six hundred relocations, done
 * in every process that the library is loaded into, on pages that are then no longer shared.
 */
struct constant {
	char name[CONSTANTS_NAME_SIZE];
	/* Found by its name, but no name for its value: what is named like the family without being
	 * one of it, as IP_PMTUDISC_DO (a value of an option among options) and AF_MAX (an extent). */
	bool aside;
	int64_t value;
};

/* The list of a family, in the order of the list file; stores its length. Never NULL. */
const struct constant *constants_of(enum constant_family family, size_t *count);
/* The (first, preferred) name of value, or NULL; never one that is aside. */
const char *constants_name(enum constant_family family, int64_t value);
/* Find a name (exactly length bytes, case matters) in a family, also one that is aside; false where
 * there is none, and *value is then unchanged. */
bool constants_value(enum constant_family family, const char *name, size_t length,
		     int64_t *value);
/* Put the name of value, or the number where it has none: as 0x… in the families of bits
 * (SOCK_FLAGS, MSG, AI, NI) and addresses (INADDR), in decimal in the others. */
void constants_put(struct text *text, enum constant_family family, int64_t value);
/* Put flags as NAME|NAME|0xrest, in the order of the list; 0 puts "0". An int that may be negative
 * is cast to unsigned by the caller, or its sign fills the rest. */
void constants_put_flags(struct text *text, enum constant_family family, uint64_t flags);
/* A socket type with its flags: SOCK_STREAM|SOCK_CLOEXEC. */
void constants_put_socket_type(struct text *text, int type);

#endif
