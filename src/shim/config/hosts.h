/*
 * The names for which the program got addresses from libc's resolver: the last 512, for `host` in
 * rules. Owns the memory, which is of a fixed size. Cold.
 *
 * Lock-free and async-signal-safe; errno is unchanged. A name that is replaced while it is read is not
 * found; of two names that are stored in one place at the same time, one is lost.
 */
#ifndef SHIM_CONFIG_HOSTS_H
#define SHIM_CONFIG_HOSTS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "policy/rule/rule.h"

/* The longest name (RFC 1035, 3.1, as text); longer ones are not remembered. */
#define HOSTS_NAME_LIMIT 255

/* name, which the program looked up, has this address; other families than AF_INET and AF_INET6 are
 * ignored. */
void hosts_remember(const char *name, const struct sockaddr *address);
/* The same of an address of that family. */
void hosts_remember_address(const char *name, int family, const void *address);

/* A remembered name of the address matches the glob: policy_call.has_name. */
bool hosts_match(struct rule_string glob, int family, const unsigned char *octet);

/* Put the name in lower case, and without a dot at the end, into buffer. False where the name is too
 * long. */
bool hosts_fold(const char *name, char buffer[HOSTS_NAME_LIMIT + 1]);

#endif
