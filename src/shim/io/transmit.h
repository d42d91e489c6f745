/*
 * What the sending calls share: the rest of a call of which a try without blocking has sent a
 * part. A blocking send takes everything (send(2)). Cold, but for the question whether it has.
 */
#ifndef SHIM_TRANSMIT_H
#define SHIM_TRANSMIT_H

#include "calls/direct.h"
#include "shim/io/gate.h"

/* The try may be made directly (calls/direct.h). */
static inline bool transmit_directly(enum call call, int flags, uint32_t hint)
{
	return LIKELY((flags & MSG_DONTWAIT) == 0 && hint_plain(hint)) && direct_allowed(call);
}

/*
 * sent bytes (>= 0) of vector have gone by a try without blocking: send the rest, until all has
 * gone or the deadline, a signal or an error ends it. Ancillary data has gone with the first byte,
 * as has the program's notification for MSG_ZEROCOPY. Returns the number of bytes altogether.
 */
ssize_t transmit_rest(struct gate *gate, const struct iovec *vector, size_t count, size_t sent,
		      int flags);

/*
 * Before a try after a wait: the error ends the call, and errno is set to it, without a try. An
 * AF_UNIX socket that is gone tells the error first to a call that has waited, without SIGPIPE
 * (net/core/sock.c: sock_alloc_send_pskb), where a new call has EPIPE and the signal.
 */
bool transmit_has_failed(const struct gate *gate);

/* The flags of such a try: the same goes for a stream that has been shut down meanwhile. */
static inline int transmit_flags(const struct gate *gate, int flags)
{
	return flags | MSG_DONTWAIT | (gate->quiet ? MSG_NOSIGNAL : 0);
}

/* Remember where the call sends to, for the report; a full AF_UNIX receiver is not seen by poll.
 * The kernel has read the address before. */
void transmit_to(struct gate *gate, const struct sockaddr *address, socklen_t length);

#endif
