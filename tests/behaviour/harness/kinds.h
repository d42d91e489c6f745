/*
 * Every kind of socket that a call can wait on.
 */
#ifndef BEHAVIOUR_KINDS_H
#define BEHAVIOUR_KINDS_H

#include "harness/harness.h"

struct kind {
	const char *name;
	int family, type;
};

extern const struct kind kinds[];
extern const int kind_count;

/* Two connected sockets of that kind; abort the test when that fails. */
void kind_pair(const struct kind *kind, int pair[2]);
/* Whether the kind tells the end of the data, when the other side is closed. */
bool kind_has_end(const struct kind *kind);

struct named_address {
	struct sockaddr_storage storage;
	socklen_t length;
};
/* A new socket with these flags (SOCK_NONBLOCK), and its name, which the kernel chooses. */
int kind_bound(const struct kind *kind, int flags, struct named_address *name);
/* The same, without a name. */
int kind_socket(const struct kind *kind, int flags);
/* connect(2) succeeds, or is in progress on a non-blocking socket. */
void kind_connect(int fd, const struct named_address *name);

#endif
