/*
 * Parses IPv4 and IPv6 addresses. Cold; owns no state.
 */
#include "base/address.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#define GROUPS 8

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Parse all bytes as four numbers; returns false and sets *where to the first wrong byte. */
static bool parse_ipv4(const char *text, size_t length, unsigned char octet[4], size_t *where)
{
	size_t at = 0;

	for (unsigned int i = 0; i < 4; i++) {
		unsigned int value = 0;
		size_t digits = 0;

		if (i > 0 && (at == length || text[at++] != '.')) {
			*where = at == length ? at : at - 1;
			return false;
		}
		while (at < length && text[at] >= '0' && text[at] <= '9') {
			const unsigned int more = value * 10 + (unsigned int)(text[at] - '0');

			if (more > 255 || (digits > 0 && value == 0))
				break;
			value = more;
			digits++;
			at++;
		}
		if (digits == 0) {
			*where = at;
			return false;
		}
		octet[i] = (unsigned char)value;
	}
	*where = at;
	return at == length;
}

/* The groups of an IPv6 address that have been read. */
struct groups {
	unsigned char octet[16];
	unsigned int count;
	unsigned int gap; /* the number of groups before "::"; over GROUPS: there is no "::" */
};

/* Read one group at *at, or an IPv4 address that ends the text. */
static bool read_group(struct groups *groups, const char *text, size_t length, size_t *at)
{
	size_t end = *at;
	unsigned int value = 0;

	while (end < length && end - *at < 4 && digit_value(text[end]) >= 0)
		value = value << 4 | (unsigned int)digit_value(text[end++]);
	if (end < length && text[end] == '.' && groups->count <= GROUPS - 2) {
		size_t inner = 0;
		const bool fits = parse_ipv4(text + *at, length - *at,
					     groups->octet + groups->count * 2, &inner);

		*at += inner;
		groups->count += 2;
		return fits;
	}
	if (end == *at)
		return false;
	groups->octet[groups->count * 2] = (unsigned char)(value >> 8);
	groups->octet[groups->count * 2 + 1] = (unsigned char)value;
	groups->count++;
	*at = end;
	return true;
}

static bool read_groups(struct groups *groups, const char *text, size_t length, size_t *at)
{
	if (length >= 2 && text[0] == ':' && text[1] == ':') {
		groups->gap = 0;
		*at = 2;
	}
	while (*at < length) {
		if (groups->count == GROUPS || !read_group(groups, text, length, at))
			return false;
		if (*at == length)
			break;
		if (text[*at] != ':')
			return false;
		++*at;
		if (*at < length && text[*at] == ':' && groups->gap > GROUPS) {
			groups->gap = groups->count;
			++*at;
		} else if (*at == length) {
			return false;
		}
	}
	/* "::" replaces at least one group of zeros. */
	return groups->gap > GROUPS ? groups->count == GROUPS : groups->count < GROUPS;
}

static bool parse_ipv6(const char *text, size_t length, unsigned char octet[16], size_t *where)
{
	struct groups groups = {.gap = GROUPS + 1};
	size_t before;

	*where = 0;
	if (!read_groups(&groups, text, length, where))
		return false;
	before = groups.gap > GROUPS ? sizeof groups.octet : (size_t)groups.gap * 2;
	memset(octet, 0, sizeof groups.octet);
	memcpy(octet, groups.octet, before);
	if (groups.gap <= GROUPS) {
		const size_t behind = (size_t)groups.count * 2 - before;

		memcpy(octet + 16 - behind, groups.octet + before, behind);
	}
	return true;
}

int address_parse(const char *text, size_t length, int *family, unsigned char octet[16],
		  size_t *where)
{
	const bool colon = memchr(text, ':', length) != NULL;

	*family = colon ? AF_INET6 : AF_INET;
	if (colon ? parse_ipv6(text, length, octet, where)
		  : parse_ipv4(text, length, octet, where))
		return 0;
	return -EINVAL;
}
