/*
 * sendmsg and sendmmsg. Hot when there is room.
 */
#include "config.h"

#include <limits.h>

#include "shim/io/batch.h"
#include "shim/io/vector.h"
#include "shim/wrap/wrap.h"

static ssize_t make_sendmsg(struct io *io, int extra)
{
	struct iovec window[VECTOR_WINDOW];
	struct msghdr part;
	const struct msghdr *const message =
		io->limited && vector_limit_message(io->message, io->limit, &part, window)
			? &part
			: io->message;

	return REAL(sendmsg)(io->fd, message, io->flags | extra);
}

ssize_t wrap_sendmsg(int fd, const struct msghdr *message, int flags)
{
	const uint64_t state = fd_send_state(fd);
	const int saved_errno = errno;
	ssize_t n = -1;
	bool tried = false;

	if (fd_sends_at_once(state) && LIKELY((flags & MSG_DONTWAIT) == 0)) {
		n = REAL(sendmsg)(fd, message, flags | MSG_DONTWAIT);
		if (n >= 0 ? LIKELY((size_t)n == vector_length(message->msg_iov,
							       (size_t)message->msg_iovlen))
			   : !io_would_block(errno))
			return n;
		tried = true;
	} else if (wrap_is_native(state, flags)) {
		return REAL(sendmsg)(fd, message, flags);
	}
	return wrap_slow(&(struct io){
		IO_CALL(sendmsg, SEND, fd, state), .flags = flags, .make = make_sendmsg,
		.run = io_send, .message = (struct msghdr *)(uintptr_t)message, .tried = tried,
		.result = n, .saved_errno = saved_errno,
		IO_ARGUMENTS(ARGUMENT(fd), ARGUMENT(message), ARGUMENT(flags))});
}

#ifdef HAVE___SELECT64
CALL_ALIAS(__sendmsg64, sendmsg);
#endif

static ssize_t make_sendmmsg(struct io *io, int extra)
{
	const struct io_batch *const batch = (const struct io_batch *)io;

	return REAL(sendmmsg)(io->fd, batch->messages + batch->done, batch->count - batch->done,
			      io->flags | extra);
}

int wrap_sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags)
{
	struct io_batch batch = {{IO_CALL(sendmmsg, SEND, fd, fd_send_state(fd)),
				  .flags = flags, .make = make_sendmmsg,
				  .make_one = make_sendmsg, .run = io_send_batch,
				  .saved_errno = errno,
				  IO_ARGUMENTS(ARGUMENT(fd), ARGUMENT(messages),
					       ARGUMENT(count), ARGUMENT(flags))},
				 .messages = messages,
				 .count = count};

	return (int)wrap_slow(&batch.io);
}

#ifdef HAVE___SELECT64
CALL_ALIAS(__sendmmsg64, sendmmsg);
#endif
