/*
 * Converts between values and names of the socket API's constants (AF_, SOCK_, MSG_, SO_, … and
 * errno). The tables are made from lists/FAMILY.list; scripts/constants-lists.awk describes the
 * format of the lists. Constant tables; cold.
 *
 * All functions here are async-signal-safe, allocate nothing and keep errno. A family is one of the
 * enumerators before CONSTANTS_FAMILY_COUNT; any other value has an empty list.
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
	CONSTANTS_NETLINK,
	CONSTANTS_PACKET,
	CONSTANTS_VMADDR,
	CONSTANTS_CAN,
	CONSTANTS_J1939,
	CONSTANTS_TIPC,
	CONSTANTS_ALG,
	CONSTANTS_ERRNO,
	CONSTANTS_FAMILY_COUNT
};

/* The size of a name with its NUL; a static assertion checks that all names fit. */
#define CONSTANTS_NAME_SIZE 39

/*
 * The name is an array, not a pointer: a thousand pointers would need a thousand relocations in
 * every process that loads the library, and pages with relocations are not shared.
 */
struct constant {
	char name[CONSTANTS_NAME_SIZE];
	/* The name gives the value, but the value does not give the name: the name has the prefix of
	 * the family, but is not a member, as IP_PMTUDISC_DO (an option's value) and AF_MAX. */
	bool aside;
	int64_t value;
};

/* The constants of a family, in the order of the list file; stores their number. Never NULL. */
const struct constant *constants_of(enum constant_family family, size_t *count);
/* The preferred (first) name of value, or NULL; not a constant that is aside. */
const char *constants_name(enum constant_family family, int64_t value);
/* Store the value of a name (exactly length bytes, case-sensitive) in a family, also of one that is
 * aside. Returns false and leaves *value unchanged if there is no such name. */
bool constants_value(enum constant_family family, const char *name, size_t length,
		     int64_t *value);
/* Put the name of value. A value without a name is put as a number: as 0x… in the families of bits
 * (SOCK_FLAGS, MSG, AI, NI) and of addresses (INADDR), in decimal in the others. */
void constants_put(struct text *text, enum constant_family family, int64_t value);
/* Put flags as NAME|NAME|0xrest, in the order of the list; 0 puts "0". The caller casts an int that
 * may be negative to unsigned, because sign extension would set more bits. */
void constants_put_flags(struct text *text, enum constant_family family, uint64_t flags);
/* A socket type with its flags: SOCK_STREAM|SOCK_CLOEXEC. */
void constants_put_socket_type(struct text *text, int type);

#endif
