/*
 * Many threads on one socket: what comes goes to one of them, and the others wait on, without
 * spinning, until the deadline of their own. And what comes just before a deadline.
 */
#include "config.h"

#include "harness/receiving.h"

#include <netinet/ip.h>
#include <poll.h>
#include <stdatomic.h>

#define THREADS 8

/* THREADS receptions from one socket of that kind, by different calls. */
static void share(struct reception all[THREADS], const struct kind *kind,
		  const char *const names[])
{
	int pair[2];

	kind_pair(kind, pair);
	for (int i = 0; i < THREADS; i++) {
		all[i] = (struct reception){.receiver = receiver_named(names[i % 4]),
					    .kind = kind,
					    .pair = {pair[0], pair[1]},
					    .length = 1};
	}
}

static const char *const any[] = {"recv", "read", "recvmsg", "recvmmsg"};

/* One byte or datagram after the other, each to one thread. */
BEHAVIOUR_LOOP(one_each, NATIVE | LONG, kind_count)
{
	struct reception all[THREADS];
	double used;

	share(all, &kinds[_i], any);
	used = processor_ms();
	for (int i = 0; i < THREADS; i++)
		reception_start(&all[i]);
	for (int i = 0; i < THREADS; i++)
		wait_until_waiting(all[i].tid);
	for (int i = 0; i < THREADS; i++) {
		give(all[0].pair[1], "x", 1);
		wait_until_taken(all[0].pair[0]);
	}
	for (int i = 0; i < THREADS; i++) {
		reception_join(&all[i]);
		ck_received(&all[i], "x", 1);
	}
	ck_assert_double_lt(processor_ms() - used, 1000.0);
}

/* One gets it; the others end at the deadline. */
BEHAVIOUR_LOOP(losers, SHORT, kind_count)
{
	struct reception all[THREADS];
	int received = 0;

	share(all, &kinds[_i], any);
	for (int i = 0; i < THREADS; i++)
		reception_start(&all[i]);
	give(all[0].pair[1], "x", 1);
	for (int i = 0; i < THREADS; i++) {
		reception_join(&all[i]);
		if (all[i].result == 1)
			received++;
		else
			ck_refused(&all[i], ETIMEDOUT, SHORT_MS, SHORT_MS + LATE_MS);
	}
	ck_assert_int_eq(received, 1);
}

/* Calls one after the other until one times out. */
struct worker {
	int fd;
	const struct receiver *receiver;
	pthread_t thread;
	pid_t tid;
	int received, error;
};

static void *work(void *argument)
{
	struct worker *const worker = argument;
	char byte;

	while (worker->receiver->call(worker->fd, &byte, 1, 0) == 1)
		worker->received++;
	worker->error = errno;
	return NULL;
}

/* Nothing is lost and nothing told twice, however often they lose. */
BEHAVIOUR_LOOP(many, SHORT, kind_count)
{
	struct worker workers[THREADS];
	int pair[2], received = 0;

	kind_pair(&kinds[_i], pair);
	for (int i = 0; i < THREADS; i++) {
		workers[i] =
			(struct worker){.fd = pair[0], .receiver = receiver_named(any[i % 4])};
		workers[i].thread = background(&workers[i].tid, work, &workers[i]);
	}
	for (int i = 0; i < 500; i++) {
		give(pair[1], "x", 1);
		/* UDP drops what does not fit. */
		if (i % 100 == 99)
			wait_until_taken(pair[0]);
	}
	for (int i = 0; i < THREADS; i++) {
		ck_assert_int_eq(pthread_join(workers[i].thread, NULL), 0);
		ck_assert_int_eq(workers[i].error, ETIMEDOUT);
		received += workers[i].received;
	}
	ck_assert_int_eq(received, 500);
	ck_assert_int_eq(receive_timeout(pair[0]), 0);
}

/* Where poll is no use, because there is an error to be fetched, or SO_RCVLOWAT, or because all
 * is to be looked at: the kernel's timer of one is not the program's own to another. */
BEHAVIOUR_LOOP(blind, SHORT, 3)
{
	static const char *const only[] = {"recv", "recvmsg", "recv", "recvmsg"};
	const int yes = 1, low = 10;
	struct reception all[THREADS];
	int received = 0;

	share(all, &kinds[_i == 0 ? 1 : 0], only);
	if (_i == 0) {
		/* One that has an error queue which nobody reads. */
		ck_assert_int_eq(
			setsockopt(all[0].pair[0], IPPROTO_IP, IP_RECVERR, &yes, sizeof yes),
			0);
		ck_assert_int_eq(close(all[0].pair[1]), 0);
		give(all[0].pair[0], "x", 1);
		ck_failed(recv(all[0].pair[0], all[0].buffer, 1, 0), ECONNREFUSED);
	}
	if (_i == 1)
		ck_assert_int_eq(
			setsockopt(all[0].pair[0], SOL_SOCKET, SO_RCVLOWAT, &low, sizeof low),
			0);
	if (_i == 2)
		give(all[0].pair[1], "x", 1);
	for (int i = 0; i < THREADS; i++) {
		all[i].length = 20;
		all[i].flags = _i == 2 ? MSG_PEEK | MSG_WAITALL : 0;
		reception_start(&all[i]);
		if (i % 2 == 0)
			wait_until_waiting(all[i].tid);
	}
	for (int i = 0; i < THREADS; i++) {
		reception_join(&all[i]);
		if (_i == 2) {
			ck_received(&all[i], "x", 1);
			ck_assert_double_ge(all[i].ended - all[i].started, SHORT_MS);
			received++;
		} else {
			ck_refused(&all[i], ETIMEDOUT, SHORT_MS, SHORT_MS + LATE_MS);
		}
	}
	ck_assert_int_eq(received, _i == 2 ? THREADS : 0);
	ck_assert_int_eq(receive_timeout(all[0].pair[0]), 0);
}

/* What was sent before the deadline is received. */
struct shot {
	int fd;
	double at, sent;
	pthread_t thread;
	pid_t tid;
};

static void *shoot(void *argument)
{
	struct shot *const shot = argument;

	while (now_ms() < shot->at - 1)
		(void)poll(NULL, 0, 1);
	while (now_ms() < shot->at)
		;
	give(shot->fd, "x", 1);
	shot->sent = now_ms();
	return NULL;
}

BEHAVIOUR_LOOP(just_before, SHORT, 2)
{
	static const double before[] = {20, 5, 2, 1, 0.3, 0.1, 0, -0.1};

	for (int i = 0; i < 8; i++) {
		struct reception one = {.receiver = receiver_named(any[i % 4]),
					.kind = &kinds[_i],
					.length = 1};
		struct shot shot;

		kind_pair(one.kind, one.pair);
		shot = (struct shot){.fd = one.pair[1], .at = now_ms() + SHORT_MS - before[i]};
		shot.thread = background(&shot.tid, shoot, &shot);
		reception_run(&one);
		ck_assert_int_eq(pthread_join(shot.thread, NULL), 0);
		if (one.result == 1) {
			ck_received(&one, "x", 1);
		} else {
			ck_refused(&one, ETIMEDOUT, SHORT_MS, SHORT_MS + LATE_MS);
			ck_assert_double_ge(shot.sent, one.started + SHORT_MS);
			/* Too late is not lost. */
			ck_receives(&one, "x", 1);
		}
	}
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "races for what comes");
}
