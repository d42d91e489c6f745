/*
 * MSG_PEEK with MSG_WAITALL on TCP: the call ends before everything can be looked at where the data ends,
 * at an error, and at urgent data. SO_PEEK_OFF: a peek begins where the last one ended.
 */
#include "config.h"

#include "harness/receiving.h"

#define EACH_ENDING 5

static struct reception peek_of(const struct receiver *receiver, size_t length)
{
	struct reception one = {.receiver = receiver,
				.kind = &kinds[0],
				.flags = MSG_PEEK | MSG_WAITALL,
				.length = length};

	kind_pair(one.kind, one.pair);
	return one;
}

static void give_urgent(const int pair[2])
{
	const double end = now_ms() + HANG_MS;
	char byte;

	ck_assert_int_eq(send(pair[1], "x", 1, MSG_OOB), 1);
	while (recv(pair[0], &byte, 1, MSG_OOB | MSG_PEEK) != 1)
		ck_assert_msg(now_ms() < end, "no urgent data: %s", strerror(errno));
}

/* End what can be received from pair[0] behind the bytes that are there. */
static void end_data(int ending, const int pair[2])
{
	char byte;

	switch (ending) {
	case 0:
		ck_assert_int_eq(shutdown(pair[1], SHUT_WR), 0);
		break;
	case 1:
		reset(pair[1]);
		break;
	case 2:
		ck_assert_int_eq(shutdown(pair[0], SHUT_RD), 0);
		break;
	case 3:
		give_urgent(pair);
		break;
	default:
		give_urgent(pair);
		ck_assert_int_eq(recv(pair[0], &byte, 1, MSG_OOB), 1);
		break;
	}
}

/* Why not recvmmsg and a reset: the error is the result of the whole call (net/socket.c: do_recvmmsg). */
static bool applies(const struct receiver *receiver, int ending)
{
	return receiver->takes_flags &&
	       (ending != 1 || receiver->call != receiver_named("recvmmsg")->call);
}

/* The data ends before the call. */
BEHAVIOUR_LOOP(ended, ALL, EACH_ENDING)
{
	for (int i = 0; i < receiver_count; i++) {
		struct reception one;

		if (!applies(&receivers[i], _i))
			continue;
		one = peek_of(&receivers[i], 6);
		give(one.pair[1], "abc", 3);
		wait_until_there(one.pair[0], 3);
		end_data(_i, one.pair);
		ck_receives(&one, "abc", 3);
		ck_assert_int_eq(receive_timeout(one.pair[0]), 0);
		one.flags = 0;
		ck_receives(&one, "abc", 3);
	}
}

/* The data ends while the call waits. */
BEHAVIOUR_LOOP(ends, NATIVE | LONG, EACH_ENDING)
{
	for (int i = 0; i < receiver_count; i++) {
		struct reception one;

		if (!applies(&receivers[i], _i))
			continue;
		one = peek_of(&receivers[i], 6);
		give(one.pair[1], "abc", 3);
		wait_until_there(one.pair[0], 3);
		reception_start(&one);
		wait_until_waiting(one.tid);
		end_data(_i, one.pair);
		reception_join(&one);
		ck_received(&one, "abc", 3);
		one.flags = 0;
		ck_receives(&one, "abc", 3);
	}
}

/* Begin each peek behind the last; false: the kernel cannot. */
static bool set_peek_offset(int fd)
{
	const int start = 0;

	return setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &start, sizeof start) == 0;
}

/* TCP has SO_PEEK_OFF since Linux 6.9. */
BEHAVIOUR_TEST(with_offset, NATIVE | LONG)
{
	for (int i = 0; i < receiver_count; i++) {
		struct reception one;

		if (!receivers[i].takes_flags)
			continue;
		one = peek_of(&receivers[i], 6);
		need(set_peek_offset(one.pair[0]));
		give(one.pair[1], "abc", 3);
		wait_until_there(one.pair[0], 3);
		reception_start(&one);
		wait_until_waiting(one.tid);
		give(one.pair[1], "defgh", 5);
		reception_join(&one);
		ck_received(&one, "abcdef", 6);
		one.length = 2;
		ck_receives(&one, "gh", 2);
	}
}

/* The peek that ends early moves the place of the next peek, too. */
BEHAVIOUR_TEST(with_offset_deadline, SHORT)
{
	struct reception one = peek_of(receiver_named("recv"), 6);

	need(set_peek_offset(one.pair[0]));
	give(one.pair[1], "abc", 3);
	wait_until_there(one.pair[0], 3);
	reception_run(&one);
	ck_received(&one, "abc", 3);
	ck_assert_double_ge(one.ended - one.started, SHORT_MS);
	ck_took_in_time(one.ended - one.started, SHORT_MS);
	give(one.pair[1], "def", 3);
	one.length = 3;
	ck_receives(&one, "def", 3);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "peeks");
}
