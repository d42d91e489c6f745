/*
 * Formats a call and the socket it is on. Cold: once a line of the log.
 */
#include "config.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#include "constants/constants.h"
#include "shim/describe.h"
#include "shim/kernel.h"

static void put_ipv4(struct text *text, const unsigned char octet[4])
{
	for (unsigned int i = 0; i < 4; i++) {
		if (i != 0)
			text_put_char(text, '.');
		text_put_unsigned(text, octet[i]);
	}
}

static void put_hexadecimal(struct text *text, unsigned int value)
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
		put_hexadecimal(text, group[i]);
	}
}

static void put_unix(struct text *text, const struct sockaddr *address, socklen_t length)
{
	const struct sockaddr_un *local = (const struct sockaddr_un *)(const void *)address;
	size_t count = length - offsetof(struct sockaddr_un, sun_path);

	if (count > sizeof local->sun_path)
		count = sizeof local->sun_path;
	if (local->sun_path[0] == '\0') {
		text_put_char(text, '@');
		text_put_escaped(text, local->sun_path + 1, count - 1);
	} else {
		text_put_escaped(text, local->sun_path, strnlen(local->sun_path, count));
	}
}

void describe_host(struct text *text, int family, const void *address)
{
	if (family == AF_INET)
		put_ipv4(text, address);
	else if (family == AF_INET6)
		put_ipv6(text, address);
}

void describe_address(struct text *text, const struct sockaddr *address, socklen_t length)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)address;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)address;

	if (length < sizeof address->sa_family)
		return;
	if (address->sa_family == AF_INET && length >= sizeof *in) {
		put_ipv4(text, (const unsigned char *)&in->sin_addr);
		text_put_char(text, ':');
		text_put_unsigned(text, ntohs(in->sin_port));
	} else if (address->sa_family == AF_INET6 && length >= sizeof *in6) {
		text_put_char(text, '[');
		put_ipv6(text, &in6->sin6_addr);
		text_put_string(text, "]:");
		text_put_unsigned(text, ntohs(in6->sin6_port));
	} else if (address->sa_family == AF_UNIX &&
		   length > offsetof(struct sockaddr_un, sun_path)) {
		put_unix(text, address, length);
	}
}

static void put_option(struct text *text, int fd, int option, enum constant_family family)
{
	int value;

	text_put_string(text, ", ");
	if (kernel_socket_option(fd, option, &value) != 0)
		text_put_char(text, '?');
	else if (family == CONSTANTS_SOCK)
		constants_put_socket_type(text, value);
	else
		constants_put(text, family, value);
}

void describe_call(struct text *text, const struct gate *gate)
{
	struct sockaddr_storage storage;
	const struct sockaddr *address = gate->address;
	socklen_t length = gate->address_length;
	size_t before;

	text_put_string(text, call_name(gate->call));
	text_put_char(text, '(');
	text_put_signed(text, gate->fd);
	put_option(text, gate->fd, SO_DOMAIN, CONSTANTS_AF);
	put_option(text, gate->fd, SO_TYPE, CONSTANTS_SOCK);
	put_option(text, gate->fd, SO_PROTOCOL, CONSTANTS_IPPROTO);
	if (address == NULL) {
		/* A listener has no other side; it is known by its own address. */
		const bool peer = gate->operation != OPERATION_ACCEPT;

		address = (const struct sockaddr *)&storage;
		if (kernel_address(gate->fd, peer, &storage, &length) != 0 &&
		    kernel_address(gate->fd, false, &storage, &length) != 0)
			length = 0;
	}
	before = text->length;
	text_put_string(text, ", ");
	describe_address(text, address, length);
	/* Without an address, no comma for it. */
	if (text->length == before + 2) {
		text->length = before;
		text->start[before] = '\0';
	}
	text_put_char(text, ')');
}
