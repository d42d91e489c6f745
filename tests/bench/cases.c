/*
 * The cases: the measured calls of each, and the table of all cases. Filling and draining the sockets is not
 * measured. Most cases use AF_UNIX stream sockets: the system calls of these are the cheapest, so the ratio of the
 * library's cost to the call's cost is the largest.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sockets.h"

static char buffer[BENCH_CHUNK];

static void fill(void)
{
	for (size_t left = BENCH_CALLS * BENCH_MESSAGE; left > 0;) {
		ssize_t count = write(bench_far, buffer, left);

		bench_must(count > 0, "write");
		left -= (size_t)count;
	}
}

static void drain(size_t left)
{
	while (left > 0) {
		ssize_t count = recv(bench_far, buffer, sizeof(buffer), 0);

		bench_must(count > 0, "recv");
		left -= (size_t)count;
	}
}

static double measure_recv(void)
{
	double start;

	fill();
	start = bench_now();
	for (int i = 0; i < BENCH_CALLS; i++)
		bench_must(recv(bench_near, buffer, BENCH_MESSAGE, 0) == BENCH_MESSAGE, "recv");
	return bench_now() - start;
}

static double measure_recvmsg(void)
{
	struct iovec vector = {.iov_base = buffer, .iov_len = BENCH_MESSAGE};
	struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
	double start;

	fill();
	start = bench_now();
	for (int i = 0; i < BENCH_CALLS; i++)
		bench_must(recvmsg(bench_near, &message, 0) == BENCH_MESSAGE, "recvmsg");
	return bench_now() - start;
}

static double measure_reads(void)
{
	double start = bench_now();

	for (int i = 0; i < BENCH_CALLS; i++)
		bench_must(read(bench_near, buffer, BENCH_MESSAGE) == BENCH_MESSAGE, "read");
	return bench_now() - start;
}

static double measure_read(void)
{
	fill();
	return measure_reads();
}

static double measure_read_file(void)
{
	bench_must(lseek(bench_near, 0, SEEK_SET) == 0, "lseek");
	return measure_reads();
}

static double measure_send(void)
{
	double end, start = bench_now();

	for (int i = 0; i < BENCH_SENDS; i++)
		bench_must(send(bench_near, buffer, BENCH_MESSAGE, 0) == BENCH_MESSAGE, "send");
	end = bench_now();
	drain((size_t)BENCH_SENDS * BENCH_MESSAGE);
	return end - start;
}

static double measure_write(void)
{
	double end, start = bench_now();

	for (int i = 0; i < BENCH_SENDS; i++)
		bench_must(write(bench_near, buffer, BENCH_MESSAGE) == BENCH_MESSAGE, "write");
	end = bench_now();
	drain((size_t)BENCH_SENDS * BENCH_MESSAGE);
	return end - start;
}

static double measure_recv_again(void)
{
	double start = bench_now();

	for (int i = 0; i < BENCH_CALLS; i++)
		bench_must(recv(bench_near, buffer, BENCH_MESSAGE, 0) < 0 && errno == EAGAIN,
			   "EAGAIN");
	return bench_now() - start;
}

static double measure_read_again(void)
{
	double start = bench_now();

	for (int i = 0; i < BENCH_CALLS; i++)
		bench_must(read(bench_near, buffer, BENCH_MESSAGE) < 0 && errno == EAGAIN,
			   "EAGAIN");
	return bench_now() - start;
}

static double measure_echo(void)
{
	double start = bench_now();

	for (int i = 0; i < BENCH_ROUND_TRIPS; i++) {
		bench_must(send(bench_near, buffer, 1, 0) == 1, "send");
		bench_must(recv(bench_near, buffer, 1, 0) == 1, "recv");
	}
	return bench_now() - start;
}

/* A reset closes each connection. Otherwise some thousand ports a second would stay in TIME-WAIT. */
static double measure_connect(void)
{
	struct linger reset = {.l_onoff = 1, .l_linger = 0};
	double start = bench_now();

	for (int i = 0; i < BENCH_CONNECTIONS; i++) {
		int accepted, connecting = socket(AF_INET, SOCK_STREAM, 0);

		bench_must(connect(connecting, (void *)&bench_address, sizeof(bench_address)) ==
				   0,
			   "connect");
		accepted = accept(bench_listener, NULL, NULL);
		bench_must(accepted >= 0, "accept");
		setsockopt(connecting, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(connecting);
		close(accepted);
	}
	return bench_now() - start;
}

static double measure_stream(void)
{
	double start = bench_now();

	for (int i = 0; i < BENCH_CHUNKS; i++)
		bench_must(write(bench_near, buffer, BENCH_CHUNK) == BENCH_CHUNK, "write");
	bench_must(recv(bench_near, buffer, 1, 0) == 1, "recv");
	return bench_now() - start;
}

/* The bounds of calls that do not block. */
#define READY      1.02
#define READY_WAIT 1.03
#define SHOWN      0.0

static const struct bench_case cases[] = {
	{"recv, ready", READY, bench_prepare_unix, measure_recv, BENCH_CALLS, 16},
	{"recvmsg, ready", READY, bench_prepare_unix, measure_recvmsg, BENCH_CALLS, 16},
	{"read of a socket, ready", READY, bench_prepare_unix, measure_read, BENCH_CALLS, 16},
	{"send, ready", READY, bench_prepare_unix, measure_send, BENCH_SENDS, 24},
	{"write to a socket, ready", READY, bench_prepare_unix, measure_write, BENCH_SENDS, 24},
	{"recv, 2 threads", READY, bench_prepare_unix_threaded, measure_recv, BENCH_CALLS, 16},
	{"recvmsg, 2 threads", READY, bench_prepare_unix_threaded, measure_recvmsg, BENCH_CALLS,
	 16},
	{"read, 2 threads", READY, bench_prepare_unix_threaded, measure_read, BENCH_CALLS, 16},
	{"send, 2 threads", READY, bench_prepare_unix_threaded, measure_send, BENCH_SENDS, 24},
	{"read of a file", READY, bench_prepare_file, measure_read_file, BENCH_CALLS, 16},
	{"read of a pipe", READY, bench_prepare_pipe, measure_read, BENCH_CALLS, 16},
	{"recv, EAGAIN", SHOWN, bench_prepare_unix_nonblocking, measure_recv_again, BENCH_CALLS,
	 16},
	{"read, EAGAIN", SHOWN, bench_prepare_unix_nonblocking, measure_read_again, BENCH_CALLS,
	 16},
	{"poll, ready", READY_WAIT, bench_prepare_waits, bench_measure_poll, BENCH_WAITS, 16},
	{"select, ready", READY_WAIT, bench_prepare_waits, bench_measure_select, BENCH_WAITS,
	 16},
	{"epoll_wait, ready", READY_WAIT, bench_prepare_waits, bench_measure_epoll, BENCH_WAITS,
	 16},
	{"ping-pong, TCP", 1.15, bench_prepare_echo_tcp, measure_echo, BENCH_ROUND_TRIPS, 12},
	{"ping-pong, AF_UNIX", 1.20, bench_prepare_echo_unix, measure_echo, BENCH_ROUND_TRIPS,
	 12},
	{"ping-pong, datagrams", 1.25, bench_prepare_echo_datagrams, measure_echo,
	 BENCH_ROUND_TRIPS, 12},
	{"ping-pong, TCP, 2 CPUs", 1.05, bench_prepare_echo_tcp_far, measure_echo,
	 BENCH_ROUND_TRIPS, 6},
	{"ping-pong, AF_UNIX, 2 CPUs", 1.05, bench_prepare_echo_unix_far, measure_echo,
	 BENCH_ROUND_TRIPS, 6},
	{"connect and accept", 1.15, bench_prepare_listener, measure_connect, BENCH_CONNECTIONS,
	 8},
	{"stream, a 64 KiB write", SHOWN, bench_prepare_stream, measure_stream, BENCH_CHUNKS,
	 3},
};

const struct bench_case *bench_cases(size_t *count)
{
	*count = sizeof(cases) / sizeof(*cases);
	return cases;
}

int bench_work(const char *name)
{
	double batch[64];
	char byte;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct bench_case *which = &cases[i];

		if (strcmp(which->name, name) != 0)
			continue;
		bench_pin(0);
		which->prepare();
		while (read(STDIN_FILENO, &byte, 1) == 1) {
			double result;

			for (unsigned m = 0; m < which->measures; m++)
				batch[m] = which->measure() / which->calls;
			result = bench_quantile(batch, which->measures, 0.25);
			bench_must(write(STDOUT_FILENO, &result, sizeof(result)) ==
					   sizeof(result),
				   "write");
		}
		return 0;
	}
	fprintf(stderr, "bench: no case '%s'\n", name);
	return 1;
}
