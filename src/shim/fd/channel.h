/*
 * Is a socket a channel inside a program: an AF_UNIX socket without a name that is connected to one
 * without a name? A worker's pipe, a pipeline of ksh93, the standard input of what node starts. No
 * default timeout applies to such a socket.
 *
 * Cold: asked when a call is about to wait. Async-signal-safe; errno is unchanged.
 */
#ifndef SHIM_FD_CHANNEL_H
#define SHIM_FD_CHANNEL_H

#include <stdbool.h>
#include <stdint.h>

/* fd, whose state is *state, is such a channel. What the kernel says is remembered with the number, and
 * in *state. The first time 1 system call; 2 for an AF_UNIX socket without a name. */
bool channel_is(int fd, uint64_t *state);

#endif
