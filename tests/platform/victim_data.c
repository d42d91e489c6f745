/*
 * The victim's calls that transfer data, connect or accept. See victim.c.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include "victim.h"

/* A listening socket; an AF_UNIX one whose backlog is full makes connect(2) wait. */
static int listening(struct sockaddr_un *address, bool full)
{
	socklen_t size = sizeof *address;
	const int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (bind(fd, (struct sockaddr *)address, sizeof(sa_family_t)) != 0 ||
	    listen(fd, 0) != 0 || getsockname(fd, (struct sockaddr *)address, &size) != 0)
		die("listen");
	if (full &&
	    connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)address, size) != 0)
		die("connect");
	return fd;
}

static long case_recv(void)
{
	return recv(ends[0], buffer, length, 0);
}

static long case_recvfrom(void)
{
	return recvfrom(ends[0], buffer, length, 0, NULL, NULL);
}

static long case_recvmsg(void)
{
	return recvmsg(ends[0], &(struct msghdr){.msg_iov = &vector, .msg_iovlen = 1}, 0);
}

static long case_recvmmsg(void)
{
	struct mmsghdr messages[2] = {
		{.msg_hdr = {.msg_iov = &vector, .msg_iovlen = 1}},
		{.msg_hdr = {.msg_iov = &vector, .msg_iovlen = 1}},
	};

	return recvmmsg(ends[0], messages, 2, 0, NULL);
}

static long case_recvmmsg_timeout(void)
{
	struct mmsghdr message = {.msg_hdr = {.msg_iov = &vector, .msg_iovlen = 1}};
	struct timespec timeout = {3600, 0};

	return recvmmsg(ends[0], &message, 1, 0, &timeout);
}

static long case_read(void)
{
	return read(ends[0], buffer, length);
}

static long case_readv(void)
{
	return readv(ends[0], &vector, 1);
}

static long case_send(void)
{
	fill();
	return send(ends[0], buffer, length, 0);
}

static long case_sendto(void)
{
	fill();
	return sendto(ends[0], buffer, length, 0, NULL, 0);
}

static long case_sendmsg(void)
{
	fill();
	return sendmsg(ends[0], &(struct msghdr){.msg_iov = &vector, .msg_iovlen = 1}, 0);
}

static long case_sendmmsg(void)
{
	struct mmsghdr message = {.msg_hdr = {.msg_iov = &vector, .msg_iovlen = 1}};

	fill();
	return sendmmsg(ends[0], &message, 1, 0);
}

static long case_write(void)
{
	fill();
	return write(ends[0], buffer, length);
}

static long case_writev(void)
{
	fill();
	return writev(ends[0], &vector, 1);
}

static long case_sendfile(void)
{
	FILE *const file = tmpfile();
	off_t offset = 0;

	if (file == NULL || ftruncate(fileno(file), sizeof buffer) != 0)
		die("tmpfile");
	fill();
	return sendfile(ends[0], fileno(file), &offset, sizeof buffer);
}

static long case_splice(void)
{
	int pipes[2];

	if (pipe(pipes) != 0)
		die("pipe");
	return splice(ends[0], NULL, pipes[1], NULL, sizeof buffer, 0);
}

static long case_connect(void)
{
	struct sockaddr_un address;

	(void)listening(&address, true);
	return connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&address,
		       sizeof(sa_family_t) + 6);
}

static long case_accept(void)
{
	struct sockaddr_un address;

	return accept(listening(&address, false), NULL, NULL);
}

static long case_accept4(void)
{
	struct sockaddr_un address;

	return accept4(listening(&address, false), NULL, NULL, SOCK_CLOEXEC);
}

static long case_syscall(void)
{
	return syscall(SYS_read, ends[0], buffer, sizeof buffer);
}

static long case_stdio(void)
{
	FILE *const stream = fdopen(ends[0], "r+");

	return fgets(buffer, 100, stream) == NULL && ferror(stream) && fileno(stream) == ends[0]
		       ? -1
		       : 0;
}

const struct victim_case data_cases[] = {
	CASE(recv),     CASE(recvfrom), CASE(recvmsg), CASE(recvmmsg), CASE(recvmmsg_timeout),
	CASE(read),     CASE(readv),    CASE(send),    CASE(sendto),   CASE(sendmsg),
	CASE(sendmmsg), CASE(write),    CASE(writev),  CASE(sendfile), CASE(splice),
	CASE(connect),  CASE(accept),   CASE(accept4), CASE(syscall),  CASE(stdio),
	{NULL, NULL},
};
