/*
 * MSG_PEEK, MSG_TRUNC, MSG_ERRQUEUE, SO_RCVLOWAT, and lengths of nothing.
 */
#include "config.h"

#include "harness/receiving.h"

#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/uio.h>

static const struct kind *const streams[] = {&kinds[0], &kinds[2]};

BEHAVIOUR_TEST(peek, ALL)
{
	int count;
	struct reception *const all = every_reception(&count);

	for (int i = 0; i < count; i++) {
		if (!all[i].receiver->takes_flags)
			continue;
		give(all[i].pair[1], "hello", 5);
		for (int again = 0; again < 3; again++) {
			all[i].flags = again < 2 ? MSG_PEEK : 0;
			ck_receives(&all[i], "hello", 5);
		}
	}
	free(all);
}

BEHAVIOUR_TEST(peek_silent, SHORT)
{
	int count;
	struct reception *const all = every_reception(&count);
	int used = 0;

	for (int i = 0; i < count; i++)
		if (all[i].receiver->takes_flags) {
			all[used] = all[i];
			all[used++].flags = MSG_PEEK | (i % 2 != 0 ? MSG_WAITALL : 0);
		}
	run_together(all, used);
	for (int i = 0; i < used; i++)
		ck_refused(&all[i], ETIMEDOUT, SHORT_MS, SHORT_MS + LATE_MS);
	free(all);
}

/* TCP waits until everything can be looked at; AF_UNIX shows what is there. */
BEHAVIOUR_LOOP(peek_whole, NATIVE | LONG, 2)
{
	for (int i = 0; i < receiver_count; i++) {
		struct reception one = {.receiver = &receivers[i],
					.kind = streams[_i],
					.flags = MSG_PEEK | MSG_WAITALL,
					.length = 6};

		if (!receivers[i].takes_flags)
			continue;
		kind_pair(one.kind, one.pair);
		give(one.pair[1], "abc", 3);
		wait_until_there(one.pair[0], 3);
		if (one.kind->family == AF_UNIX) {
			ck_receives(&one, "abc", 3);
		} else {
			reception_start(&one);
			wait_until_waiting(one.tid);
			give(one.pair[1], "d", 1);
			wait_until_waiting(one.tid);
			give(one.pair[1], "efgh", 4);
			reception_join(&one);
			ck_received(&one, "abcdef", 6);
			one.flags = 0;
			one.length = 8;
			ck_receives(&one, "abcdefgh", 8);
		}
	}
}

BEHAVIOUR_TEST(peek_whole_deadline, SHORT)
{
	struct reception all[16];
	int count = 0;
	double used;

	for (int i = 0; i < receiver_count; i++)
		if (receivers[i].takes_flags) {
			all[count] = (struct reception){.receiver = &receivers[i],
							.kind = &kinds[0],
							.flags = MSG_PEEK | MSG_WAITALL,
							.length = 6};
			kind_pair(all[count].kind, all[count].pair);
			give(all[count].pair[1], "abc", 3);
			wait_until_there(all[count].pair[0], 3);
			count++;
		}
	used = processor_ms();
	run_together(all, count);
	ck_assert_double_lt(processor_ms() - used, SHORT_MS / 3.0);
	for (int i = 0; i < count; i++) {
		ck_received(&all[i], "abc", 3);
		ck_assert_double_ge(all[i].ended - all[i].started, SHORT_MS);
		ck_took_in_time(all[i].ended - all[i].started, SHORT_MS);
		ck_assert_int_eq(receive_timeout(all[i].pair[0]), 0);
		all[i].flags = 0;
		ck_receives(&all[i], "abc", 3);
	}
}

/* The length of the whole datagram, of which a part is received; on TCP, bytes thrown away. */
BEHAVIOUR_TEST(truncation, ALL)
{
	char buffer[8] = "........";

	for (int i = 0; i < kind_count; i++) {
		int pair[2];

		if (kinds[i].type == SOCK_STREAM)
			continue;
		kind_pair(&kinds[i], pair);
		for (int j = 0; j < receiver_count; j++) {
			if (!receivers[j].takes_flags)
				continue;
			give(pair[1], "longer", 6);
			give(pair[1], "next", 4);
			ck_assert_int_eq(receivers[j].call(pair[0], buffer, 2, MSG_TRUNC), 6);
			ck_assert_mem_eq(buffer, "lo", 2);
			ck_assert_int_eq(receivers[j].call(pair[0], buffer, 8, MSG_TRUNC), 4);
		}
	}
}

BEHAVIOUR_TEST(thrown_away, NATIVE | LONG)
{
	struct reception one = {.receiver = receiver_named("recv"),
				.kind = &kinds[0],
				.flags = MSG_TRUNC | MSG_WAITALL,
				.length = 6,
				.buffer = "......"};

	kind_pair(one.kind, one.pair);
	give(one.pair[1], "abc", 3);
	reception_start(&one);
	wait_until_taken(one.pair[0]);
	wait_until_waiting(one.tid);
	give(one.pair[1], "defghi", 6);
	reception_join(&one);
	ck_received(&one, "......", 6);
	one.flags = 0;
	one.length = 3;
	ck_receives(&one, "ghi", 3);
}

/* A UDP socket on loopback, with its address. */
static int bound(struct sockaddr_in *address)
{
	const int fd = socket(AF_INET, SOCK_DGRAM, 0);
	socklen_t length = sizeof *address;

	*address = loopback(0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)address, length), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)address, &length), 0);
	return fd;
}

/* An ICMP error is on the error queue of pair[0]. */
static void queue_error(int pair[2])
{
	const int yes = 1;
	struct sockaddr_in address, gone;
	char byte;

	pair[0] = bound(&address);
	pair[1] = socket(AF_INET, SOCK_DGRAM, 0);
	ck_assert_int_eq(connect(pair[1], (struct sockaddr *)&address, sizeof address), 0);
	ck_assert_int_eq(setsockopt(pair[0], IPPROTO_IP, IP_RECVERR, &yes, sizeof yes), 0);
	ck_assert_int_eq(close(bound(&gone)), 0);
	ck_assert_int_eq(sendto(pair[0], "x", 1, 0, (struct sockaddr *)&gone, sizeof gone), 1);
	/* The error itself is told once, and the queue stays. */
	ck_failed(recv(pair[0], &byte, 1, 0), ECONNREFUSED);
}

/* A timestamp of what was sent is on the error queue of pair[0]. */
static void queue_timestamp(int pair[2])
{
	const int stamps = SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
	char byte;

	udp_pair(pair);
	ck_assert_int_eq(
		setsockopt(pair[0], SOL_SOCKET, SO_TIMESTAMPING, &stamps, sizeof stamps), 0);
	give(pair[0], "x", 1);
	ck_assert_int_eq(recv(pair[1], &byte, 1, 0), 1);
}

static void (*const queuers[])(int pair[2]) = {queue_error, queue_timestamp};

BEHAVIOUR_LOOP(error_queue, ALL, 2)
{
	for (int i = 0; i < receiver_count; i++) {
		struct reception one = {
			.receiver = &receivers[i], .kind = &kinds[1], .length = 6};
		struct pollfd queue;
		char control[512];
		double used;

		queuers[_i](one.pair);
		queue = (struct pollfd){.fd = one.pair[0]};
		ck_assert_int_eq(poll(&queue, 1, HANG_MS), 1);
		ck_assert_int_eq(queue.revents, POLLERR);
		used = processor_ms();
		if (mode() == MODE_SHORT) {
			if (i % 3 != 0)
				continue;
			ck_refuses(&one, ETIMEDOUT, SHORT_MS, SHORT_MS + LATE_MS);
			ck_assert_double_lt(processor_ms() - used, SHORT_MS / 3.0);
			ck_assert_int_eq(receive_timeout(one.pair[0]), 0);
			give(one.pair[1], "hello", 5);
			reception_run(&one);
		} else {
			reception_start(&one);
			wait_until_waiting(one.tid);
			give(one.pair[1], "hello", 5);
			reception_join(&one);
			ck_assert_double_lt(processor_ms() - used, SHORT_MS);
		}
		ck_received(&one, "hello", 5);
		/* The queue has what it had, once. */
		for (int again = 0; again < 2; again++) {
			struct msghdr message = {.msg_control = control,
						 .msg_controllen = sizeof control};
			const ssize_t n = recvmsg(one.pair[0], &message, MSG_ERRQUEUE);

			if (again == 0) {
				ck_assert_int_ge(n, 0);
				ck_assert_int_eq(message.msg_flags & MSG_ERRQUEUE,
						 MSG_ERRQUEUE);
			} else {
				ck_failed(n, EAGAIN);
			}
		}
	}
}

/* Where there is no such queue the flag counts for nothing, and the call waits. */
BEHAVIOUR_TEST(no_error_queue, ALL)
{
	for (int k = 0; k < kind_count; k++)
		for (int i = 0; i < receiver_count; i++) {
			struct reception one = {.receiver = &receivers[i],
						.kind = &kinds[k],
						.flags = MSG_ERRQUEUE,
						.length = 5};

			if (!receivers[i].takes_flags || (mode() == MODE_SHORT && i % 3 != 0))
				continue;
			kind_pair(one.kind, one.pair);
			if (one.kind->family != AF_UNIX) {
				ck_refuses(&one, EAGAIN, 0, LATE_MS);
				give(one.pair[1], "hello", 5);
				ck_refuses(&one, EAGAIN, 0, LATE_MS);
			} else if (mode() == MODE_SHORT) {
				ck_refuses(&one, ETIMEDOUT, SHORT_MS, SHORT_MS + LATE_MS);
			} else {
				reception_start(&one);
				wait_until_waiting(one.tid);
				give(one.pair[1], "hello", 5);
				reception_join(&one);
				ck_received(&one, "hello", 5);
			}
			ck_assert_int_eq(close(one.pair[0]), 0);
			ck_assert_int_eq(close(one.pair[1]), 0);
		}
}

BEHAVIOUR_TEST(no_error_queue_of_netlink, SHORT)
{
	const int fd = socket(AF_NETLINK, SOCK_RAW, 0);
	const double started = now_ms();
	char buffer[8];

	ck_timed_out(recv(fd, buffer, sizeof buffer, MSG_ERRQUEUE), started);
}

static void set_low_water(int fd, int bytes)
{
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof bytes), 0);
}

BEHAVIOUR_LOOP(low_water, ALL, 2)
{
	for (int i = 0; i < receiver_count; i++) {
		struct reception one = {
			.receiver = &receivers[i], .kind = streams[_i], .length = 20};

		if (strcmp(one.receiver->name, "splice") == 0)
			continue;
		kind_pair(one.kind, one.pair);
		set_low_water(one.pair[0], 5);
		give(one.pair[1], "abc", 3);
		wait_until_there(one.pair[0], 3);
		if (mode() == MODE_SHORT) {
			/* What has come is not lost; here the deadline is the mark. */
			if (i % 3 == 0) {
				ck_receives(&one, "abc", 3);
				ck_assert_double_ge(one.ended - one.started, SHORT_MS);
				ck_took_in_time(one.ended - one.started, SHORT_MS);
				ck_assert_int_eq(receive_timeout(one.pair[0]), 0);
				ck_refuses(&one, ETIMEDOUT, SHORT_MS, SHORT_MS + LATE_MS);
			}
			continue;
		}
		/* Less is asked for than the mark, and less is enough. */
		one.length = 2;
		ck_receives(&one, "ab", 2);
		/* … but TCP wakes nobody for less than the mark (tcp_data_ready). */
		one.length = 3;
		reception_start(&one);
		wait_until_waiting(one.tid);
		give(one.pair[1], "defgh", 5);
		reception_join(&one);
		ck_received(&one, "cde", 3);
		one.length = 20;
		reception_start(&one);
		wait_until_waiting(one.tid);
		give(one.pair[1], "ijklm", 5);
		reception_join(&one);
		ck_received(&one, "fghijklm", 8);
		/* The end of the data. */
		give(one.pair[1], "no", 2);
		reception_start(&one);
		wait_until_waiting(one.tid);
		ck_assert_int_eq(close(one.pair[1]), 0);
		reception_join(&one);
		ck_received(&one, "no", 2);
		ck_receives(&one, "", 0);
	}
}

/* O_NONBLOCK, MSG_DONTWAIT and a datagram are not held up by the mark. */
BEHAVIOUR_TEST(low_water_ignored, ALL)
{
	for (int i = 0; i < kind_count; i++) {
		struct reception one = {
			.receiver = receiver_named("recv"), .kind = &kinds[i], .length = 20};

		kind_pair(one.kind, one.pair);
		set_low_water(one.pair[0], 10);
		if (one.kind->type == SOCK_STREAM)
			one.flags = MSG_DONTWAIT;
		give(one.pair[1], "abc", 3);
		wait_until_there(one.pair[0], 3);
		ck_receives(&one, "abc", 3);
		make_nonblocking(one.pair[0], true);
		one.flags = 0;
		ck_refuses(&one, EAGAIN, 0, LATE_MS);
		ck_passes(&one, "def", 3);
	}
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "receiving with flags");
}
