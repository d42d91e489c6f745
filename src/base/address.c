/*
 * Splits addresses and prints them. Cold; owns no state.
 */
#include "base/address.h"

#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/un.h>

static void put_ipv4(struct text *text, const unsigned char octet[4])
{
	for (unsigned int i = 0; i < 4; i++) {
		if (i != 0)
			text_put_char(text, '.');
		text_put_unsigned(text, octet[i]);
	}
}

static void put_group(struct text *text, unsigned int value)
{
	bool begun = false;

	for (int shift = 12; shift >= 0; shift -= 4) {
		const unsigned int digit = value >> shift & 15u;

		begun = begun || digit != 0 || shift == 0;
		if (begun)
			text_put_char(text, "0123456789abcdef"[digit]);
	}
}

/* RFC 5952: lower case, no leading zeros, the first longest run of zero groups (two or more) as
 * "::". */
static void put_ipv6(struct text *text, const struct in6_addr *address)
{
	unsigned int group[8], best = 8, best_length = 1;

	if (IN6_IS_ADDR_V4MAPPED(address)) {
		text_put_string(text, "::ffff:");
		put_ipv4(text, address->s6_addr + 12);
		return;
	}
	for (unsigned int i = 0; i < 8; i++)
		group[i] = (unsigned int)address->s6_addr[2 * i] << 8 |
			   address->s6_addr[2 * i + 1];
	for (unsigned int i = 0; i < 8; i++) {
		unsigned int length = 0;

		while (i + length < 8 && group[i + length] == 0)
			length++;
		if (length > best_length) {
			best = i;
			best_length = length;
		}
	}
	for (unsigned int i = 0; i < 8; i++) {
		if (i == best) {
			text_put_string(text, "::");
			i += best_length - 1;
			continue;
		}
		if (i != 0 && i != best + best_length)
			text_put_char(text, ':');
		put_group(text, group[i]);
	}
}

void address_put_host(struct text *text, int family, const void *host)
{
	if (family == AF_INET)
		put_ipv4(text, host);
	else if (family == AF_INET6)
		put_ipv6(text, host);
}

static void take_unix_apart(struct address_parts *parts, const struct sockaddr_un *address,
			    socklen_t length)
{
	size_t count = length - offsetof(struct sockaddr_un, sun_path);

	if (count > sizeof address->sun_path)
		count = sizeof address->sun_path;
	parts->family = AF_UNIX;
	parts->abstract = address->sun_path[0] == '\0';
	parts->name = address->sun_path + (parts->abstract ? 1 : 0);
	parts->name_length = parts->abstract ? count - 1 : strnlen(address->sun_path, count);
}

struct address_parts address_parts(const struct sockaddr *address, socklen_t length)
{
	struct address_parts parts = {.family = AF_UNSPEC};
	const void *const any = address;
	const struct sockaddr_in *const in = any;
	const struct sockaddr_in6 *const in6 = any;

	if (length < sizeof address->sa_family)
		return parts;
	if (address->sa_family == AF_INET && length >= sizeof *in) {
		parts.family = AF_INET;
		parts.host = &in->sin_addr;
		parts.port = ntohs(in->sin_port);
	} else if (address->sa_family == AF_INET6 && length >= sizeof *in6) {
		parts.family = AF_INET6;
		parts.host = &in6->sin6_addr;
		parts.port = ntohs(in6->sin6_port);
	} else if (address->sa_family == AF_UNIX &&
		   length > offsetof(struct sockaddr_un, sun_path)) {
		take_unix_apart(&parts, any, length);
	}
	return parts;
}

void address_put(struct text *text, const struct sockaddr *address, socklen_t length)
{
	const struct address_parts parts = address_parts(address, length);

	switch (parts.family) {
	case AF_INET:
	case AF_INET6:
		text_put_string(text, parts.family == AF_INET6 ? "[" : "");
		address_put_host(text, parts.family, parts.host);
		text_put_string(text, parts.family == AF_INET6 ? "]:" : ":");
		text_put_unsigned(text, parts.port);
		break;
	case AF_UNIX:
		text_put_string(text, parts.abstract ? "@" : "");
		text_put_escaped(text, parts.name, parts.name_length);
		break;
	default:
		break;
	}
}
