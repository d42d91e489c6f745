/*
 * Urgent data: of a stream, MSG_OOB never waits, and a call that has received something does not go
 * past the mark, however the bytes before and behind it came.
 */
#include "config.h"

#include "harness/receiving.h"

static const int families[] = {AF_INET, AF_UNIX};

static void give_urgent(int fd, char byte)
{
	ck_assert_int_eq(send(fd, &byte, 1, MSG_OOB), 1);
}

/* Wait until urgent data can be received from fd; it stays. */
static void wait_until_urgent(int fd)
{
	const double end = now_ms() + HANG_MS;
	char byte;

	while (recv(fd, &byte, 1, MSG_OOB | MSG_PEEK) != 1)
		ck_assert_msg(now_ms() < end, "no urgent data: %s", strerror(errno));
}

/* What is urgent, and what is behind it. */
static void ck_urgent(int fd, char urgent, const char *behind)
{
	char buffer[64];

	ck_assert_int_eq(recv(fd, buffer, sizeof buffer, MSG_OOB), 1);
	ck_assert_int_eq(buffer[0], urgent);
	if (behind != NULL) {
		ck_assert_int_eq(recv(fd, buffer, strlen(behind), MSG_WAITALL),
				 (int)strlen(behind));
		ck_assert_mem_eq(buffer, behind, strlen(behind));
	}
}

BEHAVIOUR_LOOP(none, ALL, 2)
{
	int pair[2];
	char byte;

	stream_pair(families[_i], pair);
	for (int i = 0; i < receiver_count; i++)
		if (receivers[i].takes_flags)
			ck_failed(receivers[i].call(pair[0], &byte, 1, MSG_OOB), EINVAL);
	give_urgent(pair[1], 'x');
	wait_until_urgent(pair[0]);
	ck_urgent(pair[0], 'x', NULL);
	/* Once. */
	ck_failed(recv(pair[0], &byte, 1, MSG_OOB), EINVAL);
}

/* Everything is there before the call; nothing need be behind the mark. */
BEHAVIOUR_LOOP(there, ALL, 2)
{
	for (int behind = 0; behind < 2; behind++)
		for (int i = 0; i < receiver_count; i++) {
			struct reception one = {.receiver = &receivers[i],
						.kind = &kinds[families[_i] == AF_INET ? 0 : 2],
						.flags = MSG_WAITALL,
						.length = 10};

			if (!receivers[i].takes_flags)
				continue;
			kind_pair(one.kind, one.pair);
			give(one.pair[1], "abc", 3);
			give_urgent(one.pair[1], 'x');
			if (behind != 0)
				give(one.pair[1], "def", 3);
			wait_until_urgent(one.pair[0]);
			ck_receives(&one, "abc", 3);
			ck_urgent(one.pair[0], 'x', behind != 0 ? "def" : NULL);
		}
}

/* The mark comes while the call waits. */
BEHAVIOUR_LOOP(comes, NATIVE | LONG, 2)
{
	for (int i = 0; i < receiver_count; i++) {
		struct reception one = {.receiver = &receivers[i],
					.kind = &kinds[families[_i] == AF_INET ? 0 : 2],
					.flags = MSG_WAITALL,
					.length = 10};

		if (!receivers[i].takes_flags)
			continue;
		kind_pair(one.kind, one.pair);
		give(one.pair[1], "abc", 3);
		reception_start(&one);
		wait_until_taken(one.pair[0]);
		wait_until_waiting(one.tid);
		give_urgent(one.pair[1], 'x');
		reception_join(&one);
		ck_received(&one, "abc", 3);
		give(one.pair[1], "def", 3);
		ck_urgent(one.pair[0], 'x', "def");
	}
}

/* Urgent data is no data: a call that has nothing yet waits for what is behind. */
BEHAVIOUR_LOOP(silent, SHORT, 2)
{
	struct reception one = {.receiver = receiver_named("recv"),
				.kind = &kinds[families[_i] == AF_INET ? 0 : 2],
				.flags = MSG_WAITALL,
				.length = 3};
	double used;

	kind_pair(one.kind, one.pair);
	give_urgent(one.pair[1], 'x');
	wait_until_urgent(one.pair[0]);
	ck_urgent(one.pair[0], 'x', NULL);
	used = processor_ms();
	ck_refuses(&one, ETIMEDOUT, SHORT_MS, SHORT_MS + LATE_MS);
	ck_assert_double_lt(processor_ms() - used, SHORT_MS / 3.0);
	ck_passes(&one, "def", 3);
}

BEHAVIOUR_TEST(in_line, ALL)
{
	const int yes = 1;
	struct reception one = {.receiver = receiver_named("recvmsg"),
				.kind = &kinds[0],
				.flags = MSG_WAITALL,
				.length = 10};

	kind_pair(one.kind, one.pair);
	ck_assert_int_eq(setsockopt(one.pair[0], SOL_SOCKET, SO_OOBINLINE, &yes, sizeof yes),
			 0);
	give(one.pair[1], "abc", 3);
	give_urgent(one.pair[1], 'x');
	wait_until_there(one.pair[0], 4);
	ck_receives(&one, "abc", 3);
	give(one.pair[1], "def", 3);
	one.length = 4;
	ck_receives(&one, "xdef", 4);
}

/* SO_RCVLOWAT asks for more than there is before the mark. */
BEHAVIOUR_LOOP(below_low_water, ALL, 2)
{
	const int low = 8;
	static const char *const names[] = {"recv", "read", "readv", "recvmsg"};

	for (int i = 0; i < 4; i++) {
		struct reception one = {.receiver = receiver_named(names[i]),
					.kind = &kinds[families[_i] == AF_INET ? 0 : 2],
					.length = 20};

		kind_pair(one.kind, one.pair);
		ck_assert_int_eq(
			setsockopt(one.pair[0], SOL_SOCKET, SO_RCVLOWAT, &low, sizeof low), 0);
		give(one.pair[1], "abc", 3);
		give_urgent(one.pair[1], 'x');
		give(one.pair[1], "def", 3);
		wait_until_urgent(one.pair[0]);
		ck_receives(&one, "abc", 3);
		ck_urgent(one.pair[0], 'x', "def");
	}
}

static void *receive_oob(void *argument)
{
	char byte = 0;

	ck_assert_int_eq(recv(*(int *)argument, &byte, 1, MSG_OOB), 1);
	ck_assert_int_eq(byte, 'x');
	return NULL;
}

/* UDP has no urgent data, and receives whatever comes. */
BEHAVIOUR_TEST(of_datagrams, ALL)
{
	const double started = now_ms();
	int pair[2], copy;
	pthread_t thread;
	char byte;
	pid_t id;

	udp_pair(pair);
	if (mode() == MODE_SHORT) {
		ck_timed_out(recv(pair[0], &byte, 1, MSG_OOB), started);
		return;
	}
	ck_failed(recv(pair[0], &byte, 1, MSG_OOB | MSG_DONTWAIT), EAGAIN);
	copy = dup(pair[0]);
	thread = background(&id, receive_oob, &copy);
	wait_until_waiting(id);
	ck_assert_int_eq(send(pair[1], "x", 1, 0), 1);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "urgent data");
}
