/*
 * Finds out which lookups need no network: addresses in digits, and names in /etc/hosts. These
 * lookups are native, without a thread. The functions read the files that libc would read anyway.
 * In doubt they return false: that costs a thread, but a wrong true would leave a lookup unbounded.
 * Cold. Not async-signal-safe; keeps errno.
 */
#ifndef SHIM_LOOKUP_LOCAL_H
#define SHIM_LOOKUP_LOCAL_H

#include <stdbool.h>

/* name is an address for getaddrinfo(3): a form of inet_aton(3), or of inet_pton(3) with a scope. */
bool lookup_name_is_address(const char *name);
/* name is an address of family for gethostbyname(3), which knows fewer forms. */
bool lookup_name_is_address_of(const char *name, int family);
/* The lookup of name needs no network; family may be AF_UNSPEC. */
bool lookup_name_is_local(const char *name, int family);
/* The same for an address: a struct in_addr or in6_addr. */
bool lookup_address_is_local(const void *address, int family);

#endif
