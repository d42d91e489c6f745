/*
 * A call as a person names it to --explain: the operation and the other side. Cold.
 */
#ifndef LAUNCHER_TARGET_H
#define LAUNCHER_TARGET_H

#include "base/text.h"
#include "policy/policy.h"

struct target {
	struct sockaddr_storage address;
	socklen_t length; /* 0: none */
	int family, type, protocol;
	bool channel; /* a program's own channel (`unix:`) */
};

/*
 * The call of operation (named so) to place, in *target, which the call points into: ADDRESS:PORT
 * or [V6]:PORT over TCP, the same behind udp: over UDP, unix:PATH or unix:@NAME a stream, unix: alone a program's own channel; NULL with
 * OPERATION_RESOLVE, which has no socket. Dies (125) of what is wrong.
 */
struct policy_call target_find(enum operation operation, const char *name, const char *place,
			       struct target *target);

/* AF_INET, SOCK_STREAM, IPPROTO_TCP, 10.0.0.1:80; nothing of no socket. */
void target_put(struct text *text, const struct target *target);

#endif
