/*
 * Waits in many processes and threads, to be counted: stats_victim PROCESSES THREADS TIMES CALL...,
 * each CALL made so many times in each thread of each process. Writes a byte to standard output when
 * one has ended, by the timeout (`t`) or otherwise (`-`). No test by itself.
 */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int times;
static char **calls;

static void must(int condition, int line)
{
	if (!condition) {
		(void)fprintf(stderr, "stats_victim: line %d: %s\n", line, strerror(errno));
		_exit(100);
	}
}

/* A connection; the other side says nothing. */
static int silent(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t length = sizeof address;
	const int listener = socket(AF_INET, SOCK_STREAM, 0);
	const int fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	must(bind(listener, (struct sockaddr *)&address, sizeof address) == 0, __LINE__);
	must(listen(listener, 1) == 0, __LINE__);
	must(getsockname(listener, (struct sockaddr *)&address, &length) == 0, __LINE__);
	must(connect(fd, (struct sockaddr *)&address, length) == 0, __LINE__);
	must(accept(listener, NULL, NULL) >= 0, __LINE__);
	return fd;
}

/* All of these end with the failure of fd, or, where they report it, with what recv says then. */
static ssize_t call(const char *name, int fd, FILE *stream)
{
	struct pollfd descriptor = {.fd = fd, .events = POLLIN};
	struct epoll_event event = {.events = EPOLLIN};
	fd_set set;
	char byte;

	if (strcmp(name, "poll") == 0) {
		must(poll(&descriptor, 1, -1) == 1, __LINE__);
	} else if (strcmp(name, "select") == 0) {
		FD_ZERO(&set);
		FD_SET(fd, &set);
		must(select(fd + 1, &set, NULL, NULL, NULL) == 1, __LINE__);
	} else if (strcmp(name, "epoll") == 0) {
		const int epoll = epoll_create1(0);

		must(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0, __LINE__);
		must(epoll_wait(epoll, &event, 1, -1) == 1, __LINE__);
		must(close(epoll) == 0, __LINE__);
	} else if (strcmp(name, "stream") == 0) {
		clearerr(stream);
		errno = 0;
		return getc(stream) == EOF ? -1 : 0;
	}
	return recv(fd, &byte, 1, 0);
}

static void *work(void *argument)
{
	const int fd = silent();
	FILE *const stream = fdopen(dup(fd), "r");

	(void)argument;
	must(stream != NULL, __LINE__);
	for (int i = 0; i < times; i++)
		for (char **name = calls; *name != NULL; name++) {
			const int timed_out =
				call(*name, fd, stream) == -1 && errno == ETIMEDOUT;

			must(write(STDOUT_FILENO, timed_out ? "t" : "-", 1) == 1, __LINE__);
		}
	return NULL;
}

static void run_threads(int count)
{
	pthread_t threads[64];

	must(count <= 64, __LINE__);
	for (int i = 0; i < count; i++)
		must(pthread_create(&threads[i], NULL, work, NULL) == 0, __LINE__);
	for (int i = 0; i < count; i++)
		must(pthread_join(threads[i], NULL) == 0, __LINE__);
}

int main(int argc, char **argv)
{
	int processes, status;

	must(argc > 4, __LINE__);
	processes = atoi(argv[1]);
	times = atoi(argv[3]);
	calls = argv + 4;
	for (int i = 1; i < processes; i++) {
		const pid_t child = fork();

		must(child >= 0, __LINE__);
		if (child == 0) {
			run_threads(atoi(argv[2]));
			_exit(EXIT_SUCCESS);
		}
	}
	run_threads(atoi(argv[2]));
	while (wait(&status) > 0)
		must(status == 0, __LINE__);
	return EXIT_SUCCESS;
}
