/*
 * connect: abandoned at the deadline, as after the kernel's own ETIMEDOUT. Cold.
 *
 * SO_SNDTIMEO bounds connect (socket(7)): a kernel timer leaves O_NONBLOCK alone, which other
 * processes may share, and is the only bound on a full AF_UNIX listener, which poll(2) calls ready.
 */
#include "config.h"

#include "base/clock.h"
#include "shim/io/io.h"
#include "shim/system/kernel.h"

/* A datagram socket only notes the address. */
static bool only_notes(const struct io *io)
{
	return (io->state & (FD_MESSAGES | FD_SEQPACKET)) == FD_MESSAGES;
}

ssize_t io_connect(struct io *io)
{
	ssize_t result;
	int error;

	io->timed = true;
	if (io_is_native(io) || only_notes(io) || io_enter(io, clock_now()) != IO_READY)
		return io->make(io, 0);
	result = io_retry_timed(io, FD_SEND);
	error = errno;
	if (result < 0 && error == ETIMEDOUT && io->reported &&
	    fd_is_current(io->fd, io->state))
		kernel_abandon(io->fd);
	errno = error;
	return result;
}
