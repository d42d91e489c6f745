/*
 * The call that the arguments of --explain name: the operation, and the peer. Cold.
 */
#ifndef LAUNCHER_TARGET_H
#define LAUNCHER_TARGET_H

#include "base/text.h"
#include "policy/policy.h"

struct target {
	struct sockaddr_storage address;
	socklen_t length; /* 0: none */
	int family, type, protocol;
};

/*
 * The call of operation (whose text was name) to place. place is ADDRESS:PORT or [V6]:PORT for TCP,
 * either with udp: before for UDP, unix:PATH or unix:@NAME for a stream; NULL with OPERATION_RESOLVE,
 * which has no socket. The result points into *target. Dies (125) of a mistake.
 */
struct policy_call target_find(enum operation operation, const char *name, const char *place,
			       struct target *target);

/* Put "AF_INET, SOCK_STREAM, IPPROTO_TCP, 10.0.0.1:80"; nothing where target has no socket. */
void target_put(struct text *text, const struct target *target);

#endif
