/*
 * What the modes of victim.c share: the arguments, lines of output, and connections. Owns them.
 */
#ifndef OUTSIDE_VICTIM_H
#define OUTSIDE_VICTIM_H

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char *mode;
static int port, argument;
static char buffer[1 << 16];

static long milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000L + now.tv_nsec / 1000000L;
}

/* One write, so that threads do not mix their lines. */
static void report(const char *what, long result, int error, long since)
{
	char line[128];
	const int length = snprintf(line, sizeof line, "%s %ld %d %ld\n", what, result,
				    result < 0 ? error : 0, milliseconds() - since);

	if (write(STDOUT_FILENO, line, (size_t)length) != length)
		exit(3);
}

static void report_wait(const char *what, long result, long since)
{
	report(what, result, errno, since);
}

static void say(const char *line)
{
	if (write(STDOUT_FILENO, line, strlen(line)) < 0)
		exit(3);
}

static struct sockaddr_in address(void)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
				    .sin_port = htons((unsigned short)port),
				    .sin_addr = {htonl(INADDR_LOOPBACK)}};
}

static int made(int type)
{
	const int fd = socket(AF_INET, type, 0);

	if (fd < 0) {
		perror("socket");
		exit(2);
	}
	return fd;
}

static int connected(int type)
{
	const struct sockaddr_in where = address();
	const int fd = made(type);

	if (connect(fd, (const struct sockaddr *)&where, sizeof where) != 0) {
		perror("connect");
		exit(2);
	}
	return fd;
}

/* A connection on which a request was sent. */
static int asked(void)
{
	const int fd = connected(SOCK_STREAM);

	if (send(fd, "?", 1, 0) != 1)
		exit(2);
	return fd;
}

#endif
