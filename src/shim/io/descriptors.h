/*
 * Descriptors that a message brings (SCM_RIGHTS, unix(7)). Cold.
 */
#ifndef SHIM_IO_DESCRIPTORS_H
#define SHIM_IO_DESCRIPTORS_H

#include <stdbool.h>
#include <sys/socket.h>

/* The kernel has filled in message: its descriptors are new numbers. Returns whether there were any.
 * Async-signal-safe. */
bool descriptors_received(struct msghdr *message);

#endif
