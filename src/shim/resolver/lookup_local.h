/*
 * Lookups that do not go to the network: addresses in digits, and what /etc/hosts answers. They
 * are made in the caller, without a thread. Reads what libc is about to read anyway, and says yes
 * only where it is sure: a no costs a thread, a wrong yes would cost the promise. What it remembers
 * are hints that the files' times correct. Cold; lock-free; allocates nothing, leaves errno alone.
 */
#ifndef SHIM_LOOKUP_LOCAL_H
#define SHIM_LOOKUP_LOCAL_H

#include <stdbool.h>

/* getaddrinfo takes name for an address (getaddrinfo(3): inet_aton(3)'s forms, inet_pton(3)'s with
 * a scope). */
bool lookup_name_is_address(const char *name);
/* gethostbyname takes name for one: fewer forms (gethostbyname(3)). */
bool lookup_name_is_address_of(const char *name, int family);
/* name is answered without the network, if at all; family may be AF_UNSPEC. */
bool lookup_name_is_local(const char *name, int family);
/* The same of an address: a struct in_addr or in6_addr. */
bool lookup_address_is_local(const void *address, int family);

#endif
