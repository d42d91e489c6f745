/*
 * Delays by rules in calls that block: never early, part of the timeout, and interrupted and
 * cancelled as a wait is.
 */
#include "config.h"

#include "harness/ruled.h"

/* It took ms under the rules, and not much more. */
static void ck_late(double started, double ms)
{
	const double took = now_ms() - started;

	if (ruled())
		ck_assert_double_ge(took, ms);
	ck_took_in_time(took, ms);
}

START_TEST(delays)
{
	const struct opening one = tcp_opening(0);
	double started = now_ms();
	char buffer[8];
	int peer;

	ck_assert_int_eq(opening_connect(&one), 0);
	ck_late(started, 60);
	started = now_ms();
	peer = accept(one.listener, NULL, NULL);
	ck_assert_int_ge(peer, 0);
	ck_late(started, 60);
	started = now_ms();
	ck_assert_int_eq(send(one.fd, "abc", 3, 0), 3);
	ck_late(started, 60);
	started = now_ms();
	ck_assert_int_eq(recv(peer, buffer, 8, 0), 3);
	ck_late(started, 60);
	if (ruled())
		ck_assert_int_eq(faults_logged(), 4);
}
END_TEST

/* The timeout is over first. */
START_TEST(delay_is_waiting)
{
	const struct opening one = tcp_opening(0);
	double started = now_ms();
	char byte;
	int pair[2];

	ck_timed_out(opening_connect(&one), started);
	tcp_pair(pair);
	started = now_ms();
	ck_timed_out(send(pair[0], "a", 1, 0), started);
	started = now_ms();
	ck_timed_out(recv(pair[0], &byte, 1, 0), started);
	ck_assert_int_eq(timeouts_logged(), 3);
}
END_TEST

/* The delay and what is left of the timeout. */
START_TEST(delay_is_part)
{
	double started;
	char byte;
	int pair[2];

	tcp_pair(pair);
	started = now_ms();
	ck_timed_out(recv(pair[0], &byte, 1, 0), started);
	ck_assert_double_lt(now_ms() - started, SHORT_MS + 180);
}
END_TEST

/* … of the program's own. */
START_TEST(delay_is_part_of_own)
{
	const struct timeval own = {.tv_usec = 400000};
	double started;
	char byte;
	int pair[2];

	tcp_pair(pair);
	ck_assert_int_eq(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &own, sizeof own), 0);
	started = now_ms();
	ck_failed(recv(pair[0], &byte, 1, 0), EAGAIN);
	ck_assert_double_ge(now_ms() - started, 390);
	ck_assert_double_lt(now_ms() - started, 560);
}
END_TEST

static volatile sig_atomic_t handled;

static void on_alarm(int number)
{
	(void)number;
	handled = 1;
}

static void *interrupt(void *thread)
{
	wait_until_blocked((pid_t)(intptr_t)thread, -1);
	ck_assert_int_eq(kill(getpid(), SIGUSR1), 0);
	return NULL;
}

static void handle(int flags)
{
	const struct sigaction action = {.sa_handler = on_alarm, .sa_flags = flags};
	sigset_t set;

	ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	ck_assert_int_eq(pthread_sigmask(SIG_UNBLOCK, &set, NULL), 0);
}

static pthread_t interrupted_by(void)
{
	pthread_t thread;
	sigset_t set, before;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	ck_assert_int_eq(pthread_sigmask(SIG_BLOCK, &set, &before), 0);
	ck_assert_int_eq(
		pthread_create(&thread, NULL, interrupt, (void *)(intptr_t)thread_id()), 0);
	ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, &before, NULL), 0);
	return thread;
}

START_TEST(delay_interrupted)
{
	char byte;
	int pair[2];
	double started;
	pthread_t thread;

	tcp_pair(pair);
	ck_assert_int_eq(send(pair[1], "a", 1, 0), 1);
	handle(0);
	started = now_ms();
	thread = interrupted_by();
	ck_failed(recv(pair[0], &byte, 1, 0), EINTR);
	ck_in_time(started, 1000);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	handle(SA_RESTART);
	handled = 0;
	thread = interrupted_by();
	started = now_ms();
	ck_assert_int_eq(recv(pair[0], &byte, 1, 0), 1);
	ck_assert_double_ge(now_ms() - started, 1000);
	ck_assert_int_eq(handled, 1);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}
END_TEST

static void *receive_one(void *fd)
{
	char byte;

	(void)recv((int)(intptr_t)fd, &byte, 1, 0);
	return NULL;
}

START_TEST(delay_cancelled)
{
	pid_t id;
	int pair[2];
	pthread_t thread;
	void *result;

	tcp_pair(pair);
	thread = background(&id, receive_one, (void *)(intptr_t)pair[0]);
	wait_until_blocked(id, -1);
	ck_assert_int_eq(pthread_cancel(thread), 0);
	ck_assert_int_eq(pthread_join(thread, &result), 0);
	ck_assert_ptr_eq(result, PTHREAD_CANCELED);
}
END_TEST

/* The send of 10000 bytes lasts as long as the bytes need at 20000 bytes a second, but for a first piece and a
 * tolerance of the rate (kinds/rate.c). */
START_TEST(rate_of_send)
{
	static char buffer[10000];
	double started;
	int pair[2];

	tcp_pair(pair);
	started = now_ms();
	ck_assert_int_eq(send(pair[0], buffer, sizeof buffer, 0), sizeof buffer);
	ck_late(started, 450);
}
END_TEST

#define SHORT_SPEC "300ms"

static const struct ruled cases[] = {
	{.name = "delays",
	 .rules = "family=AF_INET delay=60ms",
	 .native = true,
	 .test = &delays},
	{.name = "delays, bounded",
	 .rules = "family=AF_INET delay=60ms",
	 .spec = "60s",
	 .test = &delays},
	{.name = "jitter", .rules = "family=AF_INET delay=60ms,jitter=20ms", .test = &delays},
	{.name = "delay is waiting",
	 .rules = "op=connect,when=1 delay=5s; op=send delay=5s; op=recv delay=5s",
	 .spec = SHORT_SPEC,
	 .test = &delay_is_waiting},
	{.name = "delay is part",
	 .rules = "op=recv delay=200ms",
	 .spec = SHORT_SPEC,
	 .test = &delay_is_part},
	{.name = "delay is part of own",
	 .rules = "op=recv delay=200ms",
	 .test = &delay_is_part_of_own},
	{.name = "delay interrupted", .rules = "op=recv delay=1s", .test = &delay_interrupted},
	{.name = "delay interrupted, bounded",
	 .rules = "op=recv delay=1s",
	 .spec = "60s",
	 .test = &delay_interrupted},
	{.name = "rate", .rules = "op=send rate=20000", .native = true, .test = &rate_of_send},
	{.name = "rate, and a rule that counts bytes",
	 .rules = "op=send,after=1G reset; op=send rate=20000",
	 .test = &rate_of_send},
	{.name = "delay cancelled", .rules = "op=recv delay=60s", .test = &delay_cancelled},
};

int main(int argc, char **argv)
{
	return ruled_main(argc, argv, "chaos, delays", cases, sizeof cases / sizeof *cases);
}
