/*
 * TCP's own way of noticing that the other side is gone: user-timeout and keepalive of rules, set
 * on sockets that are connected or accepted, unless the program has set them itself. Cold: only
 * where some rule has such an action. Async-signal-safe; leaves errno alone.
 */
#ifndef SHIM_TCP_H
#define SHIM_TCP_H

#include <stdint.h>
#include <sys/socket.h>

#include "policy/rule.h"

#define TCP_ACTIONS (RULE_USER_TIMEOUT | RULE_KEEPALIVE)

/* fd is about to be connected to address, which the kernel has not read yet. */
void tcp_connecting(int fd, uint32_t hint, const struct sockaddr *address, socklen_t length);
/* fd has been accepted from listener, of which hint was known. */
void tcp_accepted(int listener, uint32_t hint, int fd);
/* The program has set an option of fd: if it is one of these, it is the program's from now on. */
void tcp_option_set(int fd, int level, int option);

#endif
