/*
 * The flags of the sending calls, and ancillary data: once, with the first byte.
 */
#include "config.h"

#include <time.h>

/* Needs struct timespec. */
#include <linux/errqueue.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/stat.h>

#include "harness/transmit.h"

union control {
	char bytes[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

/* A message with one descriptor. */
static void attach(struct msghdr *message, union control *control, int fd)
{
	struct cmsghdr *part;

	memset(control, 0, sizeof *control);
	message->msg_control = control->bytes;
	message->msg_controllen = CMSG_SPACE(sizeof fd);
	part = CMSG_FIRSTHDR(message);
	part->cmsg_level = SOL_SOCKET;
	part->cmsg_type = SCM_RIGHTS;
	part->cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(part), &fd, sizeof fd);
}

/* The other side: every byte, and where descriptors came, and how many. */
struct receiver {
	int fd;
	size_t slow;
	size_t received, descriptors, first_at;
	int got;
	bool wrong;
	pid_t id;
};

static void *receiver_run(void *argument)
{
	struct receiver *const receiver = argument;

	for (;;) {
		static unsigned char buffer[20000];
		union control control;
		struct iovec vector = {buffer, sizeof buffer};
		struct msghdr message = {.msg_iov = &vector,
					 .msg_iovlen = 1,
					 .msg_control = control.bytes,
					 .msg_controllen = sizeof control.bytes};
		const ssize_t n = recvmsg(receiver->fd, &message, 0);
		const struct cmsghdr *const part = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;

		if (n <= 0)
			return NULL;
		if (part != NULL) {
			if (receiver->descriptors++ == 0)
				receiver->first_at = receiver->received;
			memcpy(&receiver->got, CMSG_DATA(part), sizeof receiver->got);
		}
		if (memcmp(buffer, pattern + receiver->received, (size_t)n) != 0)
			receiver->wrong = true;
		receiver->received += (size_t)n;
		if (receiver->received < receiver->slow)
			(void)poll(NULL, 0, 1);
	}
}

/* Descriptors go with the first byte of a message that has to be continued, and only once. */
BEHAVIOUR_TEST(descriptors, NATIVE | LONG)
{
	for (int many = 0; many < 2; many++) {
		const size_t length = 2 * MIB;
		struct iovec vector[] = {{pattern, 10}, {pattern + 10, length - 10}};
		struct mmsghdr message = {
			.msg_hdr = {.msg_iov = vector, .msg_iovlen = 2, .msg_flags = 77}};
		struct receiver receiver = {.slow = length / 2};
		struct msghdr before;
		union control control, control_before;
		struct stat sent, got;
		pthread_t thread;
		int pair[2], ends[2];

		stream_pair(AF_UNIX, pair);
		ck_assert_int_eq(pipe(ends), 0);
		attach(&message.msg_hdr, &control, ends[0]);
		before = message.msg_hdr;
		control_before = control;
		receiver.fd = pair[1];
		thread = background(&receiver.id, receiver_run, &receiver);
		if (many == 0)
			ck_assert_int_eq(sendmsg(pair[0], &message.msg_hdr, 0),
					 (ssize_t)length);
		else
			ck_assert_int_eq(sendmmsg(pair[0], &message, 1, 0), 1);
		ck_assert_mem_eq(&message.msg_hdr, &before, sizeof before);
		ck_assert_mem_eq(&control, &control_before, sizeof control);
		ck_assert_int_eq(close(pair[0]), 0);
		ck_assert_int_eq(pthread_join(thread, NULL), 0);
		ck_assert_uint_eq(receiver.received, length);
		ck_assert(!receiver.wrong);
		ck_assert_uint_eq(receiver.descriptors, 1);
		ck_assert_uint_eq(receiver.first_at, 0);
		ck_assert_int_eq(fstat(ends[0], &sent), 0);
		ck_assert_int_eq(fstat(receiver.got, &got), 0);
		ck_assert_uint_eq(sent.st_ino, got.st_ino);
	}
}

/* Where nothing goes, no descriptor goes; it goes with the next call. */
BEHAVIOUR_TEST(descriptors_time_out, SHORT)
{
	struct iovec vector = {pattern, 1000};
	struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
	struct receiver receiver = {.slow = 0};
	union control control;
	pthread_t thread;
	int pair[2], ends[2];
	size_t filled = 0;
	double started;

	stream_pair(AF_UNIX, pair);
	ck_assert_int_eq(pipe(ends), 0);
	while (filled < PATTERN_SIZE / 2) {
		const ssize_t n = send(pair[0], pattern + filled, 65536, MSG_DONTWAIT);

		if (n < 0)
			break;
		filled += (size_t)n;
	}
	vector.iov_base = pattern + filled;
	attach(&message, &control, ends[0]);
	started = now_ms();
	ck_timed_out(sendmsg(pair[0], &message, 0), started);
	receiver.fd = pair[1];
	thread = background(&receiver.id, receiver_run, &receiver);
	ck_assert_int_eq(sendmsg(pair[0], &message, 0), 1000);
	ck_assert_int_eq(close(pair[0]), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_uint_eq(receiver.received, filled + 1000);
	ck_assert(!receiver.wrong);
	ck_assert_uint_eq(receiver.descriptors, 1);
	/* The receive that came to its first byte may have begun before it. */
	ck_assert_uint_le(receiver.first_at, filled);
	ck_assert_uint_gt(receiver.first_at + 20000, filled);
}

/* The urgent byte is the last one, also of a send that is continued. */
BEHAVIOUR_TEST(urgent, ALL)
{
	for (int f = 0; f < 2; f++)
		for (int large = 0; large < 2; large++) {
			const size_t length = large ? 3 * MIB : 4;
			struct reader reader = {.limit = length - 1};
			unsigned char byte = 0;
			int pair[2];

			stream_pair(f == 0 ? AF_INET : AF_UNIX, pair);
			/* Over TCP each part of a long send has a last byte, natively too: in
			 * line they are all seen. */
			if (large && f == 0)
				set_option(pair[1], SOL_SOCKET, SO_OOBINLINE, 1);
			reader.fd = pair[1];
			reader_start(&reader);
			errno = EXDEV;
			ck_assert_int_eq(send(pair[0], pattern, length, MSG_OOB),
					 (ssize_t)length);
			ck_assert_int_eq(errno, EXDEV);
			reader_finish(&reader, length - 1);
			if (large && f == 0)
				ck_assert_int_eq(recv(pair[1], &byte, 1, MSG_WAITALL), 1);
			else
				ck_assert_int_eq(recv(pair[1], &byte, 1, MSG_OOB), 1);
			ck_assert_uint_eq(byte, pattern[length - 1]);
		}
}

/* MSG_MORE holds the last segment back, in a send that is continued too. */
BEHAVIOUR_TEST(more, ALL)
{
	struct reader reader = {.limit = 2 * MIB + 10};
	struct pollfd ready = {.events = POLLIN};
	int pair[2];

	tcp_pair(pair);
	ck_assert_int_eq(send(pair[0], pattern, 10, MSG_MORE), 10);
	ready.fd = pair[1];
	ck_assert_int_eq(poll(&ready, 1, 20), 0);
	reader.fd = pair[1];
	reader_start(&reader);
	ck_assert_int_eq(send(pair[0], pattern + 10, 2 * MIB, MSG_MORE | MSG_EOR), 2 * MIB);
	ck_assert_int_eq(shutdown(pair[0], SHUT_WR), 0);
	reader_finish(&reader, 2 * MIB + 10);
}

/* As many notifications as sends, whatever they took. Returns how many have come. */
static unsigned int notifications(int fd, unsigned int wanted)
{
	const double end = now_ms() + HANG_MS;
	unsigned int count = 0;

	while (count < wanted && now_ms() < end) {
		union {
			char bytes[200];
			struct cmsghdr align;
		} control;
		struct msghdr message = {.msg_control = control.bytes,
					 .msg_controllen = sizeof control.bytes};
		struct sock_extended_err notice;

		if (recvmsg(fd, &message, MSG_ERRQUEUE) < 0) {
			ck_assert_int_eq(errno, EAGAIN);
			(void)poll(NULL, 0, 1);
			continue;
		}
		memcpy(&notice, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof notice);
		ck_assert_int_eq(notice.ee_origin, SO_EE_ORIGIN_ZEROCOPY);
		count += notice.ee_data - notice.ee_info + 1;
	}
	return count;
}

BEHAVIOUR_TEST(zerocopy, ALL)
{
	struct reader reader = {.limit = 9 * MIB};
	char buffer[8];
	int pair[2];

	tcp_pair(pair);
	set_option(pair[0], SOL_SOCKET, SO_ZEROCOPY, 1);
	reader.fd = pair[1];
	reader_start(&reader);
	for (size_t i = 0; i < 9; i++)
		ck_assert_int_eq(send(pair[0], pattern + i * MIB, MIB, MSG_ZEROCOPY), MIB);
	reader_finish(&reader, 9 * MIB);
	ck_assert_uint_eq(notifications(pair[0], 9), 9);
	/* No more of them. */
	ck_assert_int_eq(send(pair[0], pattern, 1, 0), 1);
	ck_assert_int_eq(recv(pair[1], buffer, sizeof buffer, 0), 1);
	ck_failed(recv(pair[0], buffer, sizeof buffer, MSG_ERRQUEUE), EAGAIN);
}

/* Notifications that nobody fetches make poll ready at once: the deadline holds all the same, and
 * the processor is not burned. */
BEHAVIOUR_TEST(error_queue, SHORT)
{
	struct reader reader = {.limit = MIB};
	struct pollfd ready = {.events = 0};
	double started, cpu;
	ssize_t n;
	int pair[2];

	tcp_pair(pair);
	set_option(pair[0], SOL_SOCKET, SO_ZEROCOPY, 1);
	for (int i = 0; i < 2; i++) {
		set_option(pair[i], SOL_SOCKET, SO_SNDBUF, 32768);
		set_option(pair[i], SOL_SOCKET, SO_RCVBUF, 32768);
	}
	reader.fd = pair[1];
	reader_start(&reader);
	for (size_t i = 0; i < 16; i++)
		ck_assert_int_eq(send(pair[0], pattern + i * 65536, 65536, MSG_ZEROCOPY),
				 65536);
	reader_finish(&reader, MIB);
	ready.fd = pair[0];
	ck_assert_int_eq(poll(&ready, 1, HANG_MS), 1);
	cpu = thread_cpu_ms();
	started = now_ms();
	n = send(pair[0], pattern, PATTERN_SIZE / 2, 0);
	ck_assert_int_gt(n, 0);
	ck_assert_int_lt(n, (ssize_t)PATTERN_SIZE / 2);
	ck_assert_double_ge(now_ms() - started, SHORT_MS);
	ck_in_time(started, SHORT_MS);
	ck_assert_double_lt(thread_cpu_ms() - cpu, SHORT_MS / 2.0);
}

/* Data with the SYN where the kernel knows the other side; it connects and sends in any case. */
BEHAVIOUR_TEST(fast_open, ALL)
{
	for (int how = 0; how < 4; how++) {
		const size_t length = how % 2 == 0 ? 100 : 5 * MIB;
		struct reader reader = {.fd = -1};
		struct sockaddr_in address;
		const int listener = tcp_listener(&address, 4);
		const int fd = socket(AF_INET, SOCK_STREAM, 0);
		struct iovec vector = {pattern, length};
		struct msghdr message = {.msg_name = &address,
					 .msg_namelen = sizeof address,
					 .msg_iov = &vector,
					 .msg_iovlen = 1};
		ssize_t n;

		set_option(listener, IPPROTO_TCP, TCP_FASTOPEN, 4);
		/* Someone has to read a long one: accepted when it has begun. */
		if (how % 2 == 1) {
			make_nonblocking(fd, true);
			n = sendto(fd, pattern, 1, MSG_FASTOPEN, (struct sockaddr *)&address,
				   sizeof address);
			ck_assert(n == 1 || (n == -1 && errno == EINPROGRESS));
			make_nonblocking(fd, false);
			reader.fd = accept(listener, NULL, NULL);
			reader_start(&reader);
			n = n < 0 ? 0 : n;
			ck_assert_int_eq(send(fd, pattern + n, length - (size_t)n, 0),
					 (ssize_t)length - n);
		} else {
			errno = EXDEV;
			n = how == 0 ? sendto(fd, pattern, length, MSG_FASTOPEN,
					      (struct sockaddr *)&address, sizeof address)
				     : sendmsg(fd, &message, MSG_FASTOPEN);
			if (n < 0 && errno == EOPNOTSUPP)
				return;
			ck_assert_int_eq(n, (ssize_t)length);
			ck_assert_int_eq(errno, EXDEV);
			reader.fd = accept(listener, NULL, NULL);
			reader_start(&reader);
		}
		ck_assert_int_eq(close(fd), 0);
		reader_finish(&reader, length);
		ck_assert_int_eq(close(listener), 0);
	}
}

/* To a server that takes no one. */
BEHAVIOUR_TEST(fast_open_silent, SHORT)
{
	struct sockaddr_in address;
	int keep[8];
	const int fd = socket(AF_INET, SOCK_STREAM, 0);
	double started;

	(void)tcp_black_hole(&address, keep);
	started = now_ms();
	ck_timed_out(sendto(fd, pattern, 100, MSG_FASTOPEN, (struct sockaddr *)&address,
			    sizeof address),
		     started);
}

int main(int argc, char **argv)
{
	pattern_make();
	return behaviour_main(argc, argv, "transmit: flags");
}
