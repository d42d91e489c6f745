/*
 * Settings other than the harness's: `accept` alone, and a timeout of which half and double can be told
 * apart.
 */
#include "config.h"

#include "harness/ruled.h"

#include <linux/seccomp.h>
#include <linux/filter.h>
#include <poll.h>
#include <sys/prctl.h>

#define ACCEPT_MS 300
#define RECV_MS   2000

struct accepting {
	int listener, fd;
};

static void *accept_one(void *argument)
{
	struct accepting *const accepting = argument;

	accepting->fd = accept(accepting->listener, NULL, NULL);
	return NULL;
}

/* A connection that comes while accept waits, and so while the timer is armed; or one that is there. */
static int accepted(bool waits, int *peer)
{
	struct sockaddr_in address;
	struct accepting accepting = {.listener = tcp_listener(&address, 1)};
	pthread_t thread;
	pid_t id;

	*peer = socket(AF_INET, SOCK_STREAM, 0);
	if (!waits)
		ck_assert_int_eq(connect(*peer, (struct sockaddr *)&address, sizeof address),
				 0);
	thread = background(&id, accept_one, &accepting);
	if (waits) {
		wait_until_waiting(id);
		ck_assert_int_eq(connect(*peer, (struct sockaddr *)&address, sizeof address),
				 0);
	}
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_ge(accepting.fd, 0);
	return accepting.fd;
}

static void *receive_one(void *fd)
{
	char byte;

	return (void *)(intptr_t)recv(*(const int *)fd, &byte, 1, 0);
}

/* The timeout of accept ends accept only: the receive on the accepted socket lasts longer. */
START_TEST(accept_alone)
{
	for (int waits = 0; waits < 2; waits++) {
		int peer, fd = accepted(waits != 0, &peer);
		const double started = now_ms();
		pthread_t thread;
		void *result;
		pid_t id;

		ck_assert_int_eq(kernel_timer(fd, SO_RCVTIMEO), 0);
		thread = background(&id, receive_one, &fd);
		while (now_ms() < started + 3 * ACCEPT_MS)
			(void)poll(NULL, 0, 10);
		ck_assert_int_eq(send(peer, "a", 1, 0), 1);
		ck_assert_int_eq(pthread_join(thread, &result), 0);
		ck_assert_int_eq((intptr_t)result, 1);
	}
}
END_TEST

/* Fewer bytes come than SO_RCVLOWAT asks for: the receive returns them at T, not at 2 T. */
START_TEST(low_water)
{
	const int bytes = 5;
	char buffer[20];
	int pair[2];
	double started, took;

	stream_pair(AF_INET, pair);
	ck_assert_int_eq(setsockopt(pair[0], SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof bytes), 0);
	ck_assert_int_eq(send(pair[1], "abc", 3, 0), 3);
	started = now_ms();
	ck_assert_int_eq(recv(pair[0], buffer, sizeof buffer, 0), 3);
	took = now_ms() - started;
	ck_assert_double_ge(took, RECV_MS);
	ck_assert_double_lt(took, 1.75 * RECV_MS);
}
END_TEST

/* All bytes but the last come one after the other: the deadline is that of the whole call. */
START_TEST(wait_all)
{
	char buffer[20];
	int pair[2];
	double started, took;
	pid_t sender;

	tcp_pair(pair);
	sender = fork();
	if (sender == 0) {
		for (int i = 0; i < 10; i++) {
			if (send(pair[1], "a", 1, 0) != 1)
				_exit(1);
			(void)poll(NULL, 0, RECV_MS / 10);
		}
		(void)pause();
	}
	started = now_ms();
	ck_assert_int_gt(recv(pair[0], buffer, sizeof buffer, MSG_WAITALL), 0);
	took = now_ms() - started;
	ck_assert_int_eq(kill(sender, SIGKILL), 0);
	ck_assert_double_ge(took, RECV_MS);
	ck_assert_double_lt(took, RECV_MS + 1000);
}
END_TEST

/* A readiness wait reports the quiet socket, and is no second late. */
START_TEST(readiness)
{
	struct pollfd silent = {.events = POLLIN};
	double started, took;
	int pair[2];

	tcp_pair(pair);
	silent.fd = pair[0];
	started = now_ms();
	ck_assert_int_eq(poll(&silent, 1, -1), 1);
	took = now_ms() - started;
	ck_assert_double_ge(took, RECV_MS);
	ck_assert_double_lt(took, RECV_MS + 1000);
}
END_TEST

/* A stream of which the timeout has left a part fails at T, and does not begin another write. */
START_TEST(stream_part)
{
	static char data[4 << 20];
	FILE *stream;
	double started, took;
	int pair[2];

	unix_pair(SOCK_STREAM, pair);
	stream = fdopen(pair[0], "w");
	ck_assert_ptr_nonnull(stream);
	started = now_ms();
	ck_assert_uint_lt(fwrite(data, 1, sizeof data, stream), sizeof data);
	took = now_ms() - started;
	ck_assert_int_eq(errno, ETIMEDOUT);
	ck_assert_double_ge(took, RECV_MS);
	ck_assert_double_lt(took, 1.75 * RECV_MS);
}
END_TEST

/* A call that waits when the process restricts its system calls ends in time, but nothing is logged: the
 * filter may forbid the system calls of the log. */
START_TEST(not_logged_in_sandbox)
{
	struct sock_filter allow[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
	const struct sock_fprog program = {1, allow};
	pthread_t thread;
	void *result;
	int pair[2];
	pid_t id;

	tcp_pair(pair);
	thread = background(&id, receive_one, &pair[0]);
	wait_until_waiting(id);
	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
	ck_assert_int_eq(pthread_join(thread, &result), 0);
	ck_assert_int_eq((intptr_t)result, -1);
	ck_assert_int_eq(timeouts_logged(), 0);
}
END_TEST

/* The record of a timeout names the rule that set the timeout. */
START_TEST(rule_is_logged)
{
	const double started = now_ms();
	int pair[2];
	char byte;

	tcp_pair(pair);
	ck_timed_out(recv(pair[0], &byte, 1, 0), started);
	ck_assert_ptr_nonnull(strstr(log_text(), "SOCKTIMEOUT_RULES:1"));
}
END_TEST

static const struct ruled cases[] = {
	{.name = "accept alone", .spec = "accept=300ms", .native = true, .test = &accept_alone},
	{.name = "SO_RCVLOWAT", .spec = "2s", .test = &low_water},
	{.name = "MSG_WAITALL", .spec = "2s", .test = &wait_all},
	{.name = "readiness", .spec = "2s", .test = &readiness},
	{.name = "a part of a stream", .spec = "2s", .test = &stream_part},
	{.name = "sandbox", .spec = "2s", .test = &not_logged_in_sandbox},
	{.name = "rule in the log", .rules = "op=recv timeout=300ms", .test = &rule_is_logged},
};

int main(int argc, char **argv)
{
	return ruled_main(argc, argv, "settings of their own", cases,
			  sizeof cases / sizeof *cases);
}
