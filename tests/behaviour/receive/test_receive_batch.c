/*
 * recvmmsg: how many messages end it, and its own timeout, which is looked at after a message.
 */
#include "config.h"

#include "harness/receiving.h"

#include <poll.h>
#include <sys/uio.h>

#define MESSAGES 4

struct batch {
	int fd, flags;
	unsigned int count;
	struct timespec timeout, *own;
	size_t room; /* of each message */
	struct mmsghdr messages[MESSAGES];
	struct iovec vectors[MESSAGES];
	char bytes[MESSAGES][16];

	pthread_t thread;
	pid_t tid;
	double started, ended;
	int result, error;
};

static void prepare(struct batch *batch, int fd, int flags)
{
	*batch = (struct batch){.fd = fd, .flags = flags, .count = MESSAGES, .room = 16};
}

static void *run(void *argument)
{
	struct batch *const batch = argument;

	for (int i = 0; i < MESSAGES; i++) {
		memset(batch->bytes[i], '.', sizeof batch->bytes[i]);
		batch->vectors[i] = (struct iovec){batch->bytes[i], batch->room};
		batch->messages[i] = (struct mmsghdr){
			.msg_hdr = {.msg_iov = &batch->vectors[i], .msg_iovlen = 1},
			.msg_len = 7777};
	}
	errno = EXDEV;
	batch->started = now_ms();
	batch->result =
		recvmmsg(batch->fd, batch->messages, batch->count, batch->flags, batch->own);
	batch->error = errno;
	batch->ended = now_ms();
	return NULL;
}

static void start(struct batch *batch)
{
	batch->thread = background(&batch->tid, run, batch);
}

static void join(struct batch *batch)
{
	ck_assert_int_eq(pthread_join(batch->thread, NULL), 0);
}

/* The messages that came, one after the other; the others are as they were. */
static void ck_batch(const struct batch *batch, int count, const char *const texts[])
{
	ck_assert_int_eq(batch->result, count);
	ck_assert_int_eq(batch->error, EXDEV);
	for (int i = 0; i < MESSAGES; i++) {
		if (i < count) {
			ck_assert_int_eq((int)batch->messages[i].msg_len,
					 (int)strlen(texts[i]));
			ck_assert_mem_eq(batch->bytes[i], texts[i], strlen(texts[i]));
		} else {
			ck_assert_int_eq((int)batch->messages[i].msg_len, 7777);
			ck_assert_int_eq(batch->bytes[i][0], '.');
		}
	}
}

static const char *const texts[] = {"one", "three", "fourteen", "x"};

static void give_texts(int fd, int first, int count)
{
	for (int i = first; i < first + count; i++)
		give(fd, texts[i], strlen(texts[i]));
}

static const struct kind *const message_kinds[] = {&kinds[1], &kinds[3], &kinds[4]};

BEHAVIOUR_LOOP(there, ALL, 3)
{
	int pair[2];
	struct batch batch;

	kind_pair(message_kinds[_i], pair);
	give_texts(pair[1], 0, MESSAGES);
	prepare(&batch, pair[0], 0);
	run(&batch);
	ck_batch(&batch, MESSAGES, texts);
	/* Nothing wanted. */
	batch.count = 0;
	run(&batch);
	ck_batch(&batch, 0, texts);
}

BEHAVIOUR_LOOP(wait_for_one, ALL, 3)
{
	int pair[2];
	struct batch batch;

	kind_pair(message_kinds[_i], pair);
	give_texts(pair[1], 0, 2);
	prepare(&batch, pair[0], MSG_WAITFORONE);
	run(&batch);
	ck_batch(&batch, 2, texts);
	if (mode() == MODE_SHORT) {
		run(&batch);
		ck_assert_int_eq(batch.result, -1);
		ck_assert_int_eq(batch.error, ETIMEDOUT);
		ck_assert_double_ge(batch.ended - batch.started, SHORT_MS);
		ck_took_in_time(batch.ended - batch.started, SHORT_MS);
	} else {
		start(&batch);
		wait_until_waiting(batch.tid);
		give_texts(pair[1], 0, 1);
		join(&batch);
		ck_batch(&batch, 1, texts);
	}
}

BEHAVIOUR_LOOP(pieces, NATIVE | LONG, 3)
{
	int pair[2];
	struct batch batch;

	kind_pair(message_kinds[_i], pair);
	give_texts(pair[1], 0, 1);
	prepare(&batch, pair[0], 0);
	start(&batch);
	for (int i = 1; i < MESSAGES; i++) {
		wait_until_taken(pair[0]);
		wait_until_waiting(batch.tid);
		give_texts(pair[1], i, 1);
	}
	join(&batch);
	ck_batch(&batch, MESSAGES, texts);
}

BEHAVIOUR_LOOP(deadline, SHORT, 3)
{
	int pair[2];
	struct batch batch;

	kind_pair(message_kinds[_i], pair);
	give_texts(pair[1], 0, 2);
	prepare(&batch, pair[0], 0);
	run(&batch);
	ck_batch(&batch, 2, texts);
	ck_assert_double_ge(batch.ended - batch.started, SHORT_MS);
	ck_took_in_time(batch.ended - batch.started, SHORT_MS);
	run(&batch);
	ck_assert_int_eq(batch.result, -1);
	ck_assert_int_eq(batch.error, ETIMEDOUT);
}

/* A timeout of its own of nothing ends after the first message. */
BEHAVIOUR_LOOP(own_none, ALL, 3)
{
	int pair[2];
	struct batch batch;

	kind_pair(message_kinds[_i], pair);
	prepare(&batch, pair[0], 0);
	batch.own = &batch.timeout;
	give_texts(pair[1], 0, 2);
	run(&batch);
	ck_batch(&batch, 1, texts);
	run(&batch);
	ck_batch(&batch, 1, texts + 1);
	ck_assert_int_eq((int)batch.timeout.tv_sec, 0);
	ck_assert_int_eq((int)batch.timeout.tv_nsec, 0);
	if (mode() == MODE_SHORT) {
		/* Natively it does not bound the wait for the first: that hangs. */
		run(&batch);
		ck_assert_int_eq(batch.result, -1);
		ck_assert_int_eq(batch.error, ETIMEDOUT);
	} else {
		start(&batch);
		wait_until_waiting(batch.tid);
		give_texts(pair[1], 0, 1);
		join(&batch);
		ck_batch(&batch, 1, texts);
	}
}

BEHAVIOUR_LOOP(own, NATIVE | LONG, 3)
{
	int pair[2];
	struct batch batch;

	kind_pair(message_kinds[_i], pair);
	prepare(&batch, pair[0], 0);
	batch.timeout.tv_nsec = 50000000;
	batch.own = &batch.timeout;
	give_texts(pair[1], 0, 1);
	start(&batch);
	wait_until_taken(pair[0]);
	wait_until_waiting(batch.tid);
	/* Over, but not yet looked at. */
	while (now_ms() < batch.started + 60)
		(void)poll(NULL, 0, 1);
	wait_until_waiting(batch.tid);
	give_texts(pair[1], 1, 1);
	join(&batch);
	ck_batch(&batch, 2, texts);
	ck_assert_int_eq((int)(batch.timeout.tv_sec + batch.timeout.tv_nsec), 0);
	/* A long one: what is left of it is told. */
	batch.timeout = (struct timespec){.tv_sec = 1000};
	give_texts(pair[1], 0, MESSAGES);
	run(&batch);
	ck_batch(&batch, MESSAGES, texts);
	ck_assert_int_ge((int)batch.timeout.tv_sec, 900);
	ck_assert_int_le((int)batch.timeout.tv_sec, 999);
}

/* An error ends it when something has come, and is for the next call. */
BEHAVIOUR_TEST(error, NATIVE | LONG)
{
	int pair[2];
	struct batch batch;
	char byte;

	udp_pair(pair);
	give_texts(pair[1], 0, 2);
	prepare(&batch, pair[0], 0);
	start(&batch);
	wait_until_taken(pair[0]);
	wait_until_waiting(batch.tid);
	ck_assert_int_eq(close(pair[1]), 0);
	give(pair[0], "x", 1);
	join(&batch);
	ck_batch(&batch, 2, texts);
	ck_failed(recv(pair[0], &byte, 1, 0), ECONNREFUSED);
}

/* With MSG_WAITALL each message of a stream is filled before the next. */
BEHAVIOUR_LOOP(streams, ALL, 2)
{
	static const char *const filled[] = {"abcd", "efgh", "ijkl", "mn"};
	const int family = _i == 0 ? AF_INET : AF_UNIX;
	int pair[2];
	struct batch batch;

	stream_pair(family, pair);
	prepare(&batch, pair[0], MSG_WAITALL);
	batch.room = 4;
	give(pair[1], "abc", 3);
	if (mode() == MODE_SHORT) {
		give(pair[1], "def", 3);
		wait_until_there(pair[0], 6);
		run(&batch);
		ck_batch(&batch, 2, (const char *const[]){"abcd", "ef"});
		ck_assert_double_ge(batch.ended - batch.started, SHORT_MS);
		ck_took_in_time(batch.ended - batch.started, SHORT_MS);
		return;
	}
	start(&batch);
	wait_until_taken(pair[0]);
	wait_until_waiting(batch.tid);
	give(pair[1], "defghi", 6);
	wait_until_taken(pair[0]);
	wait_until_waiting(batch.tid);
	give(pair[1], "jklmn", 5);
	wait_until_taken(pair[0]);
	wait_until_waiting(batch.tid);
	ck_assert_int_eq(shutdown(pair[1], SHUT_WR), 0);
	join(&batch);
	ck_batch(&batch, MESSAGES, filled);
}

BEHAVIOUR_TEST(refused, ALL)
{
	int pair[2];
	struct batch batch;

	udp_pair(pair);
	prepare(&batch, pair[0], 0);
	batch.own = &batch.timeout;
	for (int again = 0; again < 2; again++) {
		batch.timeout = (struct timespec){.tv_sec = -1};
		ck_failed((run(&batch), errno = batch.error, batch.result), EINVAL);
		batch.timeout = (struct timespec){.tv_nsec = 1000000000};
		ck_failed((run(&batch), errno = batch.error, batch.result), EINVAL);
#if __TIMESIZE == 64
		/* Where time_t has 32 bits, libc itself reads the timeout. */
		ck_failed(recvmmsg(pair[0], batch.messages, 1, 0, (void *)8), EFAULT);
#endif
		give(pair[1], "x", 1);
	}
	ck_failed(recvmmsg(pair[0], (void *)8, 1, 0, NULL), EFAULT);
}

/* MSG_WAITFORONE: the first message is filled, or as long as SO_RCVLOWAT says; then what is there comes
 * too, without a wait. */
BEHAVIOUR_LOOP(one_and_what_is_there, ALL, 3)
{
	static const int flags[] = {0, MSG_WAITALL, MSG_WAITALL | MSG_PEEK};
	char bytes[3][2];
	struct iovec vectors[3];
	struct mmsghdr messages[3];
	int pair[2], mark = 2;

	memset(messages, 0, sizeof messages);
	for (int i = 0; i < 3; i++) {
		vectors[i] = (struct iovec){bytes[i], sizeof bytes[i]};
		messages[i].msg_hdr.msg_iov = &vectors[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	tcp_pair(pair);
	if (flags[_i] == 0)
		ck_assert_int_eq(
			setsockopt(pair[1], SOL_SOCKET, SO_RCVLOWAT, &mark, sizeof mark), 0);
	ck_assert_int_eq(send(pair[0], "abcde", 5, 0), 5);
	ck_assert_int_eq(recvmmsg(pair[1], messages, 3, flags[_i] | MSG_WAITFORONE, NULL), 3);
	ck_assert_uint_eq(messages[0].msg_len, 2);
	ck_assert_uint_eq(messages[1].msg_len, 2);
	ck_assert_uint_eq(messages[2].msg_len, (flags[_i] & MSG_PEEK) != 0 ? 2 : 1);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "recvmmsg");
}
