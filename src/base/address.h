/*
 * Socket addresses as text. Cold. Async-signal-safe; allocates nothing; leaves errno alone.
 */
#ifndef BASE_ADDRESS_H
#define BASE_ADDRESS_H

#include <sys/socket.h>

#include "base/text.h"

/*
 * Parse exactly length bytes: four decimal numbers without leading zeros, as inet_pton(3) wants
 * them, or what RFC 4291, 2.2 allows for IPv6, also with an IPv4 address at its end; no zone.
 * Independent of the locale. Stores AF_INET or AF_INET6 and 4 or 16 octets in network order, and
 * returns 0; or returns -EINVAL and stores the offset of the first byte that does not fit.
 */
int address_parse(const char *text, size_t length, int *family, unsigned char octet[16],
		  size_t *where);

/* 10.0.0.1, ::1 (RFC 5952): a struct in_addr or in6_addr; nothing for another family. */
void address_put_host(struct text *text, int family, const void *host);
/* 10.0.0.1:5432, [::1]:80, /run/x.sock, @abstract (escaped); nothing for an address without a
 * name, of another family, or shorter than its family's. */
void address_put(struct text *text, const struct sockaddr *address, socklen_t length);

/* The address, in one of these, as what it is made of. */
struct address_parts {
	int family; /* AF_INET, AF_INET6, AF_UNIX; AF_UNSPEC where there is nothing to show */
	const void *host; /* for address_put_host */
	unsigned int port;
	const char *name; /* AF_UNIX: the path, or what follows the NUL of an abstract name */
	size_t name_length;
	bool abstract;
};

/* Take it apart; what is found points into it. */
struct address_parts address_parts(const struct sockaddr *address, socklen_t length);

#endif
