/*
 * Completes a receive. Cold: for MSG_WAITALL and SO_RCVLOWAT only.
 */
#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "calls/real.h"
#include "shim/kernel.h"
#include "shim/receive.h"
#include "shim/report.h"
#include "shim/vector.h"

atomic_bool receive_low_water;

/* The socket's SO_RCVLOWAT; 1, the default, without a call where no one has set any. */
static size_t low_water(int fd)
{
	int value = 1;

	if (atomic_load_explicit(&receive_low_water, memory_order_relaxed) &&
	    kernel_socket_option(fd, SO_RCVLOWAT, &value) == 0 && value > 1)
		return (size_t)value;
	return 1;
}

static bool is_stream(const struct gate *gate)
{
	int type;

	if ((gate->hint & (HINT_STREAM | HINT_MESSAGES)) != 0)
		return (gate->hint & HINT_STREAM) != 0;
	return kernel_socket_option(gate->fd, SO_TYPE, &type) == 0 && type == SOCK_STREAM;
}

void receive_prepare(struct gate *gate)
{
	if (low_water(gate->fd) > 1)
		gate->blind = true;
}

bool receive_descriptors(struct msghdr *message)
{
	bool any = false;

	if (message->msg_control == NULL)
		return false;
	for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != NULL;
	     part = CMSG_NXTHDR(message, part)) {
		const unsigned char *data = CMSG_DATA(part);

		if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t at = CMSG_LEN(0); at + sizeof(int) <= part->cmsg_len;
		     at += sizeof(int), data += sizeof(int)) {
			int fd;

			memcpy(&fd, data, sizeof fd);
			hint_forget(fd);
			any = true;
		}
	}
	return any;
}

/* recvmsg into what is left, at most limit bytes; ancillary data goes where the first would. */
static ssize_t receive_piece(const struct receive *receive, size_t done, size_t limit,
			     int flags)
{
	struct iovec window[VECTOR_WINDOW];
	struct msghdr piece = {.msg_iov = window};
	size_t length;
	ssize_t n;

	piece.msg_iovlen = (size_t)vector_rest(receive->vector, receive->count, done, limit,
					       window, &length);
	if (receive->message != NULL) {
		piece.msg_control = receive->message->msg_control;
		piece.msg_controllen = receive->control_length;
	}
	n = REAL(recvmsg)(receive->gate->fd, &piece, flags);
	if (n > 0 && receive->message != NULL) {
		receive->message->msg_controllen = piece.msg_controllen;
		receive->message->msg_flags =
			piece.msg_flags | (receive->message->msg_flags & MSG_CTRUNC);
	}
	return n;
}

/* A peek looks at the same bytes again, all of them: natively, with the kernel's timer, since
 * poll would call the first of them ready. */
static ssize_t peek_whole(const struct receive *receive, ssize_t received)
{
	struct gate *const gate = receive->gate;
	struct msghdr whole = {.msg_iov = (struct iovec *)(uintptr_t)receive->vector,
			       .msg_iovlen = receive->count};
	ssize_t n;

	if (receive->message != NULL) {
		whole.msg_control = receive->message->msg_control;
		whole.msg_controllen = receive->control_length;
	}
	gate->blind = true;
	GATE_COMPLETE(n, gate, REAL(recvmsg)(gate->fd, &whole, receive->flags | MSG_DONTWAIT),
		      REAL(recvmsg)(gate->fd, &whole, receive->flags));
	if (n < received)
		return received;
	if (receive->message != NULL) {
		receive->message->msg_controllen = whole.msg_controllen;
		receive->message->msg_flags = whole.msg_flags;
	}
	return n;
}

/* Between poll and the next try: would that one do what the native call does not? */
static bool at_an_end(const struct gate *gate)
{
	/* It has failed, and all that came was read: the error is for the next call. */
	if ((gate->revents & POLLERR) != 0 && (gate->revents & POLLHUP) != 0 &&
	    kernel_readable(gate->fd) <= 0)
		return true;
	/* A call that has read something does not go past urgent data. */
	return kernel_at_mark(gate->fd);
}

static ssize_t receive_step(const struct receive *receive, size_t done, size_t wanted)
{
	/* Bytes, not records: MSG_WAITALL makes the native call exact about the number. */
	const int flags = receive->flags | MSG_WAITALL;
	const size_t left = wanted - done;
	ssize_t n;

	GATE_COMPLETE(n, receive->gate,
		      at_an_end(receive->gate)
			      ? 0
			      : receive_piece(receive, done, left, flags | MSG_DONTWAIT),
		      receive_piece(receive, done, left, flags));
	return n;
}

ssize_t receive_rest(const struct receive *receive, ssize_t received)
{
	struct gate *const gate = receive->gate;
	const size_t length = vector_length(receive->vector, receive->count);
	size_t done = (size_t)received, wanted = length;

	if (done >= length || gate->final || !is_stream(gate))
		return received;
	if ((receive->flags & MSG_WAITALL) == 0 && low_water(gate->fd) < length)
		wanted = low_water(gate->fd);
	gate->progress = done;
	if (done < wanted && (receive->flags & MSG_PEEK) != 0)
		return peek_whole(receive, received);
	receive_prepare(gate);
	while (done < wanted) {
		ssize_t n;

		/* Descriptors came with what was read: the native call ends there
		 * (net/unix/af_unix.c: unix_stream_read_generic). */
		if (receive->message != NULL && receive->message->msg_controllen != 0 &&
		    receive_descriptors(receive->message))
			break;
		gate->empty = 0;
		n = receive_step(receive, done, wanted);
		if (n <= 0)
			break;
		done += (size_t)n;
		gate->progress = done;
	}
	return (ssize_t)done;
}
