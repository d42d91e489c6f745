/*
 * MSG_WAITALL: everything that was asked for, in however many pieces it comes, unless the end of
 * the data, an error, urgent data or the deadline comes before.
 */
#include "config.h"

#include "harness/receiving.h"

#include <poll.h>
#include <stdatomic.h>
#include <sys/uio.h>

static const int families[] = {AF_INET, AF_UNIX};

/* A reception with MSG_WAITALL for each receiver that takes it, on a stream of that family. */
static int every_whole(struct reception *all, int family, size_t length)
{
	int count = 0;

	for (int i = 0; i < receiver_count; i++) {
		struct reception *const one = &all[count];

		if (!receivers[i].takes_flags)
			continue;
		*one = (struct reception){.receiver = &receivers[i],
					  .kind = &kinds[family == AF_INET ? 0 : 2],
					  .flags = MSG_WAITALL,
					  .length = length};
		kind_pair(one->kind, one->pair);
		count++;
	}
	return count;
}

BEHAVIOUR_LOOP(there, ALL, 2)
{
	struct reception all[16];
	const int count = every_whole(all, families[_i], 6);

	for (int i = 0; i < count; i++) {
		give(all[i].pair[1], "abc", 3);
		give(all[i].pair[1], "defghi", 6);
		ck_receives(&all[i], "abcdef", 6);
		all[i].length = 3;
		ck_receives(&all[i], "ghi", 3);
	}
}

BEHAVIOUR_LOOP(pieces, NATIVE | LONG, 2)
{
	struct reception all[16];
	const int count = every_whole(all, families[_i], 9);

	for (int i = 0; i < count; i++) {
		if (i % 2 == 0)
			give(all[i].pair[1], "abc", 3);
		reception_start(&all[i]);
		wait_until_waiting(all[i].tid);
		if (i % 2 != 0)
			give(all[i].pair[1], "abc", 3);
		wait_until_taken(all[i].pair[0]);
		wait_until_waiting(all[i].tid);
		give(all[i].pair[1], "d", 1);
		wait_until_taken(all[i].pair[0]);
		wait_until_waiting(all[i].tid);
		give(all[i].pair[1], "efghijk", 7);
		reception_join(&all[i]);
		ck_received(&all[i], "abcdefghi", 9);
	}
}

BEHAVIOUR_LOOP(ended_by_close, NATIVE | LONG, 2)
{
	struct reception all[16];
	const int count = every_whole(all, families[_i], 9);

	for (int i = 0; i < count; i++) {
		give(all[i].pair[1], "abc", 3);
		reception_start(&all[i]);
		wait_until_taken(all[i].pair[0]);
		wait_until_waiting(all[i].tid);
		ck_assert_int_eq(close(all[i].pair[1]), 0);
		reception_join(&all[i]);
		ck_received(&all[i], "abc", 3);
		ck_receives(&all[i], "", 0);
	}
}

/* The error is for the next call; AF_UNIX forgets it (unix_stream_read_generic takes it off the
 * socket before it looks at what has been copied). */
BEHAVIOUR_LOOP(ended_by_reset, NATIVE | LONG, 2)
{
	struct reception all[16];
	const int count = every_whole(all, families[_i], 9);

	for (int i = 0; i < count; i++) {
		give(all[i].pair[1], "abc", 3);
		reception_start(&all[i]);
		wait_until_taken(all[i].pair[0]);
		wait_until_waiting(all[i].tid);
		if (families[_i] == AF_UNIX)
			give(all[i].pair[0], "unread", 6);
		reset(all[i].pair[1]);
		reception_join(&all[i]);
		ck_received(&all[i], "abc", 3);
		reception_run(&all[i]);
		if (families[_i] == AF_INET) {
			ck_refused(&all[i], ECONNRESET, 0, LATE_MS);
			reception_run(&all[i]);
		}
		ck_received(&all[i], "", 0);
	}
}

/* Both were there before the call. */
BEHAVIOUR_LOOP(data_before_reset, ALL, 2)
{
	struct reception all[16];
	const int count = every_whole(all, families[_i], 9);

	for (int i = 0; i < count; i++) {
		give(all[i].pair[1], "abc", 3);
		if (families[_i] == AF_UNIX)
			give(all[i].pair[0], "unread", 6);
		wait_until_there(all[i].pair[0], 3);
		reset(all[i].pair[1]);
		reception_run(&all[i]);
		/* recvmmsg looks at the error first (net/socket.c: do_recvmmsg). */
		if (all[i].receiver->call == receiver_named("recvmmsg")->call) {
			ck_refused(&all[i], ECONNRESET, 0, LATE_MS);
			ck_receives(&all[i], "abc", 3);
			continue;
		}
		ck_received(&all[i], "abc", 3);
		reception_run(&all[i]);
		if (families[_i] == AF_INET) {
			ck_refused(&all[i], ECONNRESET, 0, LATE_MS);
			reception_run(&all[i]);
		}
		ck_received(&all[i], "", 0);
	}
}

BEHAVIOUR_LOOP(deadline, SHORT, 2)
{
	struct reception all[16];
	const int count = every_whole(all, families[_i], 9);

	for (int i = 0; i < count; i++)
		give(all[i].pair[1], "abc", 3);
	run_together(all, count);
	for (int i = 0; i < count; i++) {
		ck_received(&all[i], "abc", 3);
		ck_assert_double_ge(all[i].ended - all[i].started, SHORT_MS);
		/* Nothing was lost, and nothing came: now there is nothing to be told but that. */
		ck_passes(&all[i], "defghijkl", 9);
	}
}

BEHAVIOUR_LOOP(deadline_nothing, SHORT, 2)
{
	struct reception all[16];
	const int count = every_whole(all, families[_i], 9);

	run_together(all, count);
	for (int i = 0; i < count; i++)
		ck_refused(&all[i], ETIMEDOUT, SHORT_MS, SHORT_MS + LATE_MS);
}

static atomic_bool drip_ends;

/* A byte every 50 ms to each of the sockets, up to the one that is -1. */
static void *drip(void *sockets)
{
	for (unsigned char byte = 0; !drip_ends; byte++) {
		for (const int *fd = sockets; *fd >= 0; fd++)
			(void)send(*fd, &byte, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
		(void)poll(NULL, 0, 50);
	}
	return NULL;
}

/* The deadline is the whole call's, and what came until then is kept, in order. */
BEHAVIOUR_LOOP(dripping, SHORT, 2)
{
	struct reception all[16];
	const int count = every_whole(all, families[_i], sizeof all[0].buffer);
	int sockets[17];
	pthread_t dripping_thread;
	pid_t tid;

	for (int i = 0; i < count; i++)
		sockets[i] = all[i].pair[1];
	sockets[count] = -1;
	dripping_thread = background(&tid, drip, sockets);
	run_together(all, count);
	for (int i = 0; i < count; i++) {
		ck_assert_double_ge(all[i].ended - all[i].started, SHORT_MS);
		ck_assert_int_eq(all[i].error, EXDEV);
		ck_assert_int_ge(all[i].result, 1);
		ck_assert_int_lt(all[i].result, sizeof all[i].buffer);
		for (int at = 1; at < all[i].result; at++)
			ck_assert_int_eq(all[i].buffer[at], all[i].buffer[at - 1] + 1);
	}
	drip_ends = true;
	ck_assert_int_eq(pthread_join(dripping_thread, NULL), 0);
}

BEHAVIOUR_LOOP(own_timeout, ALL, 2)
{
	struct reception all[16];
	const int count = every_whole(all, families[_i], 9);

	for (int i = 0; i < count; i++) {
		give(all[i].pair[1], "abc", 3);
		set_receive_timeout(all[i].pair[0], 60);
	}
	run_together(all, count);
	for (int i = 0; i < count; i++) {
		ck_received(&all[i], "abc", 3);
		ck_assert_double_ge(all[i].ended - all[i].started, 50);
		ck_took_in_time(all[i].ended - all[i].started, 0);
		make_nonblocking(all[i].pair[0], true);
		ck_passes(&all[i], "def", 3);
	}
}

/* Without effect: a datagram is whole as it is. */
BEHAVIOUR_TEST(datagrams, ALL)
{
	int count;
	struct reception *const all = every_reception(&count);

	for (int i = 0; i < count; i++) {
		if (!all[i].receiver->takes_flags || all[i].kind->type == SOCK_STREAM)
			continue;
		all[i].flags = MSG_WAITALL;
		ck_passes(&all[i], "hello", 5);
	}
	free(all);
}

/* A message in pieces, in a thread. */
struct piecewise {
	int fd;
	struct msghdr message;
	ssize_t result;
};

static void *receive_message(void *argument)
{
	struct piecewise *const piecewise = argument;

	piecewise->result = recvmsg(piecewise->fd, &piecewise->message, MSG_WAITALL);
	return NULL;
}

/* Many elements, empty ones among them; the vector is the caller's, and what is in front and
 * behind stays as it was. */
BEHAVIOUR_LOOP(vector_in_pieces, NATIVE | LONG, 2)
{
	static const char expected[] = "ab..cdef..ghij..klmn..opqr..stuv..wxyz..";
	char bytes[40], sent = 'a';
	struct iovec vector[20], copy[20];
	struct piecewise piecewise = {
		.message = {.msg_iov = vector, .msg_iovlen = 20, .msg_flags = 0x7777}};
	int pair[2];
	pid_t tid;
	pthread_t thread;

	stream_pair(families[_i], pair);
	for (size_t i = 0; i < 20; i++)
		vector[i] = (struct iovec){bytes + 2 * i, i % 3 == 1 ? 0 : 2};
	vector[19].iov_len = 0;
	memcpy(copy, vector, sizeof vector);
	memset(bytes, '.', sizeof bytes);
	piecewise.fd = pair[0];
	thread = background(&tid, receive_message, &piecewise);
	for (size_t size = 1; sent <= 'z'; size = size % 5 + 1) {
		char piece[5];

		for (size_t i = 0; i < size; i++)
			piece[i] = sent++;
		wait_until_waiting(tid);
		give(pair[1], piece, sent > 'z' ? size - (size_t)(sent - 'z' - 1) : size);
		wait_until_taken(pair[0]);
	}
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(piecewise.result, 26);
	ck_assert_mem_eq(bytes, expected, sizeof bytes);
	ck_assert_mem_eq(vector, copy, sizeof vector);
	ck_assert_ptr_eq(piecewise.message.msg_iov, vector);
	ck_assert_int_eq((int)piecewise.message.msg_iovlen, 20);
	ck_assert_int_eq(piecewise.message.msg_flags, 0);
}

#define BLOCK  50000
#define BLOCKS 80

static void *send_much(void *socket)
{
	unsigned char block[BLOCK];

	for (int i = 0; i < BLOCKS; i++) {
		memset(block, i, sizeof block);
		give(*(int *)socket, block, sizeof block);
	}
	return NULL;
}

BEHAVIOUR_LOOP(much, NATIVE | LONG, 2)
{
	const size_t length = (size_t)BLOCKS * BLOCK;
	unsigned char *const bytes = malloc(length), block[BLOCK];
	int pair[2];
	pthread_t thread;
	pid_t tid;

	ck_assert_ptr_nonnull(bytes);
	stream_pair(families[_i], pair);
	thread = background(&tid, send_much, &pair[1]);
	ck_assert_int_eq(recv(pair[0], bytes, length, MSG_WAITALL), (int)length);
	for (int i = 0; i < BLOCKS; i++) {
		memset(block, i, sizeof block);
		ck_assert_mem_eq(bytes + (size_t)i * BLOCK, block, sizeof block);
	}
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	free(bytes);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "MSG_WAITALL");
}
