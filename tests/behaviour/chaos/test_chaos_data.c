/*
 * Data under faults: whatever is cut short and late, every byte comes once and in its place, and
 * what goes with bytes goes once. 100 MiB altogether, by every call that moves them.
 */
#include "config.h"

#include "harness/ruled.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

#define PIECE ((size_t)65536)
#define MIB   ((size_t)1 << 20)

/* The byte at that place of the data: no two neighbouring pieces are alike. */
static unsigned char byte_at(size_t place)
{
	uint64_t x = place / 8 + 1;

	x ^= x << 13;
	x *= UINT64_C(0x9e3779b97f4a7c15);
	x ^= x >> 29;
	return (unsigned char)(x >> place % 8 * 8);
}

static void fill_with(unsigned char *buffer, size_t place, size_t length)
{
	for (size_t i = 0; i < length; i++)
		buffer[i] = byte_at(place + i);
}

static bool is_right(const unsigned char *buffer, size_t place, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (buffer[i] != byte_at(place + i))
			return false;
	return true;
}

enum way { BY_SEND, BY_WRITE, BY_WRITEV, BY_SENDMSG, BY_SENDMMSG, BY_SENDFILE, BY_SPLICE };

struct transfer {
	enum way way;
	int family;
	size_t size;
	bool nonblocking;
	int fd, file, pipe[2];
	unsigned char buffer[PIECE];
};

/* Two parts of unlike size. */
static ssize_t put_vector(struct transfer *transfer, size_t length)
{
	struct iovec vector[] = {{transfer->buffer, length / 3},
				 {transfer->buffer + length / 3, length - length / 3}};
	const struct iovec before[] = {vector[0], vector[1]};
	struct mmsghdr message = {.msg_hdr = {.msg_iov = vector, .msg_iovlen = 2}};
	ssize_t n;

	switch (transfer->way) {
	case BY_WRITEV:
		n = writev(transfer->fd, vector, 2);
		break;
	case BY_SENDMSG:
		n = sendmsg(transfer->fd, &message.msg_hdr, 0);
		break;
	default:
		n = sendmmsg(transfer->fd, &message, 1, 0);
		if (n == 1)
			n = (ssize_t)message.msg_len;
		break;
	}
	/* The program's vectors are its own. */
	if (memcmp(vector, before, sizeof vector) != 0)
		return -2;
	return n;
}

/* Some of the data from place on, at most length. */
static ssize_t put(struct transfer *transfer, size_t place, size_t length)
{
	off_t offset = (off_t)place;
	ssize_t n;

	switch (transfer->way) {
	case BY_SEND:
		return send(transfer->fd, transfer->buffer, length, 0);
	case BY_WRITE:
		return write(transfer->fd, transfer->buffer, length);
	case BY_SENDFILE:
		n = sendfile(transfer->fd, transfer->file, &offset, length);
		return n >= 0 && offset != (off_t)place + n ? -2 : n;
	case BY_SPLICE:
		/* What was not taken is still in the pipe. */
		return splice(transfer->pipe[0], NULL, transfer->fd, NULL, length, 0);
	default:
		return put_vector(transfer, length);
	}
}

static void wait_for(int fd, short events)
{
	struct pollfd descriptor = {.fd = fd, .events = events};

	(void)poll(&descriptor, 1, -1);
}

static void *put_all(void *argument)
{
	struct transfer *transfer = argument;
	size_t place = 0, piped = 0;

	while (place < transfer->size) {
		size_t length = transfer->size - place;
		ssize_t n;

		if (length > PIECE)
			length = PIECE;
		fill_with(transfer->buffer, place, length);
		if (transfer->way == BY_SPLICE && piped == place) {
			n = write(transfer->pipe[1], transfer->buffer, length);
			if (n <= 0)
				return "pipe";
			piped += (size_t)n;
		}
		if (transfer->way == BY_SPLICE)
			length = piped - place;
		n = put(transfer, place, length);
		if (n < 0 && errno == EAGAIN) {
			wait_for(transfer->fd, POLLOUT);
			continue;
		}
		if (n <= 0)
			return n == -2 ? "changed" : "failed";
		place += (size_t)n;
	}
	return shutdown(transfer->fd, SHUT_WR) == 0 ? NULL : "shutdown";
}

/* The data, or the end, by one call after the other. */
static ssize_t get(int fd, unsigned char *buffer, unsigned int how)
{
	struct iovec vector[] = {{buffer, 1000}, {buffer + 1000, PIECE - 1000}};
	struct mmsghdr message = {.msg_hdr = {.msg_iov = vector, .msg_iovlen = 2}};
	int n;

	switch (how % 6) {
	case 0:
		return recv(fd, buffer, PIECE, 0);
	case 1:
		return read(fd, buffer, PIECE);
	case 2:
		return readv(fd, vector, 2);
	case 3:
		return recvmsg(fd, &message.msg_hdr, 0);
	case 4:
		n = recvmmsg(fd, &message, 1, 0, NULL);
		return n == 1 ? (ssize_t)message.msg_len : n;
	default:
		return recvfrom(fd, buffer, PIECE, 0, NULL, NULL);
	}
}

static int file_of(size_t size)
{
	const int fd = memfd_create("data", 0);
	static unsigned char buffer[PIECE];

	ck_assert_int_ge(fd, 0);
	for (size_t place = 0; place < size; place += PIECE) {
		fill_with(buffer, place, PIECE);
		ck_assert_int_eq(write(fd, buffer, PIECE), PIECE);
	}
	return fd;
}

static void transfer_all(enum way way, int family, size_t size, bool nonblocking)
{
	static struct transfer transfer;
	static unsigned char buffer[PIECE];
	size_t place = 0;
	pthread_t thread;
	void *wrong;
	int pair[2];

	stream_pair(family, pair);
	transfer = (struct transfer){.way = way, .family = family, .size = size, .fd = pair[0]};
	if (nonblocking) {
		make_nonblocking(pair[0], true);
		make_nonblocking(pair[1], true);
	}
	if (way == BY_SENDFILE)
		transfer.file = file_of(size);
	if (way == BY_SPLICE)
		ck_assert_int_eq(pipe(transfer.pipe), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, put_all, &transfer), 0);
	for (unsigned int calls = 0;; calls++) {
		const ssize_t n = get(pair[1], buffer, calls);

		if (n < 0 && errno == EAGAIN && nonblocking) {
			wait_for(pair[1], POLLIN);
			continue;
		}
		ck_assert_int_ge(n, 0);
		if (n == 0)
			break;
		ck_assert_msg(is_right(buffer, place, (size_t)n), "wrong after %zu", place);
		place += (size_t)n;
	}
	ck_assert_uint_eq(place, size);
	ck_assert_int_eq(pthread_join(thread, &wrong), 0);
	ck_assert_msg(wrong == NULL, "%s", (const char *)wrong);
	ck_assert_int_gt(faults_logged(), 10);
}

static void all_ways(int family, size_t size, bool nonblocking)
{
	for (enum way way = BY_SEND; way <= BY_SPLICE; way++)
		transfer_all(way, family, size, nonblocking);
}

START_TEST(tcp)
{
	all_ways(AF_INET, 7 * MIB, false);
}
END_TEST

START_TEST(local)
{
	all_ways(AF_UNIX, 7 * MIB, false);
}
END_TEST

START_TEST(tcp_nonblocking)
{
	all_ways(AF_INET, MIB, true);
}
END_TEST

START_TEST(local_nonblocking)
{
	all_ways(AF_UNIX, MIB, true);
}
END_TEST

START_TEST(each_short)
{
	all_ways(AF_INET, PIECE / 4, false);
	all_ways(AF_UNIX, PIECE / 4, false);
}
END_TEST

/* A message of one buffer, with room for one descriptor. */
struct passing {
	struct iovec vector;
	struct msghdr message;
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
};

static struct msghdr *passing_begin(struct passing *passing, void *buffer, size_t size)
{
	memset(passing, 0, sizeof *passing);
	passing->vector = (struct iovec){buffer, size};
	passing->message = (struct msghdr){.msg_iov = &passing->vector,
					   .msg_iovlen = 1,
					   .msg_control = &passing->control,
					   .msg_controllen = sizeof passing->control};
	return &passing->message;
}

/* sendmsg passes a descriptor with the first byte of each message, whatever is left of that. */
static void *pass_all(void *argument)
{
	const int fd = *(int *)argument;
	unsigned char buffer[512];
	size_t place = 0;

	for (int message = 0; message < 400; message++) {
		struct passing passing;
		struct msghdr *const with = passing_begin(&passing, buffer, sizeof buffer);
		struct cmsghdr *const header = &passing.control.header;
		ssize_t n, done;

		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(header), &fd, sizeof fd);
		fill_with(buffer, place, sizeof buffer);
		n = sendmsg(fd, with, 0);
		if (n <= 0 || with->msg_controllen != sizeof passing.control)
			return "sendmsg";
		for (done = n; done < (ssize_t)sizeof buffer; done += n) {
			n = send(fd, buffer + done, sizeof buffer - (size_t)done, 0);
			if (n <= 0)
				return "send";
		}
		place += sizeof buffer;
	}
	return shutdown(fd, SHUT_WR) == 0 ? NULL : "shutdown";
}

START_TEST(passed)
{
	unsigned char buffer[300];
	size_t place = 0;
	int pair[2], count = 0;
	pthread_t thread;
	void *wrong;

	stream_pair(AF_UNIX, pair);
	ck_assert_int_eq(pthread_create(&thread, NULL, pass_all, &pair[0]), 0);
	for (;;) {
		struct passing passing;
		struct msghdr *const with = passing_begin(&passing, buffer, sizeof buffer);
		const ssize_t n = recvmsg(pair[1], with, 0);
		int fd;

		ck_assert_int_ge(n, 0);
		if (n == 0)
			break;
		ck_assert(is_right(buffer, place, (size_t)n));
		ck_assert_int_eq(with->msg_flags & MSG_CTRUNC, 0);
		if (with->msg_controllen != 0) {
			/* It came with its own message's first byte. */
			ck_assert_uint_eq((place + (size_t)n - 1) / 512, (size_t)count);
			ck_assert_uint_le(place, (size_t)count * 512);
			count++;
			memcpy(&fd, CMSG_DATA(&passing.control.header), sizeof fd);
			ck_assert_int_eq(close(fd), 0);
		}
		place += (size_t)n;
	}
	ck_assert_uint_eq(place, 400 * 512);
	ck_assert_int_eq(count, 400);
	ck_assert_int_eq(pthread_join(thread, &wrong), 0);
	ck_assert_msg(wrong == NULL, "%s", (const char *)wrong);
	ck_assert_int_gt(faults_logged(), 100);
}
END_TEST

/* Short ones of all sizes, and some late. */
#define SHORTS(more)                                                                           \
	"op=recv short=1,probability=0.1\n"                                                    \
	"op=recv short=7,probability=0.1\n"                                                    \
	"op=recv short=3,probability=0.1\n"                                                    \
	"op=recv short=4000,probability=0.3\n"                                                 \
	"op=recv delay=1ms,jitter=1ms,probability=0.01\n"                                      \
	"op=send short=1,probability=0.1\n"                                                    \
	"op=send short=5,probability=0.1\n"                                                    \
	"op=send short=2,probability=0.1\n"                                                    \
	"op=send short=30000,probability=0.3\n"                                                \
	"op=send delay=1ms,probability=0.01\n" more

static const struct ruled cases[] = {
	{.name = "TCP", .rules = SHORTS(""), .test = &tcp},
	{.name = "TCP, bounded", .rules = SHORTS(""), .spec = "60s", .test = &tcp},
	{.name = "AF_UNIX", .rules = SHORTS(""), .test = &local},
	{.name = "TCP, not blocking", .rules = SHORTS(""), .test = &tcp_nonblocking},
	{.name = "AF_UNIX, not blocking",
	 .rules = SHORTS(""),
	 .spec = "60s",
	 .test = &local_nonblocking},
	{.name = "each call", .rules = "op=recv short=7;op=send short=5", .test = &each_short},
	{.name = "descriptors", .rules = "op=recv short=7;op=send short=5", .test = &passed},
};

int main(int argc, char **argv)
{
	return ruled_main(argc, argv, "data", cases, sizeof cases / sizeof *cases);
}
