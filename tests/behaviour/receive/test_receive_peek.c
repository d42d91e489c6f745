/*
 * MSG_PEEK with MSG_WAITALL on TCP: the call ends before everything can be looked at where the data ends,
 * at an error, and at urgent data.
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

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "peeks");
}
