/*
 * Socket addresses as text. Cold. Async-signal-safe; allocates nothing; keeps errno.
 */
#ifndef BASE_ADDRESS_H
#define BASE_ADDRESS_H

#include <sys/socket.h>

#include "base/text.h"

/*
 * Parse exactly length bytes: four decimal numbers without leading zeros, as for inet_pton(3), or an
 * IPv6 address (RFC 4291, 2.2), also with an IPv4 address at the end, without zone. Independent of
 * the locale. Stores AF_INET or AF_INET6 and 4 or 16 octets in network order, and returns 0; or
 * returns -EINVAL and stores the offset of the first wrong byte in *where.
 */
int address_parse(const char *text, size_t length, int *family, unsigned char octet[16],
		  size_t *where);

/* Put a struct in_addr or in6_addr: 10.0.0.1, ::1 (RFC 5952). Puts nothing for another family. */
void address_put_host(struct text *text, int family, const void *host);
/* Put 10.0.0.1:5432, [::1]:80, /run/x.sock or @abstract (escaped). Puts nothing for an AF_UNIX
 * address without a name, another family, and a truncated address. */
void address_put(struct text *text, const struct sockaddr *address, socklen_t length);

/* The parts of an address. */
struct address_parts {
	int family;       /* AF_INET, AF_INET6, AF_UNIX; AF_UNSPEC: there is nothing to print */
	const void *host; /* for address_put_host */
	unsigned int port;
	const char
		*name; /* AF_UNIX: the path, or the bytes after the NUL of an abstract name */
	size_t name_length;
	bool abstract;
};

/* Split the address; the pointers in the result point into it. */
struct address_parts address_parts(const struct sockaddr *address, socklen_t length);

#endif
