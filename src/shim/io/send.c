/*
 * Sending calls: a try, the wait, and the rest of a send of which a try sent a part. A blocking send
 * takes everything (send(2)). Cold.
 */
#include "config.h"

#include <poll.h>

#include "base/clock.h"
#include "calls/real.h"
#include "shim/io/io.h"
#include "shim/io/send.h"
#include "shim/io/vector.h"

/* The socket has failed. Natively the call ends with its count; outside AF_UNIX the next call gets the
 * error. */
static bool is_gone(const struct io *io)
{
	return (io->revents & POLLERR) != 0 && (io->revents & POLLHUP) != 0;
}

/* sendmsg(2) of the data behind the first sent bytes of total: *asked bytes. */
static ssize_t send_piece(struct io *io, size_t sent, size_t total, int flags, size_t *asked)
{
	struct iovec window[VECTOR_WINDOW];
	size_t count;
	const struct iovec *const vector = io_vector(io, &count);
	const int used = vector_rest(vector, count, sent, total - sent, window, asked);
	const struct msghdr piece = {.msg_iov = window, .msg_iovlen = (vector_count)used};

	/* The last byte of all is urgent, or ends the record. */
	if (*asked < total - sent)
		flags &= ~(MSG_OOB | MSG_EOR);
	return REAL(sendmsg)(io->fd, &piece, flags);
}

/* Wait and send more. Returns the number of bytes; 0 or less where the call ends. */
static ssize_t send_more(struct io *io, size_t sent, size_t total, int flags)
{
	size_t asked;

	for (;;) {
		const int verdict = io_wait(io);
		ssize_t n;

		if (verdict < 0)
			return verdict;
		if (verdict == IO_NATIVE) {
			io->final = true;
			return send_piece(io, sent, total, flags, &asked);
		}
		if (io_error_after_wait(io) != 0 || is_gone(io))
			return 0;
		n = send_piece(io, sent, total, flags | MSG_DONTWAIT, &asked);
		if (n >= 0 || !io_would_block(errno))
			return n;
	}
}

/* Something was sent within the program's own timer, which begins anew with each piece on an AF_UNIX
 * stream (net/core/sock.c: sock_alloc_send_pskb). */
static void renew_own_timer(struct io *io)
{
	if (io_is_unix(io->fd))
		io->deadline = clock_deadline(clock_now(), io->timeout);
}

ssize_t send_all(struct io *io, size_t sent)
{
	const size_t total = io_length(io);
	/* Ancillary data and the notification of MSG_ZEROCOPY went with the first byte. */
	const int flags = (io->flags & ~(MSG_ZEROCOPY | MSG_FASTOPEN)) | MSG_NOSIGNAL;

	io->keep_waiting = true;
	while (sent < total && !io->final) {
		ssize_t n;

		io->progress = sent;
		io->spurious_wakeups = 0;
		n = send_more(io, sent, total, flags);
		if (n <= 0)
			break;
		sent += (size_t)n;
		if (io->own)
			renew_own_timer(io);
	}
	io_leave(io, 0);
	return (ssize_t)sent;
}

ssize_t io_send(struct io *io)
{
	ssize_t n = io->result;

	if (io_is_native(io) || (io->flags & MSG_DONTWAIT) != 0)
		return io->make(io, 0);
	errno = EAGAIN;
	if (!io->tried)
		n = io->make(io, MSG_DONTWAIT);
	if (n < 0 && io_would_block(errno)) {
		/* The connect of a Fast Open has begun; from now on the call is a send. */
		io->flags &= ~MSG_FASTOPEN;
		n = io_retry(io);
	}
	return n > 0 && !io->final && (size_t)n < io_length(io) ? send_all(io, (size_t)n) : n;
}
