/*
 * recvmsg and recvmmsg. Hot when there is something to receive.
 *
 * The kernel writes to the caller's msghdr only when the call succeeds (net/socket.c:
 * ____sys_recvmsg), so a try that would block leaves the msghdr as it was.
 */
#include "config.h"

#include "shim/io/batch.h"
#include "shim/io/receive.h"
#include "shim/io/vector.h"
#include "shim/system/memory.h"
#include "shim/wrap/wrap.h"

/* recvmsg of no more bytes than the hook allows. */
static ssize_t recvmsg_limited(struct io *io, int flags)
{
	struct iovec window[VECTOR_WINDOW];
	struct msghdr part, *const message = io->message;
	ssize_t n;

	if (!vector_limit_message(message, io->limit, &part, window))
		return REAL(recvmsg)(io->fd, message, flags);
	n = REAL(recvmsg)(io->fd, &part, flags);
	if (n >= 0) {
		message->msg_namelen = part.msg_namelen;
		message->msg_controllen = part.msg_controllen;
		message->msg_flags = part.msg_flags;
	}
	return n;
}

static ssize_t make_recvmsg(struct io *io, int extra)
{
	const ssize_t n = io->limited ? recvmsg_limited(io, io->flags | extra)
				      : REAL(recvmsg)(io->fd, io->message, io->flags | extra);

	if (n >= 0 && io->message->msg_controllen != 0)
		(void)receive_descriptors(io->message);
	return n;
}

ssize_t wrap_recvmsg(int fd, struct msghdr *message, int flags)
{
	const uint64_t state = fd_receive_state(fd);
	const int saved_errno = errno;
	const bool native = wrap_is_native(state, flags);
	bool tried = false;

	if (native || (fd_receives_at_once(state) && LIKELY((flags & RECEIVE_SPECIAL) == 0))) {
		const ssize_t n =
			REAL(recvmsg)(fd, message, native ? flags : flags | MSG_DONTWAIT);

		if (LIKELY(n >= 0)) {
			if (UNLIKELY(message->msg_controllen != 0))
				(void)receive_descriptors(message);
			return n;
		}
		if (native || !io_would_block(errno))
			return n;
		tried = true;
	}
	/* A try finds a bad msghdr; with FD_POLL_FIRST the call would wait first. */
	return wrap_slow(&(struct io){
		IO_CALL(recvmsg, RECV, fd, state & ~FD_POLL_FIRST), .flags = flags,
		.make = make_recvmsg, .run = io_receive, .message = message,
		.control_length =
			(flags & MSG_WAITALL) != 0 && memory_readable(message, sizeof *message)
				? message->msg_controllen
				: 0,
		.tried = tried, .result = -1, .saved_errno = saved_errno,
		IO_ARGUMENTS(ARGUMENT(fd), ARGUMENT(message), ARGUMENT(flags))});
}

/* The next messages of the batch. The program's timeout counts in the real call alone: after a try,
 * io_receive_batch looks at the timeout. */
static ssize_t make_recvmmsg(struct io *io, int extra)
{
	const struct io_batch *const batch = (const struct io_batch *)io;
	const unsigned int left = batch->count - batch->done;
	const bool first = batch->done == 0;

	return REAL(recvmmsg)(io->fd, batch->messages + batch->done,
			      extra != 0 && left > batch->each ? batch->each : left,
			      io->flags | extra, first || extra == 0 ? batch->timeout : NULL);
}

int wrap_recvmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags,
		  struct timespec *timeout)
{
	struct io_batch batch = {
		{IO_CALL(recvmmsg, RECV, fd, fd_receive_state(fd)), .flags = flags,
		 .make = make_recvmmsg, .make_one = make_recvmsg, .run = io_receive_batch,
		 .saved_errno = errno,
		 IO_ARGUMENTS(ARGUMENT(fd), ARGUMENT(messages), ARGUMENT(count),
			      ARGUMENT(flags), ARGUMENT(timeout))},
		.messages = messages,
		.count = count,
		.timeout = timeout};

	return (int)wrap_slow(&batch.io);
}
