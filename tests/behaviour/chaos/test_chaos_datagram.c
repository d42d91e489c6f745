/*
 * Loss and duplicates of datagrams, by each call that moves them, also in batches; and the bytes of batches for
 * `after`.
 */
#include "config.h"

#include "harness/ruled.h"

#include <sys/uio.h>

enum way { BY_SEND, BY_SENDTO, BY_WRITE, BY_WRITEV, BY_SENDMSG, BY_SENDMMSG, WAYS };

/* Send one datagram of five bytes. */
static ssize_t send_by(enum way way, int fd, const char *text)
{
	struct iovec vector[2] = {{(void *)(uintptr_t)text, 2},
				  {(void *)(uintptr_t)(text + 2), 3}};
	struct mmsghdr batch = {.msg_hdr = {.msg_iov = vector, .msg_iovlen = 2}};
	int n;

	switch (way) {
	case BY_SEND:
		return send(fd, text, 5, 0);
	case BY_SENDTO:
		return sendto(fd, text, 5, 0, NULL, 0);
	case BY_WRITE:
		return write(fd, text, 5);
	case BY_WRITEV:
		return writev(fd, vector, 2);
	case BY_SENDMSG:
		return sendmsg(fd, &batch.msg_hdr, 0);
	default:
		n = sendmmsg(fd, &batch, 1, 0);
		return n == 1 ? (ssize_t)batch.msg_len : n;
	}
}

/* Receive one datagram without waiting. */
static ssize_t receive_by(enum way way, int fd, char buffer[8])
{
	struct iovec vector[2] = {{buffer, 2}, {buffer + 2, 6}};
	struct mmsghdr batch = {.msg_hdr = {.msg_iov = vector, .msg_iovlen = 2}};
	int n;

	switch (way) {
	case BY_SEND:
		return recv(fd, buffer, 8, 0);
	case BY_SENDTO:
		return recvfrom(fd, buffer, 8, 0, NULL, NULL);
	case BY_WRITE:
		return read(fd, buffer, 8);
	case BY_WRITEV:
		return readv(fd, vector, 2);
	case BY_SENDMSG:
		return recvmsg(fd, &batch.msg_hdr, 0);
	default:
		n = recvmmsg(fd, &batch, 1, 0, NULL);
		return n == 1 ? (ssize_t)batch.msg_len : n;
	}
}

/* The next datagram is text; there is none if text is NULL. */
static void ck_next(enum way way, int fd, const char *text)
{
	char buffer[8];
	const ssize_t n = receive_by(way, fd, buffer);

	if (text == NULL) {
		ck_failed(n, EAGAIN);
		return;
	}
	ck_assert_int_eq(n, 5);
	ck_assert_mem_eq(buffer, text, 5);
}

static void open_pair(int pair[2])
{
	udp_pair(pair);
	make_nonblocking(pair[0], true);
	make_nonblocking(pair[1], true);
}

/* The first of two datagrams is lost. The sender is not told. */
START_TEST(lost_when_sent)
{
	for (enum way way = 0; way < WAYS; way++) {
		int pair[2];

		open_pair(pair);
		ck_assert_int_eq(send_by(way, pair[0], "first"), 5);
		ck_assert_int_eq(send_by(way, pair[0], "other"), 5);
		if (!ruled())
			ck_next(BY_SEND, pair[1], "first");
		ck_next(BY_SEND, pair[1], "other");
		ck_next(BY_SEND, pair[1], NULL);
	}
	if (ruled())
		ck_assert_int_eq(faults_logged(), WAYS);
}
END_TEST

START_TEST(lost_when_received)
{
	for (enum way way = 0; way < WAYS; way++) {
		int pair[2];

		open_pair(pair);
		ck_assert_int_eq(send(pair[0], "first", 5, 0), 5);
		ck_assert_int_eq(send(pair[0], "other", 5, 0), 5);
		if (!ruled())
			ck_next(way, pair[1], "first");
		ck_next(way, pair[1], "other");
		ck_next(way, pair[1], NULL);
	}
	if (ruled())
		ck_assert_int_eq(faults_logged(), WAYS);
}
END_TEST

START_TEST(sent_twice)
{
	for (enum way way = 0; way < WAYS; way++) {
		int pair[2];

		open_pair(pair);
		ck_assert_int_eq(send_by(way, pair[0], "first"), 5);
		ck_next(BY_SEND, pair[1], "first");
		ck_next(BY_SEND, pair[1], ruled() ? "first" : NULL);
		ck_next(BY_SEND, pair[1], NULL);
	}
}
END_TEST

START_TEST(received_twice)
{
	for (enum way way = 0; way < WAYS; way++) {
		int pair[2];

		open_pair(pair);
		ck_assert_int_eq(send(pair[0], "first", 5, 0), 5);
		ck_next(way, pair[1], "first");
		ck_next(way, pair[1], ruled() ? "first" : NULL);
		ck_next(way, pair[1], NULL);
	}
}
END_TEST

/* A batch of three datagrams of five bytes. */
struct batch {
	char buffers[3][8];
	struct iovec vectors[3];
	struct mmsghdr messages[3];
};

static struct mmsghdr *batch_begin(struct batch *batch)
{
	memset(batch, 0, sizeof *batch);
	for (int i = 0; i < 3; i++) {
		(void)snprintf(batch->buffers[i], sizeof batch->buffers[i], "%d1234", i);
		batch->vectors[i] = (struct iovec){batch->buffers[i], 5};
		batch->messages[i].msg_hdr =
			(struct msghdr){.msg_iov = &batch->vectors[i], .msg_iovlen = 1};
	}
	return batch->messages;
}

/* Each datagram of a batch is asked about: with such a rule a call moves one. */
START_TEST(batch_is_cut)
{
	struct batch batch;
	int pair[2], sent = 0;

	open_pair(pair);
	(void)batch_begin(&batch);
	while (sent < 3) {
		const int n = sendmmsg(pair[0], batch.messages + sent, (unsigned)(3 - sent), 0);

		ck_assert_int_eq(n, ruled() ? 1 : 3);
		for (int i = sent; i < sent + n; i++)
			ck_assert_uint_eq(batch.messages[i].msg_len, 5);
		sent += n;
	}
	ck_next(BY_SEND, pair[1], "01234");
	if (!ruled())
		ck_next(BY_SEND, pair[1], "11234");
	ck_next(BY_SEND, pair[1], "21234");
	ck_next(BY_SEND, pair[1], NULL);
}
END_TEST

/* What the kernel refuses is refused. */
START_TEST(bad_memory)
{
	struct batch batch;
	char *const pages = two_pages(true);
	struct mmsghdr *const messages = batch_begin(&batch);
	int pair[2];

	open_pair(pair);
	ck_assert_int_eq(sendmmsg(pair[0], messages, 0, 0), 0);
	ck_failed(sendmmsg(pair[0], (struct mmsghdr *)(void *)(pages + MEMORY_PAGE), 1, 0),
		  EFAULT);
	ck_failed(sendmsg(pair[0], (struct msghdr *)(void *)(pages + MEMORY_PAGE), 0), EFAULT);
	ck_failed(send(pair[0], pages + MEMORY_PAGE, 5, 0), EFAULT);
	messages->msg_hdr.msg_iov = (struct iovec *)(void *)(pages + MEMORY_PAGE);
	ck_failed(sendmmsg(pair[0], messages, 1, 0), EFAULT);
	ck_failed(sendmsg(pair[0], &messages->msg_hdr, 0), EFAULT);
	messages->msg_hdr.msg_iovlen = 1025;
	ck_failed(sendmsg(pair[0], &messages->msg_hdr, 0), EMSGSIZE);
	ck_next(BY_SEND, pair[1], NULL);
}
END_TEST

/* The bytes of a batch count: the rule applies after the second datagram. */
START_TEST(batch_counts)
{
	struct batch batch;
	char buffer[8];
	int pair[2];

	open_pair(pair);
	ck_assert_int_eq(sendmmsg(pair[0], batch_begin(&batch), 3, 0), 3);
	ck_assert_int_eq(recvmmsg(pair[1], batch_begin(&batch), 2, 0, NULL), 2);
	ck_fault(recv(pair[1], buffer, sizeof buffer, 0), EIO);
}
END_TEST

static const struct ruled cases[] = {
	{.name = "lost when sent",
	 .rules = "op=send,when=1+2 loss",
	 .native = true,
	 .test = &lost_when_sent},
	{.name = "lost when received",
	 .rules = "op=recv,when=1+2 loss",
	 .native = true,
	 .test = &lost_when_received},
	{.name = "sent twice",
	 .rules = "op=send duplicate",
	 .native = true,
	 .test = &sent_twice},
	{.name = "received twice",
	 .rules = "op=recv duplicate",
	 .native = true,
	 .test = &received_twice},
	{.name = "batch",
	 .rules = "op=send,when=2 loss",
	 .native = true,
	 .test = &batch_is_cut},
	{.name = "bad memory, lost",
	 .rules = "op=send loss",
	 .native = true,
	 .test = &bad_memory},
	{.name = "bad memory, twice", .rules = "op=send duplicate", .test = &bad_memory},
	{.name = "bytes of a batch",
	 .rules = "op=recv,after=10 error=EIO",
	 .native = true,
	 .test = &batch_counts},
};

int main(int argc, char **argv)
{
	return ruled_main(argc, argv, "chaos, datagrams", cases, sizeof cases / sizeof *cases);
}
