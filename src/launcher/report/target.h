/*
 * The call that the arguments of --explain name: the operation, and the peer. Cold.
 */
#ifndef LAUNCHER_REPORT_TARGET_H
#define LAUNCHER_REPORT_TARGET_H

#include "base/text.h"
#include "policy/policy.h"

struct addrinfo;

struct target {
	struct sockaddr_storage address;
	socklen_t length; /* 0: none */
	int family, type, protocol;
	bool channel;          /* a program's own channel (`unix:`) */
	char *host;            /* the name, in lower case, from malloc; NULL: none */
	struct addrinfo *next; /* further addresses of the host */
};

/*
 * The call of operation (whose text was name) to place. place is HOST:PORT, ADDRESS:PORT or [V6]:PORT for
 * TCP, each with udp: before for UDP, unix:PATH or unix:@NAME for a
 * stream, unix: for a program's own channel; with OPERATION_RESOLVE a
 * name or NULL. The host is looked up; where the host has no address, the call has the address 0.0.0.0
 * and no family. The result points into *target. Dies (125) of a mistake.
 */
struct policy_call target_find(enum operation operation, const char *name, const char *place,
			       struct target *target);

/* The same call to the next address of the host. False: there is none. */
bool target_next(struct target *target, struct policy_call *call);

/* Put "AF_INET, SOCK_STREAM, IPPROTO_TCP, 10.0.0.1:80"; nothing where target has no socket. */
void target_put(struct text *text, const struct target *target);

#endif
