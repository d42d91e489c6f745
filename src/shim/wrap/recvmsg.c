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

/* recvmsg, or __recvmsg64. */
typedef call_recvmsg_function recvmsg_function;

/* recvmsg of no more bytes than the hook allows. */
static ssize_t recvmsg_limited(struct io *io, int flags, recvmsg_function *real)
{
	struct iovec window[VECTOR_WINDOW];
	struct msghdr part, *const message = io->message;
	ssize_t n;

	if (!vector_limit_message(message, io->limit, &part, window))
		return real(io->fd, message, flags);
	n = real(io->fd, &part, flags);
	if (n >= 0) {
		message->msg_namelen = part.msg_namelen;
		message->msg_controllen = part.msg_controllen;
		message->msg_flags = part.msg_flags;
	}
	return n;
}

static ssize_t make_by(struct io *io, int extra, recvmsg_function *real)
{
	const int flags = io->flags | extra;
	const ssize_t n = io->limited ? recvmsg_limited(io, flags, real)
				      : real(io->fd, io->message, flags);

	if (n >= 0 && io->message->msg_controllen != 0)
		(void)receive_descriptors(io->message);
	return n;
}

static ssize_t make_recvmsg(struct io *io, int extra)
{
	return make_by(io, extra, REAL(recvmsg));
}

static inline __attribute__((always_inline)) ssize_t
receive(int fd, struct msghdr *message, int flags, recvmsg_function *real,
	ssize_t (*make)(struct io *io, int extra))
{
	const uint64_t state = fd_receive_state(fd);
	const int saved_errno = errno;
	const bool native = wrap_is_native(state, flags);
	bool tried = false;

	if (native || (fd_receives_at_once(state) && LIKELY((flags & RECEIVE_SPECIAL) == 0))) {
		const ssize_t n = real(fd, message, native ? flags : flags | MSG_DONTWAIT);

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
		.make = make, .run = io_receive, .message = message,
		.control_length =
			(flags & MSG_WAITALL) != 0 && memory_readable(message, sizeof *message)
				? message->msg_controllen
				: 0,
		.tried = tried, .result = -1, .saved_errno = saved_errno,
		IO_ARGUMENTS(ARGUMENT(fd), ARGUMENT(message), ARGUMENT(flags))});
}

ssize_t wrap_recvmsg(int fd, struct msghdr *message, int flags)
{
	return receive(fd, message, flags, REAL(recvmsg), make_recvmsg);
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

static int receive_batch(int fd, struct mmsghdr *messages, unsigned int count, int flags,
			 struct timespec *timeout, ssize_t (*make)(struct io *io, int extra),
			 ssize_t (*make_one)(struct io *io, int extra))
{
	struct io_batch batch = {
		{IO_CALL(recvmmsg, RECV, fd, fd_receive_state(fd)), .flags = flags, .make = make,
		 .make_one = make_one, .run = io_receive_batch, .saved_errno = errno,
		 IO_ARGUMENTS(ARGUMENT(fd), ARGUMENT(messages), ARGUMENT(count),
			      ARGUMENT(flags), ARGUMENT(timeout))},
		.messages = messages,
		.count = count,
		.timeout = timeout};

	return (int)wrap_slow(&batch.io);
}

int wrap_recvmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags,
		  struct timespec *timeout)
{
	return receive_batch(fd, messages, count, flags, timeout, make_recvmmsg, make_recvmsg);
}

#ifdef HAVE___SELECT64
/* The real functions turn the times of control messages into 64-bit ones
 * (sysdeps/unix/sysv/linux/convert_scm_timestamps.c). */
static ssize_t make_recvmsg64(struct io *io, int extra)
{
	return make_by(io, extra, REAL(__recvmsg64));
}

ssize_t wrap___recvmsg64(int fd, struct msghdr *message, int flags)
{
	return receive(fd, message, flags, REAL(__recvmsg64), make_recvmsg64);
}

static ssize_t make_recvmmsg64(struct io *io, int extra)
{
	const struct io_batch *const batch = (const struct io_batch *)io;
	const unsigned int left = batch->count - batch->done;
	const bool timed = batch->timeout != NULL && (batch->done == 0 || extra == 0);
	struct timespec64 timeout = {0};
	int n;

	if (timed)
		timeout = timespec_widen(batch->timeout);
	n = REAL(__recvmmsg64)(io->fd, batch->messages + batch->done,
			       extra != 0 && left > batch->each ? batch->each : left,
			       io->flags | extra, timed ? &timeout : NULL);
	if (timed)
		(void)timespec_narrow(&timeout, batch->timeout);
	return n;
}

/* A timeout that does not fit is one that the kernel refuses, or one of more than 68 years: the real
 * call, as for one in bad memory. */
int wrap___recvmmsg64(int fd, struct mmsghdr *messages, unsigned int count, int flags,
		      struct timespec64 *timeout)
{
	struct timespec narrow;
	int n;

	if (timeout != NULL &&
	    (!memory_writable(timeout, sizeof *timeout) || !timespec_narrow(timeout, &narrow)))
		return REAL(__recvmmsg64)(fd, messages, count, flags, timeout);
	n = receive_batch(fd, messages, count, flags, timeout != NULL ? &narrow : NULL,
			  make_recvmmsg64, make_recvmsg64);
	if (n > 0 && timeout != NULL)
		*timeout = timespec_widen(&narrow);
	return n;
}
#endif
