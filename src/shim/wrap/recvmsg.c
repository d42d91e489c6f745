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
#include "calls/real.h"
#include "shim/failure.h"
#include "shim/gate.h"
#include "shim/receive.h"

COLD static ssize_t recvmsg_blocked(int fd, struct msghdr *message, int flags, uint32_t hint,
				    size_t control_length, ssize_t n, int saved_errno)
{
	struct gate gate = GATE_FOR(recvmsg, RECV, fd, hint);

	if (n < 0 && gate_would_block(errno)) {
		receive_prepare(&gate);
		GATE_COMPLETE(n, &gate, REAL(recvmsg)(fd, message, flags | MSG_DONTWAIT),
			      REAL(recvmsg)(fd, message, flags));
	}
	if (n >= 0)
		receive_descriptors(message);
	if (n > 0 && receive_incomplete(flags)) {
		const struct receive receive = {.gate = &gate,
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

ssize_t wrap_recvmsg(int fd, struct msghdr *message, int flags)
{
	const uint32_t hint = hint_get(fd);
	size_t control_length = 0;
	int saved_errno;
	ssize_t n;

	if (failure_due(fd, hint))
		return -1;
	if ((flags & RECEIVE_IMMEDIATE) != 0 || hint_native(hint)) {
		n = REAL(recvmsg)(fd, message, flags);
	} else {
		saved_errno = errno;
		if (receive_incomplete(flags))
			control_length = message->msg_controllen;
		n = REAL(recvmsg)(fd, message, flags | MSG_DONTWAIT);
		if (UNLIKELY(n < 0 || receive_incomplete(flags)))
			return recvmsg_blocked(fd, message, flags, hint, control_length, n,
					       saved_errno);
	}
	if (n >= 0 && UNLIKELY(message->msg_controllen != 0))
		receive_descriptors(message);
	return n;
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

/* received messages are there (>= 0) and more are wanted, or the first try has failed (< 0). */
COLD static int recvmmsg_blocked(int fd, struct mmsghdr *messages, unsigned int count,
				 int flags, struct timespec *timeout, uint32_t hint,
				 int received, int saved_errno)
{
	struct gate gate = GATE_FOR(recvmmsg, RECV, fd, hint);
	const int64_t end = own_end(timeout);
	unsigned int done = received > 0 ? (unsigned int)received : 0;
	int n = received;

	if (received < 0 && !gate_would_block(errno))
		return received;
	receive_prepare(&gate);
	while (done < count) {
		gate.progress = done;
		gate.empty = 0;
		GATE_COMPLETE(
			n, &gate,
			REAL(recvmmsg)(fd, messages + done, count - done, flags | MSG_DONTWAIT,
				       NULL),
			REAL(recvmmsg)(fd, messages + done, count - done, flags, timeout));
		if (n < 0)
			break;
		done += (unsigned int)n;
		if (gate.final || (flags & MSG_WAITFORONE) != 0 || !own_time_left(end, timeout))
			break;
	}
	if (done == 0)
		return n;
	forget_descriptors(messages, (int)done);
	errno = saved_errno;
	return (int)done;
}

int wrap_recvmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags,
		  struct timespec *timeout)
{
	const uint32_t hint = hint_get(fd);
	int saved_errno, n;

	if (failure_due(fd, hint))
		return -1;
	if ((flags & RECEIVE_IMMEDIATE) != 0 || hint_native(hint)) {
		n = REAL(recvmmsg)(fd, messages, count, flags, timeout);
		if (n > 0)
			forget_descriptors(messages, n);
		return n;
	}
	saved_errno = errno;
	n = REAL(recvmmsg)(fd, messages, count, flags | MSG_DONTWAIT, timeout);
	/* More than UIO_MAXIOV messages are never taken (net/socket.c: do_recvmmsg's callers). */
	if (n < 0 || ((unsigned int)n < (count < IOV_MAX ? count : IOV_MAX) && n != 0 &&
		      (flags & MSG_WAITFORONE) == 0))
		return recvmmsg_blocked(fd, messages, count < IOV_MAX ? count : IOV_MAX, flags,
					timeout, hint, n, saved_errno);
	if (n > 0)
		forget_descriptors(messages, n);
	return n;
}
