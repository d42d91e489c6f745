/*
 * The scenes of blocking.h, one a call. Where something is sent, the buffers are full before: then
 * the call has sent nothing when it blocks, and a handler with SA_RESTART lets it go on.
 */
#include "config.h"

#include "blocking.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

#define LENGTH BLOCKING_RESULT

static char block[LENGTH];

static void prepare_tcp(struct scene *scene)
{
	int pair[2];

	/* The accepted side, of which the library has not seen how it came to be. */
	tcp_pair(pair);
	scene->fd = pair[1];
	scene->other = pair[0];
}

static void prepare_unix(struct scene *scene)
{
	int pair[2];

	stream_pair(AF_UNIX, pair);
	scene->fd = pair[0];
	scene->other = pair[1];
}

static void prepare_udp(struct scene *scene)
{
	int pair[2];

	udp_pair(pair);
	scene->fd = pair[0];
	scene->other = pair[1];
}

static void release_datagrams(struct scene *scene)
{
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(send(scene->other, block, LENGTH, MSG_DONTWAIT), LENGTH);
}

static void release_send(struct scene *scene)
{
	ck_assert_int_eq(send(scene->other, block, LENGTH, MSG_DONTWAIT), LENGTH);
}

static long call_recv(struct scene *scene)
{
	return recv(scene->fd, block, LENGTH, 0);
}

static long call_waitall(struct scene *scene)
{
	return recv(scene->fd, block, LENGTH, MSG_WAITALL);
}

static long call_peek(struct scene *scene)
{
	return recv(scene->fd, block, LENGTH, MSG_PEEK | MSG_WAITALL);
}

static long call_recvfrom(struct scene *scene)
{
	return recvfrom(scene->fd, block, LENGTH, 0, NULL, NULL);
}

static long call_recvmsg(struct scene *scene)
{
	struct iovec whole = {block, LENGTH};
	struct msghdr message = {.msg_iov = &whole, .msg_iovlen = 1};

	return recvmsg(scene->fd, &message, 0);
}

static long call_recvmmsg(struct scene *scene)
{
	struct iovec whole = {block, LENGTH};
	struct mmsghdr messages[3];

	memset(messages, 0, sizeof messages);
	for (int i = 0; i < 3; i++) {
		messages[i].msg_hdr.msg_iov = &whole;
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	/* As the number of bytes, so that the result is the same as elsewhere. */
	return recvmmsg(scene->fd, messages, 3, 0, NULL) == 3 ? LENGTH : -1;
}

static long call_read(struct scene *scene)
{
	return read(scene->fd, block, LENGTH);
}

static long call_readv(struct scene *scene)
{
	const struct iovec halves[2] = {{block, LENGTH / 2}, {block + LENGTH / 2, LENGTH / 2}};

	return readv(scene->fd, halves, 2);
}

static void prepare_splice_in(struct scene *scene)
{
	int ends[2];

	prepare_tcp(scene);
	ck_assert_int_eq(pipe(ends), 0);
	scene->file = ends[1];
	scene->keep[0] = ends[0];
}

static long call_splice_in(struct scene *scene)
{
	return splice(scene->fd, NULL, scene->file, NULL, LENGTH, 0);
}

static void fill_to_the_brim(int fd)
{
	while (send(fd, block, LENGTH, MSG_DONTWAIT) > 0)
		;
	ck_assert_int_eq(errno, EAGAIN);
}

static void prepare_tcp_full(struct scene *scene)
{
	prepare_tcp(scene);
	(void)fill(scene->fd);
	/* poll, which fill looks at, wants a third of the buffer; a send is content with less. */
	fill_to_the_brim(scene->fd);
}

static void prepare_unix_full(struct scene *scene)
{
	prepare_unix(scene);
	fill_to_the_brim(scene->fd);
}

/* Read until the call has ended. */
static void release_drain(struct scene *scene)
{
	char drained[65536];
	struct pollfd ready = {.fd = scene->other, .events = POLLIN};
	const double end = now_ms() + LATE_MS;

	while (!atomic_load(&scene->done)) {
		ck_assert_double_lt(now_ms(), end);
		if (poll(&ready, 1, 1) == 1)
			ck_assert_int_gt(
				recv(scene->other, drained, sizeof drained, MSG_DONTWAIT), 0);
	}
}

static long call_send(struct scene *scene)
{
	return send(scene->fd, block, LENGTH, 0);
}

static long call_write(struct scene *scene)
{
	return write(scene->fd, block, LENGTH);
}

static long call_writev(struct scene *scene)
{
	const struct iovec halves[2] = {{block, LENGTH / 2}, {block + LENGTH / 2, LENGTH / 2}};

	return writev(scene->fd, halves, 2);
}

static long call_sendmsg(struct scene *scene)
{
	struct iovec whole = {block, LENGTH};
	const struct msghdr message = {.msg_iov = &whole, .msg_iovlen = 1};

	return sendmsg(scene->fd, &message, 0);
}

static long call_sendmmsg(struct scene *scene)
{
	struct iovec whole = {block, LENGTH};
	struct mmsghdr message;

	memset(&message, 0, sizeof message);
	message.msg_hdr.msg_iov = &whole;
	message.msg_hdr.msg_iovlen = 1;
	return sendmmsg(scene->fd, &message, 1, 0) == 1 ? (long)message.msg_len : -1;
}

static void prepare_sendfile(struct scene *scene)
{
	FILE *const file = tmpfile();

	prepare_tcp_full(scene);
	ck_assert_ptr_nonnull(file);
	scene->file = fileno(file);
	ck_assert_int_eq(pwrite(scene->file, block, LENGTH, 0), LENGTH);
}

static long call_sendfile(struct scene *scene)
{
	off_t offset = 0;

	return sendfile(scene->fd, scene->file, &offset, LENGTH);
}

static void prepare_splice_out(struct scene *scene)
{
	int ends[2];

	prepare_unix_full(scene);
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(write(ends[1], block, LENGTH), LENGTH);
	scene->file = ends[0];
	scene->keep[0] = ends[1];
}

static long call_splice_out(struct scene *scene)
{
	return splice(scene->file, NULL, scene->fd, NULL, LENGTH, 0);
}

/* A datagram socket whose queue is full, and one that knows its address. */
static void prepare_unix_datagram(struct scene *scene)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	scene->other = socket(AF_UNIX, SOCK_DGRAM, 0);
	scene->fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	ck_assert_int_eq(bind(scene->other, (struct sockaddr *)&address, sizeof(sa_family_t)),
			 0);
	scene->address_length = sizeof scene->address;
	ck_assert_int_eq(getsockname(scene->other, (struct sockaddr *)&scene->address,
				     &scene->address_length),
			 0);
	while (sendto(scene->fd, block, 1, MSG_DONTWAIT, (struct sockaddr *)&scene->address,
		      scene->address_length) == 1)
		;
	ck_assert_int_eq(errno, EAGAIN);
}

static long call_sendto(struct scene *scene)
{
	return sendto(scene->fd, block, LENGTH, 0, (struct sockaddr *)&scene->address,
		      scene->address_length);
}

static void prepare_unix_datagram_connected(struct scene *scene)
{
	prepare_unix_datagram(scene);
	ck_assert_int_eq(
		connect(scene->fd, (struct sockaddr *)&scene->address, scene->address_length),
		0);
}

static void prepare_listener(struct scene *scene)
{
	struct sockaddr_in address;

	scene->fd = tcp_listener(&address, 4);
	memcpy(&scene->address, &address, sizeof address);
	scene->address_length = sizeof address;
}

static void release_connect(struct scene *scene)
{
	scene->other = socket(scene->address.ss_family, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(scene->other, (struct sockaddr *)&scene->address,
				 scene->address_length),
			 0);
}

static long accepted(int fd)
{
	struct timeval timeout;
	socklen_t length = sizeof timeout;

	if (fd < 0)
		return -1;
	ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, &length), 0);
	ck_assert(timeout.tv_sec == 0 && timeout.tv_usec == 0);
	return LENGTH;
}

static long call_accept(struct scene *scene)
{
	return accepted(accept(scene->fd, NULL, NULL));
}

static long call_accept4(struct scene *scene)
{
	return accepted(accept4(scene->fd, NULL, NULL, SOCK_CLOEXEC));
}

static void prepare_connect_tcp(struct scene *scene)
{
	struct sockaddr_in address;

	scene->file = tcp_black_hole(&address, scene->keep);
	scene->fd = socket(AF_INET, SOCK_STREAM, 0);
	memcpy(&scene->address, &address, sizeof address);
	scene->address_length = sizeof address;
}

static void prepare_connect_unix(struct scene *scene)
{
	struct sockaddr_un address;

	scene->file = unix_black_hole(&address, &scene->address_length, scene->keep);
	scene->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	memcpy(&scene->address, &address, sizeof address);
}

static long call_connect(struct scene *scene)
{
	return connect(scene->fd, (struct sockaddr *)&scene->address, scene->address_length) ==
			       0
		       ? LENGTH
		       : -1;
}

static void release_accept(struct scene *scene)
{
	ck_assert_int_ge(accept(scene->file, NULL, NULL), 0);
}

const struct blocking blockings[] = {
	{"recv", prepare_tcp, call_recv, release_send, SO_RCVTIMEO},
	{"recv MSG_WAITALL", prepare_tcp, call_waitall, release_send, SO_RCVTIMEO},
	{"recv MSG_PEEK|MSG_WAITALL", prepare_tcp, call_peek, release_send, SO_RCVTIMEO},
	{"recvfrom", prepare_udp, call_recvfrom, release_send, SO_RCVTIMEO},
	{"recvmsg", prepare_unix, call_recvmsg, release_send, SO_RCVTIMEO},
	{"recvmmsg", prepare_udp, call_recvmmsg, release_datagrams, SO_RCVTIMEO},
	{"read", prepare_unix, call_read, release_send, SO_RCVTIMEO},
	{"readv", prepare_udp, call_readv, release_send, SO_RCVTIMEO},
	{"recv again", prepare_again, call_recv, release_send, SO_RCVTIMEO},
	{"recvfrom again", prepare_again, call_recvfrom, release_send, SO_RCVTIMEO},
	{"recvmsg again", prepare_again, call_recvmsg, release_send, SO_RCVTIMEO},
	{"read again", prepare_again, call_read, release_send, SO_RCVTIMEO},
	{"readv again", prepare_again, call_readv, release_send, SO_RCVTIMEO},
	{"splice in", prepare_splice_in, call_splice_in, release_send, SO_RCVTIMEO},
	{"send", prepare_tcp_full, call_send, release_drain, SO_SNDTIMEO},
	{"sendto", prepare_unix_datagram, call_sendto, release_drain, SO_SNDTIMEO},
	{"sendmsg", prepare_unix_datagram_connected, call_sendmsg, release_drain, SO_SNDTIMEO},
	{"sendmmsg", prepare_unix_full, call_sendmmsg, release_drain, SO_SNDTIMEO},
	{"write", prepare_unix_full, call_write, release_drain, SO_SNDTIMEO},
	{"writev", prepare_unix_full, call_writev, release_drain, SO_SNDTIMEO},
	{"sendfile", prepare_sendfile, call_sendfile, release_drain, SO_SNDTIMEO},
	{"splice out", prepare_splice_out, call_splice_out, release_drain, SO_SNDTIMEO},
	{"splice in again", prepare_again, call_splice_in, release_send, SO_RCVTIMEO},
	{"sendto again", prepare_again, call_sendto, release_drain, SO_SNDTIMEO},
	{"sendfile again", prepare_again, call_sendfile, release_drain, SO_SNDTIMEO},
	{"splice out again", prepare_again, call_splice_out, release_drain, SO_SNDTIMEO},
	{"accept", prepare_listener, call_accept, release_connect, SO_RCVTIMEO},
	{"accept4", prepare_listener, call_accept4, release_connect, SO_RCVTIMEO},
	{"connect", prepare_connect_tcp, call_connect, NULL, SO_SNDTIMEO},
	{"connect AF_UNIX", prepare_connect_unix, call_connect, release_accept, SO_SNDTIMEO},
};
const int blocking_count = sizeof blockings / sizeof *blockings;
