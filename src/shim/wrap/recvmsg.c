/*
 * recvmsg and recvmmsg. Hot when there is something to receive.
 *
 * The kernel writes to the caller's msghdr only when it succeeds (net/socket.c: ____sys_recvmsg),
 * so a try that would block leaves it as it was.
 */
#include "config.h"

#include <errno.h>
#include <limits.h>

#include "base/clock.h"
#include "base/duration.h"
#include "calls/calls.h"
#include "calls/direct.h"
#include "calls/errno.h"
#include "calls/real.h"
#include "shim/io/attention.h"
#include "shim/io/gate.h"
#include "shim/system/memory.h"
#include "shim/io/receive.h"

APART static ssize_t recvmsg_blocked(int fd, struct msghdr *message, int flags, uint32_t hint,
				     size_t control_length, ssize_t n, int saved_errno)
{
	struct gate gate = GATE_FOR(recvmsg, RECV, fd, hint);

	if (n < 0 && gate_would_block(errno)) {
		receive_prepare(&gate, flags);
		GATE_COMPLETE(n, &gate, REAL(recvmsg)(fd, message, flags | MSG_DONTWAIT),
			      REAL(recvmsg)(fd, message, flags));
	}
	if (n >= 0)
		receive_descriptors(message);
	if (n > 0 && receive_incomplete(flags)) {
		/* NULL it was not: the kernel has read and written it. */
		const struct receive receive = {
			.gate = &gate,
			// NOLINTNEXTLINE(clang-analyzer-core.NullDereference)
			.vector = message->msg_iov,
			.count = message->msg_iovlen,
			.flags = flags,
			.message = message,
			.control_length = control_length};

		n = receive_rest(&receive, n);
	}
	if (n >= 0)
		errno = saved_errno;
	return n;
}

APART static ssize_t recvmsg_try(int fd, struct msghdr *message, int flags, uint32_t hint)
{
	size_t control_length = 0;
	int saved_errno;
	ssize_t n;

	saved_errno = errno_now();
	if (receive_incomplete(flags) && memory_readable(message, sizeof *message))
		control_length = message->msg_controllen;
	n = receive_untried(fd, flags, hint) ? -1
					     : REAL(recvmsg)(fd, message, flags | MSG_DONTWAIT);
	if (UNLIKELY(n < 0 || receive_incomplete(flags)))
		return recvmsg_blocked(fd, message, flags, hint, control_length, n,
				       saved_errno);
	if (UNLIKELY(message->msg_controllen != 0))
		receive_descriptors(message);
	return n;
}

static inline ssize_t recvmsg_with(int fd, struct msghdr *message, int flags, uint32_t hint)
{
	ssize_t n;

	if (!receive_is_immediate(fd, flags, hint) && !hint_native(hint))
		return recvmsg_try(fd, message, flags, hint);
	n = REAL(recvmsg)(fd, message, flags);
	if (n >= 0 && UNLIKELY(message->msg_controllen != 0))
		receive_descriptors(message);
	return n;
}

/* recvmsg of no more than limit bytes. */
static ssize_t recvmsg_limited(int fd, struct msghdr *message, int flags, uint32_t hint,
			       size_t limit)
{
	struct iovec window[VECTOR_WINDOW];
	struct msghdr part;
	ssize_t n;

	if (!vector_limit_message(message, limit, &part, window))
		return recvmsg_with(fd, message, flags, hint);
	n = recvmsg_with(fd, &part, flags, hint);
	if (n < 0)
		return n;
	message->msg_namelen = part.msg_namelen;
	message->msg_controllen = part.msg_controllen;
	message->msg_flags = part.msg_flags;
	return n;
}

COLD static ssize_t recvmsg_attended(int fd, struct msghdr *message, int flags, uint32_t hint)
{
	struct attention attention =
		ATTENTION_FOR(recvmsg, OPERATION_RECV, -1, fd, hint, ARGUMENT(fd),
			      ARGUMENT(message), ARGUMENT(flags));
	ssize_t n;

	ATTEND(n, &attention,
	       attention_limits(&attention)
		       ? recvmsg_limited(fd, message, flags, attention.hint,
					 attention.chaos.limit)
		       : recvmsg_with(fd, message, flags, attention.hint));
	return n;
}

APART static ssize_t recvmsg_direct(int fd, struct msghdr *message, int flags, uint32_t hint)
{
	ssize_t n = direct_recvmsg(fd, message, flags | MSG_DONTWAIT);
	int saved_errno;

	if (UNLIKELY(n < 0)) {
		saved_errno = direct_result(&n);
		return recvmsg_blocked(fd, message, flags, hint, 0, n, saved_errno);
	}
	if (UNLIKELY(message->msg_controllen != 0))
		receive_descriptors(message);
	return n;
}

DIRECT_IN_THREADS(recvmsg, (int fd, struct msghdr *message, int flags, uint32_t hint),
		  (fd, message, flags, hint))

APART static ssize_t recvmsg_otherwise(int fd, struct msghdr *message, int flags, uint32_t hint)
{
	if (hint_wants_attention(hint))
		return recvmsg_attended(fd, message, flags, hint);
	return recvmsg_with(fd, message, flags, hint);
}

ssize_t wrap_recvmsg(int fd, struct msghdr *message, int flags)
{
	const uint32_t hint = hint_get(fd);

	if (receive_directly(CALL_recvmsg, flags, hint))
		return DIRECT(recvmsg, fd, message, flags, hint);
	return recvmsg_otherwise(fd, message, flags, hint);
}

static void forget_descriptors(struct mmsghdr *messages, int count)
{
	for (int i = 0; i < count; i++)
		if (messages[i].msg_hdr.msg_controllen != 0)
			receive_descriptors(&messages[i].msg_hdr);
}

/* The caller's timeout for the whole is looked at after each message only (recvmmsg(2), BUGS):
 * what is left of it, for the next try; false when it is over. */
static bool own_time_left(int64_t end, struct timespec *timeout)
{
	int64_t left;

	if (timeout == NULL)
		return true;
	left = end - clock_now();
	if (left < 0)
		left = 0;
	timeout->tv_sec = (time_t)(left / NANOSECONDS_PER_SECOND);
	timeout->tv_nsec = (long)(left % NANOSECONDS_PER_SECOND);
	return left > 0;
}

/* The end of the caller's timeout; one that the kernel refuses never gets here. */
static int64_t own_end(const struct timespec *timeout)
{
	if (timeout == NULL || timeout->tv_sec >= INT64_MAX / NANOSECONDS_PER_SECOND)
		return DEADLINE_NEVER;
	return clock_deadline(clock_now(), (int64_t)timeout->tv_sec * NANOSECONDS_PER_SECOND +
						   timeout->tv_nsec);
}

/* A recvmmsg, and how far it is. */
struct batch {
	struct mmsghdr *messages;
	unsigned int count, done;
	unsigned int each; /* messages a try: 1 where each is to be filled before the next */
	int flags;
	struct timespec *timeout;
};

/* The next messages, by a try without blocking. One of an error that is pending gives none: it
 * is for the next call, as natively (net/socket.c: do_recvmmsg puts it back). Poll does not tell
 * it from a filled error queue, with which the call ends early. */
static int batch_try(const struct batch *batch, const struct gate *gate)
{
	const unsigned int left = batch->count - batch->done;

	if (batch->done != 0 && (gate->revents & POLLERR) != 0)
		return 0;
	return REAL(recvmmsg)(gate->fd, batch->messages + batch->done,
			      left < batch->each ? left : batch->each,
			      batch->flags | MSG_DONTWAIT, NULL);
}

/* … by the real call. The kernel's timer is for each message anew: then it is one message. */
static int batch_native(const struct batch *batch, const struct gate *gate, bool *timed)
{
	*timed = gate->timed;
	return REAL(recvmmsg)(gate->fd, batch->messages + batch->done,
			      *timed ? 1 : batch->count - batch->done, batch->flags,
			      *timed ? NULL : batch->timeout);
}

/* n messages have come. Of a stream with MSG_WAITALL they are one, to be filled. */
static void batch_complete(struct batch *batch, struct gate *gate, unsigned int n)
{
	struct mmsghdr *const last = &batch->messages[batch->done + n - 1];
	const struct receive receive = {.gate = gate,
					.vector = last->msg_hdr.msg_iov,
					.count = last->msg_hdr.msg_iovlen,
					.flags = batch->flags};

	for (struct mmsghdr *message = batch->messages + batch->done; message <= last;
	     message++)
		if (message->msg_hdr.msg_controllen != 0)
			receive_descriptors(&message->msg_hdr);
	if (receive_incomplete(batch->flags) && last->msg_len != 0)
		last->msg_len = (unsigned int)receive_rest(&receive, last->msg_len);
	gate->final = false;
	batch->done += n;
}

/* received messages are there (> 0) and more are wanted, or the first try has failed (< 0). */
COLD static int recvmmsg_blocked(int fd, struct batch *batch, uint32_t hint, int received,
				 int saved_errno)
{
	struct gate gate = GATE_FOR(recvmmsg, RECV, fd, hint);
	int64_t end;
	int n = received;
	bool timed = false;

	if (received < 0 && !gate_would_block(errno))
		return received;
	/* Read by the kernel in a try alone, and written when messages have come. */
	if (batch->timeout != NULL && !memory_writable(batch->timeout, sizeof *batch->timeout))
		return REAL(recvmmsg)(fd, batch->messages, batch->count, batch->flags,
				      batch->timeout);
	receive_prepare(&gate, batch->flags);
	end = own_end(batch->timeout);
	for (;;) {
		const bool whole = gate.final && !timed;

		if (n > 0)
			batch_complete(batch, &gate, (unsigned int)n);
		if (batch->done >= batch->count || whole ||
		    (batch->done != 0 && ((batch->flags & MSG_WAITFORONE) != 0 ||
					  !own_time_left(end, batch->timeout))))
			break;
		gate.progress = batch->done;
		gate.empty = 0;
		timed = false;
		GATE_COMPLETE(n, &gate, batch_try(batch, &gate),
			      batch_native(batch, &gate, &timed));
		if (n <= 0)
			break;
	}
	if (batch->done == 0)
		return n;
	errno = saved_errno;
	return (int)batch->done;
}

static int recvmmsg_with(int fd, struct mmsghdr *messages, unsigned int count, int flags,
			 struct timespec *timeout, uint32_t hint)
{
	/* More are never taken (net/socket.c: do_recvmmsg's callers). */
	const unsigned int most = count < IOV_MAX ? count : IOV_MAX;
	struct batch batch = {.messages = messages,
			      .count = most,
			      .each = most,
			      .flags = flags,
			      .timeout = timeout};
	int saved_errno, n;

	if (receive_is_immediate(fd, flags, hint) || hint_native(hint)) {
		n = REAL(recvmmsg)(fd, messages, count, flags, timeout);
		if (n > 0)
			forget_descriptors(messages, n);
		return n;
	}
	saved_errno = errno_now();
	if (receive_incomplete(flags) && most > 1 && receive_is_stream(fd, hint))
		batch.each = 1;
	n = receive_untried(fd, flags, 0)
		    ? -1
		    : REAL(recvmmsg)(fd, messages, batch.each, flags | MSG_DONTWAIT, timeout);
	if (n < 0 || ((unsigned int)n < most && n != 0 && (flags & MSG_WAITFORONE) == 0) ||
	    receive_incomplete(flags))
		return recvmmsg_blocked(fd, &batch, hint, n, saved_errno);
	if (n > 0)
		forget_descriptors(messages, n);
	return n;
}

/* Into the first message only, and no more than limit bytes. */
static int recvmmsg_limited(int fd, struct mmsghdr *messages, unsigned int count, int flags,
			    struct timespec *timeout, uint32_t hint, size_t limit)
{
	ssize_t n;

	if (count == 0 || !memory_readable(messages, sizeof *messages))
		return recvmmsg_with(fd, messages, count, flags, timeout, hint);
	n = recvmsg_limited(fd, &messages->msg_hdr, flags & ~MSG_WAITFORONE, hint, limit);
	if (n < 0)
		return -1;
	messages->msg_len = (unsigned int)n;
	return 1;
}

COLD static int recvmmsg_attended(int fd, struct mmsghdr *messages, unsigned int count,
				  int flags, struct timespec *timeout, uint32_t hint)
{
	struct attention attention = ATTENTION_FOR(
		recvmmsg, OPERATION_RECV, -1, fd, hint, ARGUMENT(fd), ARGUMENT(messages),
		ARGUMENT(count), ARGUMENT(flags), ARGUMENT(timeout));
	int n;

	ATTEND(n, &attention,
	       attention_limits(&attention)
		       ? recvmmsg_limited(fd, messages, count, flags, timeout, attention.hint,
					  attention.chaos.limit)
		       : recvmmsg_with(fd, messages, count, flags, timeout, attention.hint));
	return n;
}

int wrap_recvmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags,
		  struct timespec *timeout)
{
	const uint32_t hint = hint_get(fd);

	if (hint_wants_attention(hint))
		return recvmmsg_attended(fd, messages, count, flags, timeout, hint);
	return recvmmsg_with(fd, messages, count, flags, timeout, hint);
}
