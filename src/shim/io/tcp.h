/*
 * The rules' actions user-timeout and keepalive: TCP options on sockets that are connected or
 * accepted, unless the program set the options itself. Cold: only where some rule has such an action.
 * Async-signal-safe; errno is unchanged.
 */
#ifndef SHIM_TCP_H
#define SHIM_TCP_H

#include <stdint.h>
#include <sys/socket.h>

#include "policy/rule/rule.h"

#define TCP_ACTIONS (RULE_USER_TIMEOUT | RULE_KEEPALIVE)

/* fd is about to be connected to address, which the kernel has not read yet: may be a bad pointer. */
void tcp_connecting(int fd, uint64_t state, const struct sockaddr *address, socklen_t length);
/* fd was accepted from listener, whose state that was. */
void tcp_accepted(int listener, uint64_t state, int fd);
/* The program has set an option of fd: the library does not set that option any more. */
void tcp_option_set(int fd, int level, int option);

#endif
