/*
 * The sockets and files of the cases, and the child processes at their other ends.
 */
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/un.h>
#include <unistd.h>

#include "sockets.h"

int bench_near, bench_far, bench_listener;
struct sockaddr_in bench_address;

void bench_must(bool condition, const char *what)
{
	if (!condition)
		bench_die(what);
}

static void make_pair(int type)
{
	const struct sockaddr_un any = {.sun_family = AF_UNIX};
	int pair[2];

	/* A pair without a name is a channel inside a program, to which no timeout applies. */
	bench_must(socketpair(AF_UNIX, type, 0, pair) == 0 &&
			   bind(pair[0], (const struct sockaddr *)&any, sizeof(sa_family_t)) ==
				   0,
		   "socketpair");
	bench_near = pair[0];
	bench_far = pair[1];
}

void bench_prepare_unix(void)
{
	make_pair(SOCK_STREAM);
}

void bench_prepare_unix_nonblocking(void)
{
	make_pair(SOCK_STREAM | SOCK_NONBLOCK);
}

/* In a process with two threads, libc's calls are cancellation points. */
static void *idle(void *nothing)
{
	while (pause() != 0)
		continue;
	return nothing;
}

void bench_prepare_unix_threaded(void)
{
	pthread_t thread;

	bench_must(pthread_create(&thread, NULL, idle, NULL) == 0, "pthread_create");
	bench_prepare_unix();
}

void bench_prepare_pipe(void)
{
	int pair[2];

	bench_must(pipe(pair) == 0, "pipe");
	bench_near = pair[0];
	bench_far = pair[1];
}

void bench_prepare_file(void)
{
	bench_near = memfd_create("bench", 0);
	bench_must(bench_near >= 0, "memfd_create");
	bench_must(ftruncate(bench_near, BENCH_CALLS * BENCH_MESSAGE) == 0, "ftruncate");
}

void bench_prepare_listener(void)
{
	socklen_t length = sizeof(bench_address);

	bench_listener = socket(AF_INET, SOCK_STREAM, 0);
	bench_address.sin_family = AF_INET;
	bench_address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	bench_must(bind(bench_listener, (void *)&bench_address, length) == 0, "bind");
	bench_must(listen(bench_listener, 16) == 0, "listen");
	bench_must(getsockname(bench_listener, (void *)&bench_address, &length) == 0,
		   "getsockname");
}

static void prepare_tcp(void)
{
	int on = 1;

	bench_prepare_listener();
	bench_near = socket(AF_INET, SOCK_STREAM, 0);
	bench_must(connect(bench_near, (void *)&bench_address, sizeof(bench_address)) == 0,
		   "connect");
	bench_far = accept(bench_listener, NULL, NULL);
	bench_must(bench_far >= 0, "accept");
	setsockopt(bench_near, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(bench_far, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

/* Forks. Returns whether the caller is the child. The child ends with its parent. */
static bool is_child(void)
{
	pid_t child = fork();

	bench_must(child >= 0, "fork");
	if (child > 0) {
		close(bench_far);
		return false;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(bench_near);
	return true;
}

/* Starts a child that sends back each byte, on a processor counted from the last. If both processes run on
 * one processor, each wait switches processes, and the work before a wait costs time. On two processors one
 * process works before its wait while the other one answers. */
static void fork_echo(unsigned processor)
{
	char byte;

	if (!is_child())
		return;
	bench_pin(processor);
	while (recv(bench_far, &byte, 1, 0) == 1 &&
	       send(bench_far, &byte, 1, MSG_NOSIGNAL) == 1)
		continue;
	_exit(0);
}

void bench_prepare_echo_unix(void)
{
	bench_prepare_unix();
	fork_echo(0);
}

void bench_prepare_echo_datagrams(void)
{
	make_pair(SOCK_DGRAM);
	fork_echo(0);
}

void bench_prepare_echo_unix_far(void)
{
	bench_prepare_unix();
	fork_echo(1);
}

void bench_prepare_echo_tcp(void)
{
	prepare_tcp();
	fork_echo(0);
}

void bench_prepare_echo_tcp_far(void)
{
	prepare_tcp();
	fork_echo(1);
}

/* Starts a child that reads the stream, and sends a byte after each BENCH_CHUNKS chunks. The child runs on the same
 * processor, so that the writer waits, too. */
void bench_prepare_stream(void)
{
	static char chunk[BENCH_CHUNK];
	size_t total = 0;
	ssize_t count;

	prepare_tcp();
	if (!is_child())
		return;
	while ((count = recv(bench_far, chunk, sizeof(chunk), 0)) > 0) {
		total += (size_t)count;
		if (total % ((size_t)BENCH_CHUNK * BENCH_CHUNKS) == 0)
			bench_must(send(bench_far, "", 1, MSG_NOSIGNAL) == 1, "send");
	}
	_exit(0);
}
