/*
 * Calls that have moved a part of the data when something happens: a signal, the program's own timer, the end
 * of a part of the vector.
 */
#include "config.h"

#include "harness/transmit.h"

#include <sched.h>

/* The program's own timeout is longer than that of MODE_SHORT. */
#define OWN_MS (4 * SHORT_MS)

static void handle(int number)
{
	(void)number;
}

struct receiving {
	int fd;
	ssize_t result;
};

static void *receive_whole(void *argument)
{
	struct receiving *const receiving = argument;
	char buffer[10];

	receiving->result = recv(receiving->fd, buffer, sizeof buffer, MSG_WAITALL);
	return NULL;
}

/* Both threads run on one processor, the receiver only where the sender waits (SCHED_IDLE): so the receiver
 * finds the data and the signal at the same time. The handler runs between the part and the wait for the
 * rest. Natively the call then returns the part, although the handler has SA_RESTART (net/ipv4/tcp.c:
 * tcp_recvmsg_locked). AF_UNIX looks at the signal before the data. */
BEHAVIOUR_TEST(handler_after_part, NATIVE | LONG)
{
	const struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};
	const struct sched_param none = {.sched_priority = 0};
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET((size_t)sched_getcpu(), &one);
	ck_assert_int_eq(sched_setaffinity(0, sizeof one, &one), 0);
	ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
	for (int i = 0; i < 20; i++) {
		struct receiving receiving = {.fd = -1};
		pthread_t thread;
		int pair[2];
		pid_t id;

		tcp_pair(pair);
		receiving.fd = pair[0];
		thread = background(&id, receive_whole, &receiving);
		ck_assert_int_eq(sched_setscheduler(id, SCHED_IDLE, &none), 0);
		wait_until_waiting(id);
		ck_assert_int_eq(send(pair[1], "abc", 3, 0), 3);
		ck_assert_int_eq(pthread_kill(thread, SIGUSR1), 0);
		ck_assert_int_eq(pthread_join(thread, NULL), 0);
		ck_assert_int_eq(receiving.result, 3);
		close(pair[0]);
		close(pair[1]);
	}
}

/* Takes what is there, once. */
static void *take_once(void *argument)
{
	const int fd = *(const int *)argument;
	const double then = now_ms() + 2 * OWN_MS / 3.0;
	static char buffer[MIB];

	while (now_ms() < then)
		(void)usleep(1000);
	while (recv(fd, buffer, sizeof buffer, MSG_DONTWAIT) > 0)
		;
	return NULL;
}

/* On an AF_UNIX stream SO_SNDTIMEO begins anew with each piece (net/core/sock.c: sock_alloc_send_pskb): a
 * send for which there was room in the middle lasts longer than the timeout. */
BEHAVIOUR_TEST(own_timer_renewed, ALL)
{
	pthread_t thread;
	double started, took;
	ssize_t n;
	int pair[2];
	pid_t id;

	unix_pair(SOCK_STREAM, pair);
	set_option(pair[0], SOL_SOCKET, SO_SNDBUF, 32768);
	set_send_timeout(pair[0], OWN_MS);
	thread = background(&id, take_once, &pair[1]);
	started = now_ms();
	n = send(pair[0], pattern, PATTERN_SIZE, 0);
	took = now_ms() - started;
	ck_assert_int_gt(n, 0);
	ck_assert_int_lt(n, PATTERN_SIZE);
	ck_assert_double_ge(took, OWN_MS + OWN_MS / 2.0);
	ck_assert_double_le(took, 2 * OWN_MS + LATE_MS);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

#define ELEMENTS 512
#define ELEMENT  2048

/* The elements of one sendmsg(2) are sent in several pieces. Only the last byte of all is urgent: a reader
 * that passes another urgent byte loses that byte. */
BEHAVIOUR_TEST(urgent_last, ALL)
{
	static struct iovec vector[ELEMENTS];
	const struct msghdr message = {.msg_iov = vector, .msg_iovlen = ELEMENTS};
	const size_t length = (size_t)ELEMENTS * ELEMENT;
	struct reader reader = {.limit = length - 1, .piece = 1000};
	char byte = 0;
	int pair[2];

	for (size_t i = 0; i < ELEMENTS; i++)
		vector[i] = (struct iovec){pattern + i * ELEMENT, ELEMENT};
	unix_pair(SOCK_STREAM, pair);
	reader.fd = pair[1];
	reader_start(&reader);
	ck_assert_int_eq(sendmsg(pair[0], &message, MSG_OOB | MSG_EOR), (ssize_t)length);
	ck_assert_int_eq(shutdown(pair[0], SHUT_WR), 0);
	reader_finish(&reader, length - 1);
	ck_assert_int_eq(recv(pair[1], &byte, 1, MSG_OOB), 1);
	ck_assert_int_eq((unsigned char)byte, pattern[length - 1]);
}

int main(int argc, char **argv)
{
	pattern_make();
	return behaviour_main(argc, argv, "a part of the data");
}
