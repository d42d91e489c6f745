/*
 * Another library in the process: its constructor calls before ours has run, its destructor after
 * ours. Built as a shared object that is preloaded, linked and opened in turn; no part of what is
 * installed. It tells what it found through a pipe whose number is in NEIGHBOUR_PIPE, one letter
 * each: 'c' or 'd' where all was well, and '!' with the line where it was not.
 */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

void neighbour_call(void);

static double now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Connects, talks, and waits in vain if there is a timeout of so many ms. Returns 0 or a line. */
static int talk(double timeout)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t length = sizeof address;
	const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	const int client = socket(AF_UNIX, SOCK_STREAM, 0);
	char buffer[4] = "";
	double started;
	int server;

	if (bind(listener, (struct sockaddr *)&address, sizeof(sa_family_t)) != 0 ||
	    listen(listener, 1) != 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &length) != 0)
		return __LINE__;
	if (connect(client, (struct sockaddr *)&address, length) != 0)
		return __LINE__;
	server = accept(listener, NULL, NULL);
	if (server < 0 || send(client, "ab", 2, 0) != 2 || read(server, buffer, 4) != 2)
		return __LINE__;
	started = now_ms();
	if (timeout > 0 && (recv(server, buffer, 1, 0) != -1 || errno != ETIMEDOUT))
		return __LINE__;
	if (timeout > 0 && now_ms() - started < timeout)
		return __LINE__;
	return close(listener) != 0 || close(client) != 0 || close(server) != 0 ? __LINE__ : 0;
}

static void tell(char what)
{
	const char *pipe_number = getenv("NEIGHBOUR_PIPE");
	const char *timeout = getenv("NEIGHBOUR_TIMEOUT");
	char text[32];
	int line;

	if (pipe_number == NULL)
		return;
	line = talk(timeout != NULL ? strtod(timeout, NULL) : 0);
	(void)snprintf(text, sizeof text, line == 0 ? "%c" : "%c!%d ", what, line);
	if (write(atoi(pipe_number), text, strlen(text)) < 0)
		_exit(99);
}

__attribute__((constructor)) static void constructed(void)
{
	tell('c');
}

__attribute__((destructor)) static void destroyed(void)
{
	tell('d');
}

void neighbour_call(void)
{
	tell('n');
}
