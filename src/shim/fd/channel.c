/*
 * Asks the kernel for the two names of a socket. Cold.
 */
#include "config.h"

#include <stddef.h>
#include <sys/un.h>

#include "shim/fd/channel.h"
#include "shim/fd/fd.h"
#include "shim/system/kernel.h"

/* This end (or the peer) is an AF_UNIX socket whose address is the family alone (unix(7)). */
static bool is_unnamed(int fd, bool peer)
{
	struct sockaddr_storage address;
	socklen_t length;

	return kernel_address(fd, peer, &address, &length) == 0 &&
	       address.ss_family == AF_UNIX && length <= offsetof(struct sockaddr_un, sun_path);
}

bool channel_is(int fd, uint64_t *state)
{
	if ((*state & (FD_CHANNEL | FD_NO_CHANNEL)) == 0) {
		const bool channel = is_unnamed(fd, false) && is_unnamed(fd, true);
		const uint64_t bit = channel ? FD_CHANNEL : FD_NO_CHANNEL;

		fd_learn(fd, *state, bit);
		*state |= bit;
	}
	return (*state & FD_CHANNEL) != 0;
}
