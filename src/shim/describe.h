/*
 * A call as strace(1) would print it: the one formatter. Cold, async-signal-safe, asks the kernel
 * what the descriptor is.
 */
#ifndef SHIM_DESCRIBE_H
#define SHIM_DESCRIBE_H

#include "base/text.h"
#include "shim/gate.h"

/* recv(3, AF_INET, SOCK_STREAM, IPPROTO_TCP, 10.0.0.1:5432) */
void describe_call(struct text *text, const struct gate *gate);
/* 10.0.0.1, ::1: a struct in_addr or in6_addr; nothing for another family. */
void describe_host(struct text *text, int family, const void *address);
/* 10.0.0.1:5432, [::1]:80, /run/x.sock, @abstract; nothing for an address without a name. */
void describe_address(struct text *text, const struct sockaddr *address, socklen_t length);

#endif
