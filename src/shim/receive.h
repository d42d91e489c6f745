/*
 * What the receiving calls share: the rest of a call that a try without blocking has cut short.
 * MSG_DONTWAIT makes MSG_WAITALL and SO_RCVLOWAT end early (net/core/sock.h: sock_rcvlowat), so
 * what was received is completed here. Cold, but for the question whether that is needed.
 */
#ifndef SHIM_RECEIVE_H
#define SHIM_RECEIVE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "shim/gate.h"

/* Flags with which a receive never waits: asked for, or the error queue and urgent data, which
 * are there or not (net/ipv4/tcp.c: tcp_recv_urg). */
#define RECEIVE_IMMEDIATE (MSG_DONTWAIT | MSG_OOB | MSG_ERRQUEUE)

/* The program has set SO_RCVLOWAT on some socket. */
extern atomic_bool receive_low_water;

/* A success may be less than the native call's would have been. */
static inline bool receive_incomplete(int flags)
{
	return UNLIKELY((flags & MSG_WAITALL) != 0) ||
	       UNLIKELY(atomic_load_explicit(&receive_low_water, memory_order_relaxed));
}

struct receive {
	struct gate *gate;
	const struct iovec *vector;
	size_t count;
	int flags;
	struct msghdr *message; /* recvmsg's, or NULL: gets the ancillary data */
	size_t control_length;  /* its msg_controllen before the call */
};

/* Before waiting: poll(2) looks at SO_RCVLOWAT, the call at the smaller of that and its length. */
void receive_prepare(struct gate *gate);

/*
 * received bytes (> 0) have come by a try without blocking: receive what the native call would
 * have waited for. Returns the number of bytes altogether: at least received.
 */
ssize_t receive_rest(const struct receive *receive, ssize_t received);

/* The descriptors in a message's ancillary data (SCM_RIGHTS) are new numbers: forget what was
 * known of them. Returns whether there were any. */
bool receive_descriptors(struct msghdr *message);

#endif
