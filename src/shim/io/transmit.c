/*
 * Completes a send. Cold.
 */
#include "config.h"

#include "base/clock.h"
#include "calls/real.h"
#include "shim/system/kernel.h"
#include "shim/io/transmit.h"
#include "shim/io/vector.h"

void transmit_to(struct gate *gate, const struct sockaddr *address, socklen_t length)
{
	if (address == NULL || length < sizeof address->sa_family)
		return;
	gate->address = address;
	gate->address_length = length;
	if (address->sa_family == AF_UNIX)
		gate->blind = true;
}

static bool is_gone(const struct gate *gate)
{
	return (gate->revents & POLLERR) != 0 && (gate->revents & POLLHUP) != 0;
}

bool transmit_has_failed(const struct gate *gate)
{
	int family = 0, error = 0;

	if (!is_gone(gate) || kernel_socket_option(gate->fd, SO_DOMAIN, &family) != 0 ||
	    family != AF_UNIX || kernel_socket_option(gate->fd, SO_ERROR, &error) != 0)
		return false;
	errno = error != 0 ? error : EPIPE;
	return true;
}

static ssize_t transmit_piece(struct gate *gate, const struct iovec *vector, size_t count,
			      size_t sent, size_t total, int flags, size_t *asked)
{
	struct iovec window[VECTOR_WINDOW];
	const int used = vector_rest(vector, count, sent, total - sent, window, asked);
	struct msghdr piece = {.msg_iov = window, .msg_iovlen = (size_t)used};
	/* Urgent is the last byte of all, the record ends with it. */
	const int here = *asked < total - sent ? flags & ~(MSG_OOB | MSG_EOR) : flags;
	ssize_t n;

	/* Gone: natively the call ends with its count and the error is for the next one, so it is
	 * not fetched here where it can be seen. */
	GATE_COMPLETE(n, gate,
		      transmit_has_failed(gate) || is_gone(gate)
			      ? 0
			      : REAL(sendmsg)(gate->fd, &piece, here | MSG_DONTWAIT),
		      REAL(sendmsg)(gate->fd, &piece, here));
	return n;
}

/* Something has gone within the program's own bound, which on an AF_UNIX stream is one for each
 * piece (net/core/sock.c: sock_alloc_send_pskb), elsewhere one for the call. */
static void renew_own(struct gate *gate)
{
	int family = 0;

	if (kernel_socket_option(gate->fd, SO_DOMAIN, &family) == 0 && family == AF_UNIX)
		gate->deadline = clock_deadline(clock_now(), gate->timeout);
}

ssize_t transmit_rest(struct gate *gate, const struct iovec *vector, size_t count, size_t sent,
		      int flags)
{
	const size_t total = vector_length(vector, count);

	flags = (flags & ~(MSG_ZEROCOPY | MSG_FASTOPEN)) | MSG_NOSIGNAL;
	gate->rest = true;
	while (sent < total) {
		size_t asked;
		ssize_t n;

		gate->progress = sent;
		gate->empty = 0;
		n = transmit_piece(gate, vector, count, sent, total, flags, &asked);
		if (n <= 0)
			break;
		sent += (size_t)n;
		if (gate->own)
			renew_own(gate);
		/* What cut the real call short ends this one. */
		if (gate->final && (size_t)n < asked)
			break;
	}
	return (ssize_t)sent;
}
