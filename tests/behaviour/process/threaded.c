/*
 * The library's own concurrency, under ThreadSanitizer (tests/behaviour/process/threaded): built together
 * with the sources, without the constructor, so that the first calls of several threads race to
 * find the real functions and to read the settings. Then all threads open, use, duplicate and
 * close sockets, whose numbers they take from one another, install handlers, are interrupted (with
 * the argument `signals`), and time out. Exits with 0 where every call did what it should;
 * ThreadSanitizer sees to the rest.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define THREADS 6
#define ROUNDS  60

static pthread_barrier_t start;
static atomic_int wrong;
static atomic_int working = THREADS;

static void must(int condition, int line)
{
	if (!condition) {
		(void)fprintf(stderr, "threaded: line %d: %s\n", line, strerror(errno));
		atomic_store(&wrong, 1);
	}
}

static void count(int number)
{
	(void)number;
}

/* Past ThreadSanitizer's pipe, which keeps an account of descriptors: it does not see those that
 * are closed through the library, and takes the number's next owner for a race with the last. */
static long make_pipe(int ends[2])
{
	return syscall(SYS_pipe2, ends, 0);
}

static void converse(int descriptor, int other)
{
	char buffer[4];
	struct iovec whole = {buffer, sizeof buffer};

	must(send(descriptor, "abcd", 4, 0) == 4, __LINE__);
	must(recv(other, buffer, sizeof buffer, MSG_WAITALL) == 4, __LINE__);
	must(writev(other, &whole, 1) == 4, __LINE__);
	must(read(descriptor, buffer, sizeof buffer) == 4, __LINE__);
}

static void connect_and_accept(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t length = sizeof address;
	const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	const int client = socket(AF_UNIX, SOCK_STREAM, 0);
	int server;

	must(bind(listener, (struct sockaddr *)&address, sizeof(sa_family_t)) == 0, __LINE__);
	must(listen(listener, 1) == 0, __LINE__);
	must(getsockname(listener, (struct sockaddr *)&address, &length) == 0, __LINE__);
	must(connect(client, (struct sockaddr *)&address, length) == 0, __LINE__);
	server = accept(listener, NULL, NULL);
	must(server >= 0, __LINE__);
	converse(client, server);
	must(close(listener) == 0 && close(client) == 0 && close(server) == 0, __LINE__);
}

static void *work(void *argument)
{
	const struct sockaddr_un any = {.sun_family = AF_UNIX};
	const int own_signal = SIGRTMIN + *(int *)argument;
	int pair[2], copy, ends[2];
	char byte = 0;

	(void)pthread_barrier_wait(&start);
	for (int i = 0; i < ROUNDS; i++) {
		/* Not by signal, which ThreadSanitizer makes a handler that does not restart. */
		const struct sigaction restarting = {.sa_handler = count,
						     .sa_flags = SA_RESTART};
		const struct sigaction action = {.sa_handler = count,
						 .sa_flags = i % 2 == 0 ? SA_RESTART : 0};

		must(sigaction(own_signal, &action, NULL) == 0, __LINE__);
		must(sigaction(SIGUSR1, &restarting, NULL) == 0, __LINE__);
		must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, __LINE__);
		/* Without a name no timeout would apply. */
		must(bind(pair[0], (const struct sockaddr *)&any, sizeof(sa_family_t)) == 0,
		     __LINE__);
		converse(pair[0], pair[1]);
		copy = dup(pair[0]);
		must(fcntl(copy, F_SETFL, O_NONBLOCK) == 0, __LINE__);
		must(recv(pair[0], &byte, 1, 0) == -1 && errno == EAGAIN, __LINE__);
		must(fcntl(pair[0], F_SETFL, 0) == 0, __LINE__);
		connect_and_accept();
		/* A socket's number becomes a pipe's, and the other way round. */
		must(make_pipe(ends) == 0, __LINE__);
		must(write(ends[1], "x", 1) == 1 && read(ends[0], &byte, 1) == 1, __LINE__);
		must(dup2(pair[0], ends[0]) == ends[0] && dup2(ends[1], copy) == copy,
		     __LINE__);
		must(send(pair[1], "y", 1, 0) == 1 && read(ends[0], &byte, 1) == 1, __LINE__);
		must(close(ends[0]) == 0 && close(ends[1]) == 0 && close(copy) == 0, __LINE__);
		/* While one thread reads the settings, they bound nothing for the others: up to here
		 * all have had them read. */
		if (i == 0)
			(void)pthread_barrier_wait(&start);
		if (i % 20 == 0)
			must(recv(pair[0], &byte, 1, 0) == -1 &&
				     (errno == ETIMEDOUT || errno == EINTR),
			     __LINE__);
		must(close(pair[0]) == 0 && close(pair[1]) == 0, __LINE__);
	}
	atomic_fetch_sub(&working, 1);
	return NULL;
}

/* SIGUSR1, whose handlers restart, comes to all of them all the time. */
static void *interrupt(void *argument)
{
	const pthread_t *const threads = argument;

	while (atomic_load(&working) != 0)
		for (int i = 0; i < THREADS; i++) {
			const struct timespec shortly = {0, 500000};

			(void)pthread_kill(threads[i], SIGUSR1);
			(void)nanosleep(&shortly, NULL);
		}
	return NULL;
}

int main(int argc, char **argv)
{
	static int numbers[THREADS];
	static pthread_t threads[THREADS];
	const bool signals = argc > 1 && strcmp(argv[1], "signals") == 0;
	pthread_t interrupting;

	must(pthread_barrier_init(&start, NULL, THREADS) == 0, __LINE__);
	(void)signal(SIGUSR1, SIG_IGN);
	for (int i = 0; i < THREADS; i++) {
		numbers[i] = i;
		must(pthread_create(&threads[i], NULL, work, &numbers[i]) == 0, __LINE__);
	}
	if (signals)
		must(pthread_create(&interrupting, NULL, interrupt, threads) == 0, __LINE__);
	/* First the one that sends signals to the others. */
	if (signals)
		must(pthread_join(interrupting, NULL) == 0, __LINE__);
	for (int i = 0; i < THREADS; i++)
		must(pthread_join(threads[i], NULL) == 0, __LINE__);
	return atomic_load(&wrong) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
