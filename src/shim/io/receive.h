/*
 * Parts of a receive, for recvmmsg(2) as well. Cold. Async-signal-safe.
 */
#ifndef SHIM_IO_RECEIVE_H
#define SHIM_IO_RECEIVE_H

#include "shim/io/io.h"

/* The call does not wait: MSG_DONTWAIT; or the flags ask for something that is there or not (urgent
 * data of a stream, net/ipv4/tcp.c: tcp_recv_urg; the error queue). At most 1 system call. */
bool receive_is_immediate(const struct io *io);

/* A try gave n: with MSG_WAITALL or SO_RCVLOWAT, receive the bytes that the native call would have
 * waited for. Returns the number of bytes altogether, or n. */
ssize_t receive_rest(struct io *io, ssize_t n);

/* The kernel has filled in message: the descriptors that it brings (SCM_RIGHTS, unix(7)) are new
 * numbers. Returns whether there are any. */
bool receive_descriptors(struct msghdr *message);

#endif
