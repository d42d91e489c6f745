/*
 * Receiving calls: a try, the wait, and the rest of a receive that a try cut short. MSG_DONTWAIT ends
 * MSG_WAITALL and SO_RCVLOWAT early (net/ipv4/tcp.c: tcp_recvmsg_locked), so recv_all completes such
 * a receive. Cold.
 */
#include "config.h"

#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "calls/real.h"
#include "shim/io/io.h"
#include "shim/io/receive.h"
#include "shim/io/vector.h"
#include "shim/system/kernel.h"

/* AF_UNIX and AF_NETLINK ignore MSG_ERRQUEUE (net/unix/af_unix.c, net/netlink/af_netlink.c). */
static bool has_error_queue(int fd)
{
	int family = AF_UNSPEC;

	(void)kernel_socket_option(fd, SO_DOMAIN, &family);
	return family != AF_UNIX && family != AF_NETLINK;
}

bool receive_is_immediate(const struct io *io)
{
	return (io->flags & MSG_DONTWAIT) != 0 ||
	       ((io->flags & MSG_ERRQUEUE) != 0 && has_error_queue(io->fd)) ||
	       ((io->flags & MSG_OOB) != 0 && fd_is_stream(io->fd, io->state));
}

/* The bytes that the native call waits for. */
static size_t target_of(const struct io *io)
{
	const size_t length = io_length(io);
	int lowat = 1;

	if (!fd_is_stream(io->fd, io->state))
		return 1;
	if ((io->flags & MSG_WAITALL) != 0)
		return length;
	if (kernel_socket_option(io->fd, SO_RCVLOWAT, &lowat) != 0 || lowat < 1)
		return 1;
	return (size_t)lowat < length ? (size_t)lowat : length;
}

/* recvmsg(2) into the memory behind the first done bytes. Ancillary data goes where the first would. */
static ssize_t receive_piece(struct io *io, size_t done, int flags)
{
	struct iovec window[VECTOR_WINDOW];
	struct msghdr piece = {.msg_iov = window};
	size_t count, asked;
	const struct iovec *const vector = io_vector(io, &count);
	ssize_t n;

	piece.msg_iovlen = (vector_count)vector_rest(vector, count, done, io_length(io) - done,
						     window, &asked);
	if (io->message != NULL) {
		piece.msg_control = io->message->msg_control;
		piece.msg_controllen = (__typeof__(piece.msg_controllen))io->control_length;
	}
	n = REAL(recvmsg)(io->fd, &piece, flags);
	if (n > 0 && io->message != NULL) {
		io->message->msg_controllen = piece.msg_controllen;
		io->message->msg_flags =
			piece.msg_flags | (io->message->msg_flags & MSG_CTRUNC);
	}
	return n;
}

/* poll(2) says ready, but the native call would return the bytes that it has. */
static bool is_at_an_end(const struct io *io)
{
	/* The socket has failed, and all data was read: the next call gets the error. In AF_UNIX the
	 * call that waits takes the error (unix_stream_read_generic). */
	if ((io->revents & POLLERR) != 0 && (io->revents & POLLHUP) != 0 &&
	    kernel_readable(io->fd) <= 0 && !io_is_unix(io->fd))
		return true;
	/* A call that has read something does not go past urgent data. */
	return kernel_at_mark(io->fd);
}

/* Descriptors came with the last data: the native call ends there (net/unix/af_unix.c:
 * unix_stream_read_generic). Where there was no room for them, MSG_CTRUNC says that they came, unless
 * the flag is for credentials. */
static bool descriptors_came(const struct io *io)
{
	struct msghdr *const message = io->message;
	int credentials;

	if (message == NULL)
		return false;
	if (message->msg_controllen != 0 && receive_descriptors(message))
		return true;
	return (message->msg_flags & MSG_CTRUNC) != 0 && io_is_unix(io->fd) &&
	       kernel_socket_option(io->fd, SO_PASSCRED, &credentials) == 0 && credentials == 0;
}

/* Move the place of the next peek, which the kernel moves with each peek, by so many bytes. */
static void move_peek(int fd, ssize_t bytes)
{
	int offset;

	if (kernel_socket_option(fd, SO_PEEK_OFF, &offset) == 0 && offset >= 0)
		(void)kernel_set_option(fd, SOL_SOCKET, SO_PEEK_OFF, offset + (int)bytes);
}

/* A peek that is made again sees the same bytes again, and poll(2) calls the first of them ready. So the
 * real call waits for the rest, with a kernel timer: the kernel ends the call at the end of the data, at an
 * error and at urgent data (net/ipv4/tcp.c: tcp_recvmsg_locked). AF_UNIX does not wait for more
 * (net/unix/af_unix.c: unix_stream_read_generic). done bytes were seen. `reply` has no effect: a part of the
 * answer is there. */
static ssize_t peek_all(struct io *io, ssize_t done, size_t target)
{
	int verdict;
	ssize_t n = -1;

	if (io_is_unix(io->fd))
		return done;
	io->progress = (uint64_t)done;
	verdict = io->entered ? IO_READY : io_enter(io, clock_now());
	if (verdict >= 0)
		move_peek(io->fd, -done);
	if (verdict == IO_READY)
		n = io_retry_timed(io, FD_RECEIVE);
	else if (verdict == IO_NATIVE)
		n = io->make(io, 0);
	if (n > 0)
		done = n;
	else if (verdict >= 0)
		move_peek(io->fd, done);
	if (verdict == IO_READY && (size_t)done < target && clock_now() >= io->deadline)
		(void)io_expired(io);
	return done;
}

/* Wait for more and receive it, behind done bytes. Returns the number of bytes; 0 or less where the
 * call ends. *final: the real call was made. */
static ssize_t receive_more(struct io *io, size_t done, bool *final)
{
	for (;;) {
		const int verdict = io_wait(io);
		ssize_t n;

		*final = verdict == IO_NATIVE;
		if (verdict < 0)
			return verdict;
		if (verdict == IO_NATIVE)
			return receive_piece(io, done, io->flags);
		if (is_at_an_end(io))
			return 0;
		n = receive_piece(io, done, io->flags | MSG_DONTWAIT);
		if (n >= 0 || !io_would_block(errno))
			return n;
	}
}

/* done bytes have come (> 0): receive the rest, up to target. Returns the number of bytes, at least
 * done. */
static ssize_t recv_all(struct io *io, size_t done, size_t target)
{
	const uint64_t before = io->progress;
	bool final = false;

	if ((io->flags & MSG_PEEK) != 0)
		return peek_all(io, (ssize_t)done, target);
	io->urgent = true;
	while (done < target && !final && !descriptors_came(io)) {
		ssize_t n;

		io->progress = done;
		/* With SO_RCVLOWAT, poll(2) does not show a rest that is less than the mark. */
		io->spurious_wakeups =
			(io->state & FD_LOWAT) != 0 ? IO_MAX_SPURIOUS_WAKEUPS : 0;
		n = receive_more(io, done, &final);
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	io_leave(io, 0);
	io->urgent = false;
	io->progress = before;
	return (ssize_t)done;
}

ssize_t receive_rest(struct io *io, ssize_t n)
{
	size_t target;

	if (n <= 0 || io->final ||
	    ((io->flags & MSG_WAITALL) == 0 && (io->state & FD_LOWAT) == 0))
		return n;
	target = target_of(io);
	return (size_t)n < target ? recv_all(io, (size_t)n, target) : n;
}

ssize_t io_receive(struct io *io)
{
	ssize_t n = io->result;

	if (io_is_native(io) || receive_is_immediate(io))
		return io->make(io, 0);
	/* Where no timeout applies, a try with SO_RCVLOWAT would take too few bytes. */
	if ((io->state & FD_LOWAT) != 0 && io_enter(io, clock_now()) != IO_READY)
		return io->make(io, 0);
	errno = EAGAIN;
	if (!io->tried)
		n = (io->state & FD_POLL_FIRST) != 0 ? -1 : io->make(io, MSG_DONTWAIT);
	if (n < 0 && io_would_block(errno))
		n = io_retry(io);
	return receive_rest(io, n);
}

/* musl's CMSG_NXTHDR mixes signed and unsigned numbers. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wsign-compare"

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
			fd_opened(fd, 0);
			any = true;
		}
	}
	return any;
}

#pragma GCC diagnostic pop
