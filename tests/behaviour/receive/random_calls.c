/*
 * random_calls SEED COUNT: makes random calls on random sockets, and says what each call gave: the result,
 * the error, the bytes, and the flags of a message. A handler interrupts a call that waits. The same seed gives the same lines natively and under the
 * library (tests/behaviour/receive/differs). Calls whose result depends on time are not among them.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define LENGTH 64

static unsigned int seed;
static char buffer[LENGTH];

static unsigned int pick(unsigned int below)
{
	return (unsigned int)rand_r(&seed) % below;
}

static void must(bool condition, int line)
{
	if (!condition) {
		(void)fprintf(stderr, "random_calls: line %d: %s\n", line, strerror(errno));
		exit(2);
	}
}

static void handle(int number)
{
	(void)number;
}

static void tcp(int pair[2])
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof address;
	const int listener = socket(AF_INET, SOCK_STREAM, 0);

	must(bind(listener, (struct sockaddr *)&address, length) == 0, __LINE__);
	must(listen(listener, 1) == 0, __LINE__);
	must(getsockname(listener, (struct sockaddr *)&address, &length) == 0, __LINE__);
	pair[0] = socket(AF_INET, SOCK_STREAM, 0);
	must(connect(pair[0], (struct sockaddr *)&address, length) == 0, __LINE__);
	pair[1] = accept(listener, NULL, NULL);
	must(pair[1] >= 0, __LINE__);
	must(close(listener) == 0, __LINE__);
}

static unsigned int make_pair(int pair[2])
{
	static const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET};
	const unsigned int kind = pick(4);

	if (kind == 3)
		tcp(pair);
	else
		must(socketpair(AF_UNIX, types[kind], 0, pair) == 0, __LINE__);
	return kind;
}

static int random_flags(void)
{
	return (pick(3) == 0 ? MSG_PEEK : 0) | (pick(3) == 0 ? MSG_WAITALL : 0) |
	       (pick(3) == 0 ? MSG_TRUNC : 0) | (pick(4) == 0 ? MSG_DONTWAIT : 0);
}

/* One receive. */
static void receive(int fd, unsigned int kind)
{
	/* No buffer of 0 bytes: TCP waits in such a receive, and gives 0 after any handler, where the library
	 * gives EINTR or waits on (net/ipv4/tcp.c: tcp_recvmsg_locked). */
	const size_t length = 2 + pick(LENGTH - 2);
	/* On TCP, MSG_TRUNC throws bytes away. */
	const int flags = random_flags();
	struct iovec vector[2] = {{buffer, length / 2},
				  {buffer + length / 2, length - length / 2}};
	struct msghdr message = {.msg_iov = vector, .msg_iovlen = 2};
	struct mmsghdr messages[3];
	const unsigned int call = pick(6);
	int again = 0;
	ssize_t n;

	memset(buffer, '.', sizeof buffer);
	memset(messages, 0, sizeof messages);
	for (size_t i = 0; i < 3; i++) {
		messages[i].msg_hdr.msg_iov = &vector[i % 2];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	errno = EXDEV;
	switch (call) {
	case 0:
		n = recv(fd, buffer, length, flags);
		break;
	case 1:
		n = recvfrom(fd, buffer, length, flags, NULL, NULL);
		break;
	case 2:
		n = recvmsg(fd, &message, flags);
		break;
	case 3:
		n = read(fd, buffer, length);
		break;
	case 4:
		n = readv(fd, vector, 2);
		break;
	default:
		n = recvmmsg(fd, messages, 3, flags | MSG_WAITFORONE, NULL);
		for (int i = 0; i < n; i++)
			again = again * 100 + (int)messages[i].msg_len;
	}
	printf("receive %u kind %u length %zu flags %#x: %zd %s %d %#x %.*s\n", call, kind,
	       length, (unsigned int)flags, n, strerror(errno), again,
	       (unsigned int)message.msg_flags, (int)sizeof buffer, buffer);
}

/* A part of what a receive waits for. */
static void give(int fd, unsigned int kind)
{
	static const char bytes[] = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz";
	const size_t length = 1 + pick(sizeof bytes - 1);
	struct iovec vector = {(char *)(uintptr_t)bytes, length};
	struct mmsghdr messages[2] = {{.msg_hdr = {.msg_iov = &vector, .msg_iovlen = 1}},
				      {.msg_hdr = {.msg_iov = &vector, .msg_iovlen = 1}}};
	const unsigned int call = pick(4);
	ssize_t n;

	errno = EXDEV;
	if (call == 0)
		n = send(fd, bytes, length, MSG_NOSIGNAL);
	else if (call == 1)
		n = write(fd, bytes, length);
	else if (call == 2)
		n = writev(fd, &vector, 1);
	else
		n = sendmmsg(fd, messages, 2, MSG_NOSIGNAL);
	printf("send %u kind %u length %zu: %zd %s\n", call, kind, length, n, strerror(errno));
}

/* All that is to come is there, or a handler ends the wait: what a call gives is certain. */
static void round_of_calls(void)
{
	const struct sigaction action = {.sa_handler = handle,
					 .sa_flags = pick(2) == 0 ? SA_RESTART : 0};
	const int mark = 1 + (int)pick(40);
	const unsigned int gifts = pick(3);
	const bool ends = (action.sa_flags & SA_RESTART) != 0 || pick(2) == 0;
	struct itimerval timer = {{0, 20000}, {0, 20000}};
	unsigned int kind;
	int pair[2];

	kind = make_pair(pair);
	must(sigaction(SIGALRM, &action, NULL) == 0, __LINE__);
	if (pick(4) == 0)
		must(setsockopt(pair[0], SOL_SOCKET, SO_RCVLOWAT, &mark, sizeof mark) == 0,
		     __LINE__);
	for (unsigned int i = 0; i < gifts; i++)
		give(pair[1], kind);
	/* A datagram socket of a pair does not tell of the other's end; it is shut down itself. */
	if (ends)
		must(kind == 1 ? shutdown(pair[0], SHUT_RD) == 0
			       : shutdown(pair[1], SHUT_WR) == 0,
		     __LINE__);
	must(setitimer(ITIMER_REAL, &timer, NULL) == 0, __LINE__);
	for (unsigned int i = 0; i < 3; i++)
		receive(pair[0], kind);
	timer = (struct itimerval){{0, 0}, {0, 0}};
	must(setitimer(ITIMER_REAL, &timer, NULL) == 0, __LINE__);
	(void)close(pair[0]);
	give(pair[1], kind);
	(void)close(pair[1]);
}

int main(int argc, char **argv)
{
	must(argc == 3, __LINE__);
	seed = (unsigned int)atoi(argv[1]);
	must(signal(SIGPIPE, SIG_IGN) != SIG_ERR, __LINE__);
	for (int i = atoi(argv[2]); i > 0; i--)
		round_of_calls();
	return fflush(stdout) == 0 ? 0 : 1;
}
