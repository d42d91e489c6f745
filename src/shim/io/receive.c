/*
 * What few receives need: the rest that MSG_WAITALL asks for, SO_RCVLOWAT, and descriptors that came
 * along, whose numbers mean another file now. Cold.
 */
#include "config.h"

#include <fcntl.h>
#include <string.h>

#include "calls/real.h"
#include "shim/system/kernel.h"
#include "shim/io/receive.h"
#include "shim/fd/socket.h"
#include "shim/io/vector.h"

atomic_bool receive_low_water;

bool receive_has_low_water(int fd)
{
	int value = 1;
	const int flags = kernel_socket_option(fd, SO_RCVLOWAT, &value) == 0 && value > 1
				  ? kernel_flags(fd)
				  : -1;

	return flags >= 0 && (flags & O_NONBLOCK) == 0;
}

bool receive_is_stream(int fd, uint32_t hint)
{
	const uint32_t kind = hint & (HINT_STREAM | HINT_MESSAGES);

	return ((kind != 0 ? kind : socket_learn_kind(fd, hint)) & HINT_STREAM) != 0;
}

/* Of each number: whether it has an error queue, and the generation of the hint when that was asked. */
#define QUEUE_LACKS 0x1u
#define QUEUE_HAS   0x2u
LARGE _Atomic uint32_t receive_queues[HINT_DESCRIPTORS];

/* There MSG_ERRQUEUE counts for nothing (net/unix/af_unix.c, net/netlink/af_netlink.c). */
static uint32_t ask_queue(int fd)
{
	int family = AF_UNSPEC;

	(void)kernel_socket_option(fd, SO_DOMAIN, &family);
	return family == AF_UNIX || family == AF_NETLINK ? QUEUE_LACKS : QUEUE_HAS;
}

static bool has_error_queue(int fd, uint32_t hint)
{
	const uint32_t generation = hint & HINT_GENERATION_MASK;
	uint32_t word = 0;

	if ((unsigned int)fd < HINT_DESCRIPTORS)
		word = atomic_load_explicit(&receive_queues[fd], memory_order_relaxed);
	if (word != (generation | QUEUE_LACKS) && word != (generation | QUEUE_HAS)) {
		word = ask_queue(fd);
		if ((unsigned int)fd < HINT_DESCRIPTORS)
			atomic_store_explicit(&receive_queues[fd], generation | word,
					      memory_order_relaxed);
	}
	return (word & QUEUE_HAS) != 0;
}

/* Urgent data of a stream is there or not (net/ipv4/tcp.c: tcp_recv_urg); UDP knows of none, and
 * waits. */
bool receive_is_there_or_not(int fd, int flags, uint32_t hint)
{
	return ((flags & MSG_ERRQUEUE) != 0 && has_error_queue(fd, hint)) ||
	       ((flags & MSG_OOB) != 0 && receive_is_stream(fd, hint));
}

void receive_prepare(struct gate *gate, int flags)
{
	if (UNLIKELY(atomic_load_explicit(&receive_low_water, memory_order_relaxed)) &&
	    receive_has_low_water(gate->fd))
		gate->blind = true;
	/* The kernel's timer is for each message of a recvmmsg anew. */
	gate->keeps =
		!gate->blind && (flags & ~RECEIVE_PLAIN) == 0 && gate->call != CALL_recvmmsg;
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

/* recvmsg into what is left, asked bytes of it; ancillary data goes where the first would. */
static ssize_t receive_piece(const struct receive *receive, size_t done, size_t *asked,
			     int flags)
{
	struct iovec window[VECTOR_WINDOW];
	struct msghdr piece = {.msg_iov = window};
	ssize_t n;

	piece.msg_iovlen = (size_t)vector_rest(receive->vector, receive->count, done,
					       VECTOR_MAXIMUM - done, window, asked);
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
	const size_t length = vector_length(receive->vector, receive->count);
	struct gate *const gate = receive->gate;
	struct msghdr whole = {.msg_iov = (struct iovec *)(uintptr_t)receive->vector,
			       .msg_iovlen = receive->count};
	ssize_t n;

	if (receive->message != NULL) {
		whole.msg_control = receive->message->msg_control;
		whole.msg_controllen = receive->control_length;
	}
	gate->blind = true;
	do
		GATE_COMPLETE(n, gate,
			      REAL(recvmsg)(gate->fd, &whole, receive->flags | MSG_DONTWAIT),
			      REAL(recvmsg)(gate->fd, &whole, receive->flags));
	while (n >= 0 && (size_t)n < length && gate_was_cut(gate));
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
	int family;

	/* It has failed, and all that came was read: the error is for the next call, but in
	 * AF_UNIX, where the call that waits takes it away (unix_stream_read_generic). */
	if ((gate->revents & POLLERR) != 0 && (gate->revents & POLLHUP) != 0 &&
	    kernel_readable(gate->fd) <= 0 &&
	    (kernel_socket_option(gate->fd, SO_DOMAIN, &family) != 0 || family != AF_UNIX))
		return true;
	/* A call that has read something does not go past urgent data. */
	return kernel_at_mark(gate->fd);
}

/* Returns what has come, at most *asked; 0 or less where nothing more is to be waited for. */
static ssize_t receive_step(const struct receive *receive, size_t done, size_t *asked)
{
	const int flags = receive->flags;
	ssize_t n;

	GATE_COMPLETE(n, receive->gate,
		      at_an_end(receive->gate)
			      ? 0
			      : receive_piece(receive, done, asked, flags | MSG_DONTWAIT),
		      receive_piece(receive, done, asked, flags));
	return n;
}

/* Descriptors came with what was read last: the native call ends there (net/unix/af_unix.c:
 * unix_stream_read_generic). Where there was no room for them, MSG_CTRUNC says that they came,
 * unless it speaks of credentials. */
static bool descriptors_came(const struct receive *receive)
{
	struct msghdr *const message = receive->message;
	int family, credentials;

	if (message == NULL)
		return false;
	if (message->msg_controllen != 0 && receive_descriptors(message))
		return true;
	return (message->msg_flags & MSG_CTRUNC) != 0 &&
	       kernel_socket_option(receive->gate->fd, SO_DOMAIN, &family) == 0 &&
	       family == AF_UNIX &&
	       kernel_socket_option(receive->gate->fd, SO_PASSCRED, &credentials) == 0 &&
	       credentials == 0;
}

ssize_t receive_rest(const struct receive *receive, ssize_t received)
{
	struct gate *const gate = receive->gate;
	const size_t length = vector_length(receive->vector, receive->count);
	const uint64_t before = gate->progress;
	size_t done = (size_t)received;

	if (done >= length || gate->final || !receive_is_stream(gate->fd, gate->hint))
		return received;
	gate->progress = done;
	if ((receive->flags & MSG_PEEK) != 0)
		return peek_whole(receive, received);
	gate->urgent = true;
	/* Poll tells of urgent data; where it is blind, that has to be looked for. */
	while (done < length && !descriptors_came(receive) &&
	       !(gate->blind && kernel_at_mark(gate->fd))) {
		size_t asked;
		ssize_t n;

		gate->empty = 0;
		n = receive_step(receive, done, &asked);
		if (n <= 0)
			break;
		done += (size_t)n;
		gate->progress = done;
		/* What cut the real call short ends this one. */
		if (gate->final && (size_t)n < asked && !gate_was_cut(gate))
			break;
	}
	gate->urgent = false;
	gate->progress = before;
	return (ssize_t)done;
}
