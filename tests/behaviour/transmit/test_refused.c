/*
 * What the kernel refuses at once is refused at once, with the same error: nothing waits before. A wait
 * would last for ever natively, and 300 s under the long timeout.
 */
#include "config.h"

#include "harness/harness.h"

#include <sys/uio.h>

static char block[4096];

static int stream_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}

static int listener(void)
{
	struct sockaddr_in address;

	return tcp_listener(&address, 1);
}

static int connected(int family)
{
	int pair[2];

	stream_pair(family, pair);
	return pair[0];
}

static long recv_unconnected(void)
{
	return recv(stream_socket(), block, sizeof block, 0);
}

static long recv_listener(void)
{
	return recv(listener(), block, sizeof block, MSG_WAITALL);
}

static long read_unconnected_unix(void)
{
	return read(socket(AF_UNIX, SOCK_STREAM, 0), block, sizeof block);
}

static long recv_seqpacket_unconnected(void)
{
	return recv(socket(AF_UNIX, SOCK_SEQPACKET, 0), block, sizeof block, 0);
}

static long recv_urgent(void)
{
	return recv(connected(AF_INET), block, 1, MSG_OOB);
}

static long recv_errors(void)
{
	return recv(connected(AF_INET), block, 1, MSG_ERRQUEUE);
}

static long recvmsg_many(void)
{
	struct iovec vector = {block, sizeof block};
	struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 100000};

	return recvmsg(connected(AF_INET), &message, 0);
}

static long recvmsg_bad(void)
{
	return recvmsg(connected(AF_INET), (struct msghdr *)8, 0);
}

static long recvmmsg_bad_time(void)
{
	struct iovec vector = {block, sizeof block};
	struct mmsghdr message = {.msg_hdr = {.msg_iov = &vector, .msg_iovlen = 1}};
	struct timespec time = {-1, 0};

	return recvmmsg(connected(AF_INET), &message, 1, 0, &time);
}

static long readv_negative(void)
{
	struct iovec vector = {block, sizeof block};

	/* volatile: gcc warns of what it knows to be negative. */
	volatile int count = -1;

	return readv(connected(AF_INET), &vector, count);
}

static long readv_too_long(void)
{
	struct iovec vector = {block, (size_t)-1};

	return readv(connected(AF_INET), &vector, 1);
}

static long send_unconnected(void)
{
	return send(stream_socket(), block, sizeof block, 0);
}

static long write_unconnected_unix(void)
{
	return write(socket(AF_UNIX, SOCK_STREAM, 0), block, sizeof block);
}

static long send_nowhere(void)
{
	return send(socket(AF_INET, SOCK_DGRAM, 0), block, sizeof block, 0);
}

static long send_too_long(void)
{
	static char datagram[70000];
	int pair[2];

	udp_pair(pair);
	return send(pair[0], datagram, sizeof datagram, 0);
}

static long sendmsg_bad(void)
{
	return sendmsg(connected(AF_INET), (struct msghdr *)8, 0);
}

static long send_to_gone(void)
{
	int pair[2];

	stream_pair(AF_UNIX, pair);
	ck_assert_int_eq(close(pair[1]), 0);
	return send(pair[0], block, sizeof block, 0);
}

static long accept_connected(void)
{
	return accept(connected(AF_INET), NULL, NULL);
}

static long accept_not_listening(void)
{
	return accept(stream_socket(), NULL, NULL);
}

static long accept_datagrams(void)
{
	return accept(socket(AF_INET, SOCK_DGRAM, 0), NULL, NULL);
}

static long accept_flags(void)
{
	return accept4(listener(), NULL, NULL, 1);
}

static long accept_shut_down(void)
{
	const int fd = listener();

	ck_assert_int_eq(shutdown(fd, SHUT_RD), 0);
	return accept(fd, NULL, NULL);
}

static long connect_to(int fd, const void *address, socklen_t length)
{
	return connect(fd, (const struct sockaddr *)address, length);
}

static long connect_family(void)
{
	const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "x"};

	return connect_to(stream_socket(), &address, sizeof address);
}

static long connect_short(void)
{
	const struct sockaddr_in address = loopback(htons(9));

	return connect_to(stream_socket(), &address, 4);
}

static long connect_bad(void)
{
	return connect_to(stream_socket(), (void *)8, sizeof(struct sockaddr_in));
}

static long connect_refused(void)
{
	struct sockaddr_in address;

	ck_assert_int_eq(close(tcp_listener(&address, 1)), 0);
	return connect_to(stream_socket(), &address, sizeof address);
}

static long connect_connected(void)
{
	struct sockaddr_in address;
	const int fd = stream_socket();

	(void)tcp_listener(&address, 4);
	ck_assert_int_eq(connect_to(fd, &address, sizeof address), 0);
	return connect_to(fd, &address, sizeof address);
}

static long connect_unix_missing(void)
{
	const struct sockaddr_un address = {.sun_family = AF_UNIX,
					    .sun_path = "/nonexistent/socket"};

	return connect_to(socket(AF_UNIX, SOCK_STREAM, 0), &address, sizeof address);
}

static const struct refused {
	const char *name;
	long (*call)(void);
	int error;
} cases[] = {
	{"recv, unconnected", recv_unconnected, ENOTCONN},
	{"recv on a listener", recv_listener, ENOTCONN},
	{"read, unconnected AF_UNIX", read_unconnected_unix, EINVAL},
	{"recv, unconnected SOCK_SEQPACKET", recv_seqpacket_unconnected, ENOTCONN},
	{"recv of no urgent data", recv_urgent, EINVAL},
	{"recv of no error", recv_errors, EAGAIN},
	{"recvmsg of too many buffers", recvmsg_many, EMSGSIZE},
	{"recvmsg of a bad message", recvmsg_bad, EFAULT},
	{"recvmmsg with a bad timeout", recvmmsg_bad_time, EINVAL},
	{"readv of -1 buffers", readv_negative, EINVAL},
	{"readv of too many bytes", readv_too_long, EINVAL},
	{"send, unconnected", send_unconnected, EPIPE},
	{"write, unconnected AF_UNIX", write_unconnected_unix, ENOTCONN},
	{"send without an address", send_nowhere, EDESTADDRREQ},
	{"send of too many bytes", send_too_long, EMSGSIZE},
	{"sendmsg of a bad message", sendmsg_bad, EFAULT},
	{"send to a closed socket", send_to_gone, EPIPE},
	{"accept on a connected socket", accept_connected, EINVAL},
	{"accept on a socket that does not listen", accept_not_listening, EINVAL},
	{"accept on a datagram socket", accept_datagrams, EOPNOTSUPP},
	{"accept4 with flags that do not exist", accept_flags, EINVAL},
	{"accept after shutdown", accept_shut_down, EINVAL},
	{"connect to another family", connect_family, EAFNOSUPPORT},
	{"connect to a short address", connect_short, EINVAL},
	{"connect to a bad address", connect_bad, EFAULT},
	{"connect, refused", connect_refused, ECONNREFUSED},
	{"connect, connected", connect_connected, EISCONN},
	{"connect to no file", connect_unix_missing, ENOENT},
};

BEHAVIOUR_LOOP(refused, ALL, COUNT(cases))
{
	long result;
	int error;

	ck_assert(signal(SIGPIPE, SIG_IGN) == SIG_DFL);
	result = cases[_i].call();
	error = errno;
	ck_assert_msg(result == -1 && error == cases[_i].error, "%s: %ld, %s", cases[_i].name,
		      result, strerror(error));
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "what the kernel refuses");
}
