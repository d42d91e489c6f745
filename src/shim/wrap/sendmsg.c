/*
 * sendmsg, sendmmsg and writev. Hot when there is room.
 */
#include "config.h"

#include <errno.h>
#include <limits.h>

#include "calls/calls.h"
#include "calls/direct.h"
#include "calls/errno.h"
#include "calls/real.h"
#include "shim/io/attention.h"
#include "shim/io/gate.h"
#include "shim/system/kernel.h"
#include "shim/system/memory.h"
#include "shim/fd/socket.h"
#include "shim/io/transmit.h"
#include "shim/io/vector.h"

/* What is left of a message of which n bytes have gone. */
static ssize_t message_rest(struct gate *gate, const struct msghdr *message, ssize_t n,
			    int flags)
{
	if (n > 0 && !gate->final &&
	    (size_t)n < vector_length(message->msg_iov, message->msg_iovlen))
		n = transmit_rest(gate, message->msg_iov, message->msg_iovlen, (size_t)n,
				  flags);
	return n;
}

COLD static ssize_t sendmsg_blocked(struct gate *gate, const struct msghdr *message, int flags,
				    ssize_t n, int saved_errno)
{
	const int again = flags & ~MSG_FASTOPEN;

	if (n < 0 && gate_would_block(errno)) {
		transmit_to(gate, message->msg_name, message->msg_namelen);
		GATE_COMPLETE(
			n, gate,
			transmit_has_failed(gate)
				? -1
				: REAL(sendmsg)(gate->fd, message, transmit_flags(gate, again)),
			REAL(sendmsg)(gate->fd, message, again));
	}
	n = message_rest(gate, message, n, flags);
	if (n >= 0)
		errno = saved_errno;
	return n;
}

static inline ssize_t sendmsg_with(int fd, const struct msghdr *message, int flags,
				   uint32_t hint)
{
	int saved_errno;
	ssize_t n;

	if ((flags & MSG_DONTWAIT) != 0 || hint_native(hint))
		return REAL(sendmsg)(fd, message, flags);
	saved_errno = errno_now();
	n = REAL(sendmsg)(fd, message, flags | MSG_DONTWAIT);
	if (UNLIKELY(n < 0 ||
		     (size_t)n != vector_length(message->msg_iov, message->msg_iovlen))) {
		struct gate gate = GATE_FOR(sendmsg, SEND, fd, hint);

		return sendmsg_blocked(&gate, message, flags, n, saved_errno);
	}
	return n;
}

/* sendmsg of no more than limit bytes; what goes with them goes whole. */
static ssize_t sendmsg_limited(int fd, const struct msghdr *message, int flags, uint32_t hint,
			       size_t limit)
{
	struct iovec window[VECTOR_WINDOW];
	struct msghdr part;

	return sendmsg_with(
		fd, vector_limit_message(message, limit, &part, window) ? &part : message,
		flags, hint);
}

COLD static ssize_t sendmsg_attended(int fd, const struct msghdr *message, int flags,
				     uint32_t hint)
{
	struct attention attention =
		ATTENTION_FOR(sendmsg, OPERATION_SEND, -1, fd, hint, ARGUMENT(fd),
			      ARGUMENT(message), ARGUMENT(flags));
	ssize_t n;

	ATTEND(n, &attention,
	       attention_limits(&attention)
		       ? sendmsg_limited(fd, message, flags, attention.hint,
					 attention.chaos.limit)
		       : sendmsg_with(fd, message, flags, attention.hint));
	return n;
}

APART static ssize_t sendmsg_direct(int fd, const struct msghdr *message, int flags,
				    uint32_t hint)
{
	ssize_t n = direct_sendmsg(fd, message, flags | MSG_DONTWAIT);

	if (UNLIKELY(n < 0 ||
		     (size_t)n != vector_length(message->msg_iov, message->msg_iovlen))) {
		const int saved_errno = direct_result(&n);
		struct gate gate = GATE_FOR(sendmsg, SEND, fd, hint);

		return sendmsg_blocked(&gate, message, flags, n, saved_errno);
	}
	return n;
}

DIRECT_IN_THREADS(sendmsg, (int fd, const struct msghdr *message, int flags, uint32_t hint),
		  (fd, message, flags, hint))

APART static ssize_t sendmsg_otherwise(int fd, const struct msghdr *message, int flags,
				       uint32_t hint)
{
	if (hint_wants_attention(hint))
		return sendmsg_attended(fd, message, flags, hint);
	return sendmsg_with(fd, message, flags, hint);
}

ssize_t wrap_sendmsg(int fd, const struct msghdr *message, int flags)
{
	const uint32_t hint = hint_get(fd);

	if (transmit_directly(CALL_sendmsg, flags, hint))
		return DIRECT(sendmsg, fd, message, flags, hint);
	return sendmsg_otherwise(fd, message, flags, hint);
}

static bool has_room(int fd)
{
	struct pollfd descriptor = {.fd = fd, .events = POLLOUT};
	const int saved_errno = errno;
	const int count = REAL(poll)(&descriptor, 1, 0);

	errno = saved_errno;
	return count > 0;
}

/*
 * A try has sent whole messages, but not all: was it for want of room, or did the next one fail
 * (the kernel does not say: net/socket.c, __sys_sendmmsg)? An error that the kernel tells once
 * (a refused datagram) is gone, and the call ends here; another comes again, without a second
 * SIGPIPE. Returns how many more have gone, -1 for an error, 0 if it is to be waited for room.
 */
static int send_after_stop(int fd, struct mmsghdr *messages, unsigned int count, int flags,
			   uint32_t hint)
{
	int family = 0, n;

	if (!has_room(fd))
		return 0;
	if ((hint & (HINT_STREAM | HINT_MESSAGES)) == 0)
		hint = socket_learn_kind(fd, hint);
	if ((hint & HINT_STREAM) == 0 &&
	    (kernel_socket_option(fd, SO_DOMAIN, &family) != 0 || family != AF_UNIX))
		return -1;
	n = REAL(sendmmsg)(fd, messages, count, flags | MSG_DONTWAIT | MSG_NOSIGNAL);
	return n < 0 && gate_would_block(errno) ? 0 : n;
}

/* Where the message goes is there to be read; the kernel may not have come to it yet. */
static bool is_addressed(const struct mmsghdr *message)
{
	const struct msghdr *const header = &message->msg_hdr;

	return memory_readable(message, sizeof *message) &&
	       (header->msg_name == NULL ||
		memory_readable(header->msg_name, header->msg_namelen));
}

/* Wait for room and send more, maybe only some. *timed: by the kernel's timer, which bounds each
 * message anew: so one at a time. */
static int sendmmsg_wait(struct gate *gate, struct mmsghdr *messages, unsigned int count,
			 int flags, bool *timed)
{
	int n;

	/* A bound of the program's was for the rest of the last message; the next has its own. */
	if (gate->own)
		gate->entered = gate->own = gate->rest = false;
	gate->empty = 0;
	*timed = false;
	if (!is_addressed(messages)) {
		errno = EFAULT;
		return -1;
	}
	transmit_to(gate, messages->msg_hdr.msg_name, messages->msg_hdr.msg_namelen);
	GATE_COMPLETE(n, gate,
		      transmit_has_failed(gate) ? -1
						: REAL(sendmmsg)(gate->fd, messages, count,
								 transmit_flags(gate, flags)),
		      (*timed = gate->timed,
		       REAL(sendmmsg)(gate->fd, messages, *timed ? 1 : count, flags)));
	return n;
}

/* sent messages have gone (>= 0), the last of them maybe in part, or the first try failed. */
COLD static int sendmmsg_blocked(int fd, struct mmsghdr *messages, unsigned int count,
				 int flags, uint32_t hint, int sent, int saved_errno)
{
	struct gate gate = GATE_FOR(sendmmsg, SEND, fd, hint);
	const int again = flags & ~MSG_FASTOPEN;
	unsigned int done = sent > 0 ? (unsigned int)sent : 0;
	bool stopped = sent > 0, timed = false;
	int n = sent;

	if (sent < 0 && !gate_would_block(errno))
		return sent;
	for (;;) {
		if (done > 0) {
			struct mmsghdr *const last = &messages[done - 1];
			const size_t length =
				vector_length(last->msg_hdr.msg_iov, last->msg_hdr.msg_iovlen);

			if (last->msg_len < length)
				stopped = false;
			last->msg_len = (unsigned int)message_rest(&gate, &last->msg_hdr,
								   last->msg_len, flags);
			if (last->msg_len < length || (gate.final && !timed))
				break;
		}
		if (done >= count)
			break;
		n = stopped ? send_after_stop(fd, messages + done, count - done, again, hint)
			    : 0;
		gate.progress = done;
		if (n == 0)
			n = sendmmsg_wait(&gate, messages + done, count - done, again, &timed);
		if (n <= 0)
			break;
		stopped = !timed;
		done += (unsigned int)n;
	}
	if (done == 0)
		return n;
	errno = saved_errno;
	return (int)done;
}

static int sendmmsg_with(int fd, struct mmsghdr *messages, unsigned int count, int flags,
			 uint32_t hint)
{
	int saved_errno, n;

	if ((flags & MSG_DONTWAIT) != 0 || hint_native(hint))
		return REAL(sendmmsg)(fd, messages, count, flags);
	/* No more are taken natively (net/socket.c: __sys_sendmmsg). */
	if (count > IOV_MAX)
		count = IOV_MAX;
	saved_errno = errno_now();
	n = REAL(sendmmsg)(fd, messages, count, flags | MSG_DONTWAIT);
	if (n >= 0 && (unsigned int)n == count &&
	    (n == 0 ||
	     messages[n - 1].msg_len == vector_length(messages[n - 1].msg_hdr.msg_iov,
						      messages[n - 1].msg_hdr.msg_iovlen)))
		return n;
	return sendmmsg_blocked(fd, messages, count, flags, hint, n, saved_errno);
}

/* Of the first message only, and no more than limit bytes of it. */
static int sendmmsg_limited(int fd, struct mmsghdr *messages, unsigned int count, int flags,
			    uint32_t hint, size_t limit)
{
	ssize_t n;

	if (count == 0 || !memory_readable(messages, sizeof *messages))
		return sendmmsg_with(fd, messages, count, flags, hint);
	n = sendmsg_limited(fd, &messages->msg_hdr, flags, hint, limit);
	if (n < 0)
		return -1;
	messages->msg_len = (unsigned int)n;
	return 1;
}

COLD static int sendmmsg_attended(int fd, struct mmsghdr *messages, unsigned int count,
				  int flags, uint32_t hint)
{
	struct attention attention =
		ATTENTION_FOR(sendmmsg, OPERATION_SEND, -1, fd, hint, ARGUMENT(fd),
			      ARGUMENT(messages), ARGUMENT(count), ARGUMENT(flags));
	int n;

	ATTEND(n, &attention,
	       attention_limits(&attention)
		       ? sendmmsg_limited(fd, messages, count, flags, attention.hint,
					  attention.chaos.limit)
		       : sendmmsg_with(fd, messages, count, flags, attention.hint));
	return n;
}

int wrap_sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags)
{
	const uint32_t hint = hint_get(fd);

	if (hint_wants_attention(hint))
		return sendmmsg_attended(fd, messages, count, flags, hint);
	return sendmmsg_with(fd, messages, count, flags, hint);
}

/* Nothing is written for nothing, and whether the socket could is not asked (fs/read_write.c:
 * vfs_writev). sendmsg asks, so it is told not to send SIGPIPE; the vector is looked at when the
 * kernel has found that it can be. */
COLD static ssize_t writev_blocked(int fd, const struct iovec *vector, int count, uint32_t hint,
				   ssize_t n, int saved_errno)
{
	struct gate gate = GATE_FOR(writev, SEND, fd, hint);
	const struct msghdr message = {.msg_iov = (struct iovec *)(uintptr_t)vector,
				       .msg_iovlen = (size_t)count};

	/* As in readv_blocked. */
	if (n < 0 && errno == ENOTSOCK) {
		hint_learn(fd, hint, HINT_NO_SOCKET);
		errno = saved_errno;
		return REAL(writev)(fd, vector, count);
	}
	if (n < 0 && vector_was_read(errno) && vector_length(vector, (size_t)count) == 0) {
		errno = saved_errno;
		return 0;
	}
	/* Again, with the signal. */
	if (n < 0 && errno == EPIPE)
		return REAL(writev)(fd, vector, count);
	return sendmsg_blocked(&gate, &message, 0, n, saved_errno);
}

static ssize_t writev_with(int fd, const struct iovec *vector, int count, uint32_t hint)
{
	const struct msghdr message = {.msg_iov = (struct iovec *)(uintptr_t)vector,
				       .msg_iovlen = (size_t)count};
	int saved_errno;
	ssize_t n;

	if (hint_native(hint) || count <= 0 || count > IOV_MAX ||
	    !socket_takes_vector(fd, hint, vector, count))
		return REAL(writev)(fd, vector, count);
	saved_errno = errno_now();
	n = REAL(sendmsg)(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (UNLIKELY(n < 0 || (size_t)n != vector_length(vector, (size_t)count)))
		return writev_blocked(fd, vector, count, hint_get(fd), n, saved_errno);
	return n;
}

COLD static ssize_t writev_attended(int fd, const struct iovec *vector, int count,
				    uint32_t hint)
{
	struct attention attention =
		ATTENTION_FOR(writev, OPERATION_SEND, -1, fd, hint, ARGUMENT(fd),
			      ARGUMENT(vector), ARGUMENT(count));
	struct iovec window[VECTOR_WINDOW];
	ssize_t n;

	ATTEND(n, &attention,
	       (attention_vector(&attention, &vector, &count, window),
		writev_with(fd, vector, count, attention.hint)));
	return n;
}

ssize_t wrap_writev(int fd, const struct iovec *vector, int count)
{
	const uint32_t hint = hint_get(fd);

	if (hint_wants_attention(hint))
		return writev_attended(fd, vector, count, hint);
	return writev_with(fd, vector, count, hint);
}
