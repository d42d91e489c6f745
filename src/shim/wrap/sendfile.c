/*
 * sendfile and splice. Cold.
 */
#include "config.h"

#include "shim/io/sendfile.h"
#include "shim/wrap/wrap.h"

static ssize_t make_sendfile(struct io *io, int extra)
{
	const struct io_sendfile *const call = (const struct io_sendfile *)io;

	(void)extra;
	return io->call == CALL_sendfile
		       ? REAL(sendfile)(io->fd, call->in, call->offset, call->length)
		       : REAL(sendfile64)(io->fd, call->in, call->offset, call->length);
}

/* The initializer of a sendfile of either name: their offsets differ in size. */
#define SENDFILE(function, to, from, place, size)                                              \
	{                                                                                      \
		{IO_CALL(function, SEND, to, fd_send_state(to)), .make = make_sendfile,        \
		 .run = io_sendfile, .saved_errno = errno,                                     \
		 IO_ARGUMENTS(ARGUMENT(to), ARGUMENT(from), ARGUMENT(place), ARGUMENT(size))}, \
			.in = (from), .offset = (place), .length = (size)                      \
	}

ssize_t wrap_sendfile(int out, int in, off_t *offset, size_t count)
{
	struct io_sendfile call = SENDFILE(sendfile, out, in, offset, count);

	return fd_is_native(call.io.state) ? REAL(sendfile)(out, in, offset, count)
					   : wrap_slow(&call.io);
}

ssize_t wrap_sendfile64(int out, int in, off64_t *offset, size_t count)
{
	struct io_sendfile call = SENDFILE(sendfile64, out, in, offset, count);

	return fd_is_native(call.io.state) ? REAL(sendfile64)(out, in, offset, count)
					   : wrap_slow(&call.io);
}

static ssize_t make_splice(struct io *io, int extra)
{
	const struct io_splice *const call = (const struct io_splice *)io;

	(void)extra;
	return REAL(splice)(call->in, call->in_offset, call->out, call->out_offset,
			    call->length, call->flags);
}

/* One of the two descriptors is a pipe (splice(2)), so at most one is a socket. */
ssize_t wrap_splice(int in, off64_t *in_offset, int out, off64_t *out_offset, size_t length,
		    unsigned int flags)
{
	const uint64_t in_state = fd_receive_state(in), out_state = fd_send_state(out);
	bool receives;

	if (fd_is_native(in_state) && fd_is_native(out_state))
		return REAL(splice)(in, in_offset, out, out_offset, length, flags);
	receives = fd_is_socket(in, in_state);
	return wrap_slow(&(struct io_splice){
		{.call = CALL_splice,
		 .operation = receives ? OPERATION_RECV : OPERATION_SEND,
		 .fd = receives ? in : out,
		 .state = receives ? in_state : out_state,
		 .make = make_splice,
		 .run = io_splice,
		 .saved_errno = errno,
		 IO_ARGUMENTS(ARGUMENT(in), ARGUMENT(in_offset), ARGUMENT(out),
			      ARGUMENT(out_offset), ARGUMENT(length), ARGUMENT(flags))},
		.in = in,
		.out = out,
		.in_offset = in_offset,
		.out_offset = out_offset,
		.length = length,
		.flags = flags}
				  .io);
}
