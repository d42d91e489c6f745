/*
 * What the receiving calls share: the rest of a call that a try without blocking has cut short.
 * MSG_DONTWAIT makes MSG_WAITALL end early (net/ipv4/tcp.c: tcp_recvmsg_locked), so what was
 * received is completed here. It makes SO_RCVLOWAT end early as well: there the try is left out.
 * Cold, but for the questions whether that is needed.
 */
#ifndef SHIM_RECEIVE_H
#define SHIM_RECEIVE_H

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "calls/direct.h"
#include "shim/io/gate.h"

/* Flags by which a receive takes something apart from the data, and mostly does not wait for it. */
#define RECEIVE_APART (MSG_OOB | MSG_ERRQUEUE)

/* Flags of a receive that, where it waits, takes what comes first, as does one without any. */
#define RECEIVE_PLAIN (MSG_TRUNC | MSG_CMSG_CLOEXEC | MSG_NOSIGNAL)

/* The program has set SO_RCVLOWAT on some socket. */
extern atomic_bool receive_low_water;

/* fd is blocking and has an SO_RCVLOWAT of more than the 1 of all others. No errno. */
COLD bool receive_has_low_water(int fd);

/* A try without blocking would take what the native call leaves until there is more; or it would find
 * nothing, as the last one did, and the real call is bounded as it is. Then errno is EAGAIN, as if
 * it had been made and had come too early. */
static inline bool receive_untried(int fd, int flags, uint32_t hint)
{
	const bool waits = (hint & HINT_WAITS) != 0 && (flags & ~RECEIVE_PLAIN) == 0;

	if (LIKELY(!waits && !atomic_load_explicit(&receive_low_water, memory_order_relaxed)) ||
	    (!waits && !receive_has_low_water(fd)))
		return false;
	errno = EAGAIN;
	return true;
}

/* A success may be less than the native call's would have been. */
static inline bool receive_incomplete(int flags)
{
	return UNLIKELY((flags & MSG_WAITALL) != 0);
}

/* The try may be made directly (calls/direct.h; never after receive_low_water), and a success of it
 * is the call's. */
static inline bool receive_directly(enum call call, int flags, uint32_t hint)
{
	return LIKELY((flags & (MSG_DONTWAIT | RECEIVE_APART | MSG_WAITALL)) == 0 &&
		      hint_plain(hint) && (hint & HINT_WAITS) == 0) &&
	       direct_allowed(call);
}

/* Whether fd is a stream, of which more can be received into the same place. Asks the kernel where
 * that is not known. No errno. */
bool receive_is_stream(int fd, uint32_t hint);

/* What flags, of which some are RECEIVE_APART, ask of fd is there or not, and not waited for. Asks the
 * kernel what fd is where that is not known. No errno. */
COLD bool receive_is_there_or_not(int fd, int flags, uint32_t hint);

/* The call does not wait, as far as its flags tell. */
static inline bool receive_is_immediate(int fd, int flags, uint32_t hint)
{
	return (flags & MSG_DONTWAIT) != 0 || (UNLIKELY((flags & RECEIVE_APART) != 0) &&
					       receive_is_there_or_not(fd, flags, hint));
}

struct receive {
	struct gate *gate;
	const struct iovec *vector;
	size_t count;
	int flags;
	struct msghdr *message; /* recvmsg's, or NULL: gets the ancillary data */
	size_t control_length;  /* its msg_controllen before the call */
};

/* Before waiting in a call with these flags: how it may wait. The kernel's timer is to bound a call
 * that was not tried. */
void receive_prepare(struct gate *gate, int flags);

/*
 * received bytes (> 0) have come by a try without blocking: receive what the native call would
 * have waited for. Returns the number of bytes altogether: at least received.
 */
ssize_t receive_rest(const struct receive *receive, ssize_t received);

/* The descriptors in a message's ancillary data (SCM_RIGHTS) are new numbers: forget what was
 * known of them. Returns whether there were any. */
bool receive_descriptors(struct msghdr *message);

#endif
