/*
 * Owns the tables of constants, and searches them linearly: for logs, the parser and the launcher.
 * Cold. scripts/generate-constants.awk makes constants/tables.h from the lists; that file uses the
 * macros AGREES to LIST of this file.
 */
#include "constants/constants.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>

#include "constants/numbering.h"

/* glibc warns by this macro of <sys/cdefs.h> of each use of a deprecated constant
 * (AI_IDN_ALLOW_UNASSIGNED). The tables only name these constants. */
#undef __glibc_macro_warning
#define __glibc_macro_warning(message)

struct list {
	const struct constant *constants;
	size_t count;
};

#define AGREES(name, listed)                                                                   \
	_Static_assert(!CONSTANTS_NUMBERED_AS_LISTED || (int64_t)(name) == (listed),           \
		       #name " is not " #listed " in the system's headers")
#define FITS(longest)                                                                          \
	_Static_assert(sizeof(longest) <= CONSTANTS_NAME_SIZE, longest " does not fit")
#define ALL_FAMILIES(listed)                                                                   \
	_Static_assert(CONSTANTS_FAMILY_COUNT == (listed), "not a list for each family")
#define LIST(family)                                                                           \
	[CONSTANTS_##family] = {family##_list, sizeof(family##_list) / sizeof(family##_list[0])}

#include "constants/tables.h"

/* The bits of a socket type without flags: SOCK_TYPE_MASK in the kernel's include/linux/net.h. */
#define SOCKET_TYPE_MASK 0xf

const struct constant *constants_of(enum constant_family family, size_t *count)
{
	if (family >= CONSTANTS_FAMILY_COUNT) {
		*count = 0;
		return lists[0].constants;
	}
	*count = lists[family].count;
	return lists[family].constants;
}

const char *constants_name(enum constant_family family, int64_t value)
{
	size_t count;
	const struct constant *constants = constants_of(family, &count);

	for (size_t i = 0; i < count; i++)
		if (constants[i].value == value && !constants[i].aside)
			return constants[i].name;
	return NULL;
}

bool constants_value(enum constant_family family, const char *name, size_t length,
		     int64_t *value)
{
	size_t count;
	const struct constant *constants = constants_of(family, &count);

	if (length >= CONSTANTS_NAME_SIZE)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (strlen(constants[i].name) == length &&
		    memcmp(constants[i].name, name, length) == 0) {
			*value = constants[i].value;
			return true;
		}
	}
	return false;
}

/* The values of family are sets of bits. */
static bool is_family_of_bits(enum constant_family family)
{
	switch (family) {
	case CONSTANTS_SOCK_FLAGS:
	case CONSTANTS_MSG:
	case CONSTANTS_AI:
	case CONSTANTS_NI:
	case CONSTANTS_INADDR:
		return true;
	default:
		return false;
	}
}

void constants_put(struct text *text, enum constant_family family, int64_t value)
{
	const char *name = constants_name(family, value);

	if (name != NULL)
		text_put_string(text, name);
	else if (is_family_of_bits(family))
		text_put_hex(text, (uint64_t)value);
	else
		text_put_signed(text, value);
}

void constants_put_flags(struct text *text, enum constant_family family, uint64_t flags)
{
	size_t count;
	const struct constant *constants = constants_of(family, &count);
	uint64_t rest = flags;

	for (size_t i = 0; i < count && rest != 0; i++) {
		uint64_t bits = (uint64_t)constants[i].value;

		/* The bits of an alias were removed by its preferred name. */
		if (constants[i].aside || bits == 0 || (rest & bits) != bits)
			continue;
		if (rest != flags)
			text_put_char(text, '|');
		text_put_string(text, constants[i].name);
		rest &= ~bits;
	}
	text_put_rest(text, flags, rest);
}

void constants_put_socket_type(struct text *text, int type)
{
	unsigned flags = (unsigned)type & ~(unsigned)SOCKET_TYPE_MASK;

	constants_put(text, CONSTANTS_SOCK, type & SOCKET_TYPE_MASK);
	if (flags != 0) {
		text_put_char(text, '|');
		constants_put_flags(text, CONSTANTS_SOCK_FLAGS, flags);
	}
}
