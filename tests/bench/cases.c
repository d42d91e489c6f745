/*
 * The cases, as one process measures them. What is measured is put between two looks at the
 * clock; filling and draining stay outside. AF_UNIX stream sockets stand for all, because their
 * system calls are the cheapest, and what the library adds weighs most there.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "bench.h"

enum {
	CALLS = 512, /* that one measure makes, of MESSAGE bytes each */
	SENDS = 128, /* as many small messages as a socket buffer holds with ease */
	MESSAGE = 64,
	ROUND_TRIPS = 64,
	CONNECTIONS = 32,
	CHUNK = 64 * 1024, /* of the stream */
	CHUNKS = 64
};

static int near_end, far_end, listener; /* what is measured; what fills and drains it */
static struct sockaddr_in listener_address;
static char buffer[CHUNK];

/* The measured call did not do what it should: the number would mean nothing. */
static void must(bool condition, const char *what)
{
	if (!condition)
		bench_die(what);
}

static void make_pair(int type)
{
	const struct sockaddr_un any = {.sun_family = AF_UNIX};
	int pair[2];

	/* Without a name no timeout would apply. */
	must(socketpair(AF_UNIX, type, 0, pair) == 0 &&
		     bind(pair[0], (const struct sockaddr *)&any, sizeof(sa_family_t)) == 0,
	     "socketpair");
	near_end = pair[0];
	far_end = pair[1];
}

static void prepare_unix(void)
{
	make_pair(SOCK_STREAM);
}

static void prepare_unix_nonblocking(void)
{
	make_pair(SOCK_STREAM | SOCK_NONBLOCK);
}

/* With a second thread libc's calls are cancellation points, and the library calls them. */
static void *idle(void *nothing)
{
	while (pause() != 0)
		continue;
	return nothing;
}

static void prepare_unix_threaded(void)
{
	pthread_t thread;

	must(pthread_create(&thread, NULL, idle, NULL) == 0, "pthread_create");
	prepare_unix();
}

static void prepare_pipe(void)
{
	int pair[2];

	must(pipe(pair) == 0, "pipe");
	near_end = pair[0];
	far_end = pair[1];
}

static void prepare_file(void)
{
	near_end = memfd_create("bench", 0);
	must(near_end >= 0, "memfd_create");
	must(ftruncate(near_end, CALLS * MESSAGE) == 0, "ftruncate");
}

static void prepare_listener(void)
{
	socklen_t length = sizeof(listener_address);

	listener = socket(AF_INET, SOCK_STREAM, 0);
	listener_address.sin_family = AF_INET;
	listener_address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	must(bind(listener, (void *)&listener_address, length) == 0, "bind");
	must(listen(listener, 16) == 0, "listen");
	must(getsockname(listener, (void *)&listener_address, &length) == 0, "getsockname");
}

static void prepare_tcp(void)
{
	int on = 1;

	prepare_listener();
	near_end = socket(AF_INET, SOCK_STREAM, 0);
	must(connect(near_end, (void *)&listener_address, sizeof(listener_address)) == 0,
	     "connect");
	far_end = accept(listener, NULL, NULL);
	must(far_end >= 0, "accept");
	setsockopt(near_end, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(far_end, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

/* A child process, which ends when its parent does. */
static bool is_child(void)
{
	pid_t child = fork();

	must(child >= 0, "fork");
	if (child > 0) {
		close(far_end);
		return false;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(near_end);
	return true;
}

/* The child answers each byte with that byte. On one processor each wait is a switch of processes,
 * and what a waiter does before it is paid for; on two it prepares while the other works. */
static void fork_echo(unsigned processor)
{
	char byte;

	if (!is_child())
		return;
	bench_pin(processor);
	while (recv(far_end, &byte, 1, 0) == 1 && send(far_end, &byte, 1, MSG_NOSIGNAL) == 1)
		continue;
	_exit(0);
}

static void prepare_echo_unix(void)
{
	prepare_unix();
	fork_echo(0);
}

static void prepare_echo_datagrams(void)
{
	make_pair(SOCK_DGRAM);
	fork_echo(0);
}

static void prepare_echo_unix_far(void)
{
	prepare_unix();
	fork_echo(1);
}

static void prepare_echo_tcp(void)
{
	prepare_tcp();
	fork_echo(0);
}

static void prepare_echo_tcp_far(void)
{
	prepare_tcp();
	fork_echo(1);
}

/* The child, on the same processor so that the writer also waits, says a byte for each measure. */
static void prepare_stream(void)
{
	size_t total = 0;
	ssize_t count;

	prepare_tcp();
	if (!is_child())
		return;
	while ((count = recv(far_end, buffer, CHUNK, 0)) > 0) {
		total += (size_t)count;
		if (total % ((size_t)CHUNK * CHUNKS) == 0)
			must(send(far_end, "", 1, MSG_NOSIGNAL) == 1, "send");
	}
	_exit(0);
}

static void fill(void)
{
	for (size_t left = CALLS * MESSAGE; left > 0;) {
		ssize_t count = write(far_end, buffer, left);

		must(count > 0, "write");
		left -= (size_t)count;
	}
}

static void drain(size_t left)
{
	while (left > 0) {
		ssize_t count = recv(far_end, buffer, sizeof(buffer), 0);

		must(count > 0, "recv");
		left -= (size_t)count;
	}
}

static double measure_recv(void)
{
	double start;

	fill();
	start = bench_now();
	for (int i = 0; i < CALLS; i++)
		must(recv(near_end, buffer, MESSAGE, 0) == MESSAGE, "recv");
	return bench_now() - start;
}

static double measure_recvmsg(void)
{
	struct iovec vector = {.iov_base = buffer, .iov_len = MESSAGE};
	struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
	double start;

	fill();
	start = bench_now();
	for (int i = 0; i < CALLS; i++)
		must(recvmsg(near_end, &message, 0) == MESSAGE, "recvmsg");
	return bench_now() - start;
}

static double measure_reads(void)
{
	double start = bench_now();

	for (int i = 0; i < CALLS; i++)
		must(read(near_end, buffer, MESSAGE) == MESSAGE, "read");
	return bench_now() - start;
}

static double measure_read(void)
{
	fill();
	return measure_reads();
}

static double measure_read_file(void)
{
	must(lseek(near_end, 0, SEEK_SET) == 0, "lseek");
	return measure_reads();
}

static double measure_send(void)
{
	double end, start = bench_now();

	for (int i = 0; i < SENDS; i++)
		must(send(near_end, buffer, MESSAGE, 0) == MESSAGE, "send");
	end = bench_now();
	drain((size_t)SENDS * MESSAGE);
	return end - start;
}

static double measure_write(void)
{
	double end, start = bench_now();

	for (int i = 0; i < SENDS; i++)
		must(write(near_end, buffer, MESSAGE) == MESSAGE, "write");
	end = bench_now();
	drain((size_t)SENDS * MESSAGE);
	return end - start;
}

static double measure_recv_again(void)
{
	double start = bench_now();

	for (int i = 0; i < CALLS; i++)
		must(recv(near_end, buffer, MESSAGE, 0) < 0 && errno == EAGAIN, "EAGAIN");
	return bench_now() - start;
}

static double measure_read_again(void)
{
	double start = bench_now();

	for (int i = 0; i < CALLS; i++)
		must(read(near_end, buffer, MESSAGE) < 0 && errno == EAGAIN, "EAGAIN");
	return bench_now() - start;
}

static double measure_echo(void)
{
	double start = bench_now();

	for (int i = 0; i < ROUND_TRIPS; i++) {
		must(send(near_end, buffer, 1, 0) == 1, "send");
		must(recv(near_end, buffer, 1, 0) == 1, "recv");
	}
	return bench_now() - start;
}

/* Closed by a reset: some thousand connections a second would otherwise leave their ports in
 * TIME-WAIT. */
static double measure_connect(void)
{
	struct linger reset = {.l_onoff = 1, .l_linger = 0};
	double start = bench_now();

	for (int i = 0; i < CONNECTIONS; i++) {
		int accepted, connecting = socket(AF_INET, SOCK_STREAM, 0);

		must(connect(connecting, (void *)&listener_address, sizeof(listener_address)) ==
			     0,
		     "connect");
		accepted = accept(listener, NULL, NULL);
		must(accepted >= 0, "accept");
		setsockopt(connecting, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(connecting);
		close(accepted);
	}
	return bench_now() - start;
}

static double measure_stream(void)
{
	double start = bench_now();

	for (int i = 0; i < CHUNKS; i++)
		must(write(near_end, buffer, CHUNK) == CHUNK, "write");
	must(recv(near_end, buffer, 1, 0) == 1, "recv");
	return bench_now() - start;
}

/* The bounds of calls that do not block: as without the library. */
#define READY      1.02
#define READY_WAIT 1.03
#define SHOWN      0.0

static const struct bench_case cases[] = {
	{"recv, ready", READY, prepare_unix, measure_recv, CALLS, 16},
	{"recvmsg, ready", READY, prepare_unix, measure_recvmsg, CALLS, 16},
	{"read of a socket, ready", READY, prepare_unix, measure_read, CALLS, 16},
	{"send, ready", READY, prepare_unix, measure_send, SENDS, 24},
	{"write to a socket, ready", READY, prepare_unix, measure_write, SENDS, 24},
	{"recv, 2 threads", READY, prepare_unix_threaded, measure_recv, CALLS, 16},
	{"recvmsg, 2 threads", READY, prepare_unix_threaded, measure_recvmsg, CALLS, 16},
	{"read, 2 threads", READY, prepare_unix_threaded, measure_read, CALLS, 16},
	{"send, 2 threads", READY, prepare_unix_threaded, measure_send, SENDS, 24},
	{"read of a file", READY, prepare_file, measure_read_file, CALLS, 16},
	{"read of a pipe", READY, prepare_pipe, measure_read, CALLS, 16},
	{"recv, EAGAIN", SHOWN, prepare_unix_nonblocking, measure_recv_again, CALLS, 16},
	{"read, EAGAIN", SHOWN, prepare_unix_nonblocking, measure_read_again, CALLS, 16},
	{"poll, ready", READY_WAIT, bench_prepare_waits, bench_measure_poll, BENCH_WAITS, 16},
	{"select, ready", READY_WAIT, bench_prepare_waits, bench_measure_select, BENCH_WAITS,
	 16},
	{"epoll_wait, ready", READY_WAIT, bench_prepare_waits, bench_measure_epoll, BENCH_WAITS,
	 16},
	{"ping-pong, TCP", 1.15, prepare_echo_tcp, measure_echo, ROUND_TRIPS, 12},
	{"ping-pong, AF_UNIX", 1.20, prepare_echo_unix, measure_echo, ROUND_TRIPS, 12},
	{"ping-pong, datagrams", 1.25, prepare_echo_datagrams, measure_echo, ROUND_TRIPS, 12},
	{"ping-pong, TCP, 2 CPUs", 1.05, prepare_echo_tcp_far, measure_echo, ROUND_TRIPS, 6},
	{"ping-pong, AF_UNIX, 2 CPUs", 1.05, prepare_echo_unix_far, measure_echo, ROUND_TRIPS,
	 6},
	{"connect and accept", 1.15, prepare_listener, measure_connect, CONNECTIONS, 8},
	{"stream, a 64 KiB write", SHOWN, prepare_stream, measure_stream, CHUNKS, 3},
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
			must(write(STDOUT_FILENO, &result, sizeof(result)) == sizeof(result),
			     "write");
		}
		return 0;
	}
	fprintf(stderr, "bench: no case '%s'\n", name);
	return 1;
}
