/*
 * A program whose every call would block for ever, for the tests of a platform or of a set of compiler
 * flags: tests/platform/victims compiles it, also as a program with a 64-bit time_t, and runs it under
 * the library with SOCKTIMEOUT=400ms. Needs libc alone.
 *
 *   victim         prints the names of the cases
 *   victim NAME    runs the case; 0: the call failed as expected and in time; 77: skipped
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include "victim.h"

int ends[2] = {-1, -1};
char buffer[65536];
struct iovec vector = {buffer, sizeof buffer};
volatile size_t length = sizeof buffer;
int expected = ETIMEDOUT;
long earliest = TIMEOUT;

static long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (long)(time.tv_sec * 1000 + time.tv_nsec / 1000000);
}

void die(const char *what)
{
	perror(what);
	exit(2);
}

void fill(void)
{
	const struct sockaddr_un any = {.sun_family = AF_UNIX};

	/* Without a name the pair would be a program's own channel, which is not bounded. */
	if (ends[1] < 0 &&
	    (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0 ||
	     bind(ends[0], (const struct sockaddr *)&any, sizeof(sa_family_t)) != 0))
		die("socketpair");
	while (send(ends[0], buffer, sizeof buffer, MSG_DONTWAIT) > 0)
		;
	while (send(ends[0], buffer, 1, MSG_DONTWAIT) > 0)
		;
}

/* A TCP connection: waits on a socketpair(2) are not bounded. */
static void connect_ends(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;
	const int listener = socket(AF_INET, SOCK_STREAM, 0);

	ends[0] = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener, (struct sockaddr *)&address, size) != 0 ||
	    listen(listener, 1) != 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &size) != 0 ||
	    connect(ends[0], (struct sockaddr *)&address, size) != 0 ||
	    accept(listener, NULL, NULL) < 0)
		die("connect_ends");
}

static const struct victim_case *find(const char *name);

static long run(const char *name)
{
	return find(name)->run();
}

/* The program's own timeouts and modes are in force, and are shown. */
static void set_own(int option)
{
	const struct timeval own = {0, OWN * 1000};
	struct timeval shown = {-1, -1};
	socklen_t size = sizeof shown;

	if (option == SO_SNDTIMEO)
		fill();
	if (setsockopt(ends[0], SOL_SOCKET, option, &own, sizeof own) != 0 ||
	    getsockopt(ends[0], SOL_SOCKET, option, &shown, &size) != 0 ||
	    size != sizeof shown || shown.tv_sec != 0 || shown.tv_usec / 1000 < OWN ||
	    shown.tv_usec / 1000 > 2 * OWN)
		die("SO_RCVTIMEO or SO_SNDTIMEO");
	expected = EAGAIN;
	earliest = OWN;
}

static long case_own_receive(void)
{
	set_own(SO_RCVTIMEO);
	return read(ends[0], buffer, length);
}

static long case_own_send(void)
{
	set_own(SO_SNDTIMEO);
	return write(ends[0], buffer, length);
}

static long case_own_sendfile(void)
{
	set_own(SO_SNDTIMEO);
	return run("sendfile");
}

/* The timer that the library arms is not the program's. */
static long case_own_none(void)
{
	struct timeval shown = {-1, -1};
	socklen_t size = sizeof shown;
	const long result = run("splice");
	const int error = errno;

	if (getsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &shown, &size) != 0 ||
	    shown.tv_sec != 0 || shown.tv_usec != 0)
		die("SO_RCVTIMEO");
	errno = error;
	return result;
}

static long case_fcntl(void)
{
	if (fcntl(ends[0], F_SETFL, fcntl(ends[0], F_GETFL) | O_NONBLOCK) != 0)
		die("fcntl");
	expected = EAGAIN;
	earliest = 0;
	return read(ends[0], buffer, length);
}

static long case_ioctl(void)
{
	int on = 1;

	if (ioctl(ends[0], FIONBIO, &on) != 0)
		die("ioctl");
	expected = EAGAIN;
	earliest = 0;
	return read(ends[0], buffer, length);
}

static long case_prctl(void)
{
	if (prctl(PR_SET_NAME, "renamed", 0, 0, 0) != 0 ||
	    prctl(PR_GET_NAME, buffer, 0, 0, 0) != 0 || strcmp(buffer, "renamed") != 0)
		die("prctl");
	return read(ends[0], buffer, length);
}

/* resolv.conf(5) of the script names a name server that does not answer: this process. */
static long case_lookup(void)
{
	const struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
	const struct sockaddr_in address = {.sin_family = AF_INET,
					    .sin_port = htons(53),
					    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct addrinfo *found;
	int result;

	if (bind(socket(AF_INET, SOCK_DGRAM, 0), (const struct sockaddr *)&address,
		 sizeof address) != 0)
		exit(77);
	result = getaddrinfo("host.invalid-but-asked.example.", "80", &hints, &found);
	if (result == 0)
		return 0;
	if (result != EAI_SYSTEM)
		errno = result == EAI_AGAIN ? ETIMEDOUT : EINVAL;
	return -1;
}

static const struct victim_case other_cases[] = {
	CASE(fcntl),        CASE(ioctl),    CASE(prctl),  CASE(own_receive), CASE(own_send),
	CASE(own_sendfile), CASE(own_none), CASE(lookup), {NULL, NULL},
};

static const struct victim_case *const tables[] = {data_cases, wait_cases, other_cases};

static const struct victim_case *find(const char *name)
{
	for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
		for (const struct victim_case *one = tables[i]; one->name != NULL; one++)
			if (strcmp(one->name, name) == 0)
				return one;
	return NULL;
}

static void list(void)
{
	for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
		for (const struct victim_case *one = tables[i]; one->name != NULL; one++)
			puts(one->name);
}

static int check(const struct victim_case *one)
{
	long begun, took, result;

	connect_ends();
	begun = now();
	errno = 0;
	result = one->run();
	took = now() - begun;
	/* The kernel, or an emulator of one, does not have the call. */
	if (result == -1 && errno == ENOSYS)
		return 77;
	if (result == -1 && errno == expected && took >= earliest && took < earliest + 5000)
		return 0;
	printf("%s: result %ld, %s, after %ld ms; expected %s after %ld ms\n", one->name,
	       result, strerror(errno), took, strerror(expected), earliest);
	return 1;
}

int main(int count, char **arguments)
{
	const struct victim_case *one;

	if (count < 2) {
		list();
		return 0;
	}
	one = find(arguments[1]);
	return one != NULL ? check(one) : 2;
}
