/*
 * A program to try settings on: does what its arguments say, one after the other, and tells of
 * each wait how it ended, `OPERATION RESULT ERRNO MILLISECONDS` a line, on the standard output
 * that it was started with. No test by itself.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* Out of the way of the numbers that are closed and limited below. */
#define REPORTS 200

static double now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void must(int condition, int line)
{
	if (!condition) {
		(void)dprintf(REPORTS, "victim: line %d: %s\n", line, strerror(errno));
		_exit(100);
	}
}

/* A listener of any family at address, and a socket connected to it; the accepted one in *other. */
static int connected(struct sockaddr *address, socklen_t length, int *listener, int *other)
{
	struct sockaddr_storage name;
	socklen_t name_length = sizeof name;
	const int fd = socket(address->sa_family, SOCK_STREAM, 0);

	*listener = socket(address->sa_family, SOCK_STREAM, 0);
	must(fd >= 0 && *listener >= 0, __LINE__);
	must(bind(*listener, address, length) == 0, __LINE__);
	must(listen(*listener, 0) == 0, __LINE__);
	must(getsockname(*listener, (struct sockaddr *)&name, &name_length) == 0, __LINE__);
	must(connect(fd, (struct sockaddr *)&name, name_length) == 0, __LINE__);
	*other = accept(*listener, NULL, NULL);
	must(*other >= 0, __LINE__);
	return fd;
}

static int tcp(int family, int *listener, int *other)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (family == AF_INET)
		return connected((struct sockaddr *)&in, sizeof in, listener, other);
	return connected((struct sockaddr *)&in6, sizeof in6, listener, other);
}

/* path, or with '@' before it an abstract name. */
static int local(const char *path, int *other)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int listener;

	(void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	return connected((struct sockaddr *)&address,
			 (socklen_t)(sizeof(sa_family_t) + strlen(path)), &listener, other);
}

static int udp(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(9)};
	const int fd = socket(AF_INET, SOCK_DGRAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	must(fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0,
	     __LINE__);
	return fd;
}

static void report(const char *what, long result, double started)
{
	const int error = result < 0 ? errno : 0;

	(void)dprintf(REPORTS, "%s %ld %s %d\n", what, result,
		      error == 0 ? "0" : strerrorname_np(error), (int)(now_ms() - started));
}

static void wait_in_recv(const char *what, int fd)
{
	const double started = now_ms();
	char byte;

	report(what, recv(fd, &byte, 1, 0), started);
}

/* A stream on the socket, with room in the buffer for all but the last. */
static void make_stream_calls(int fd)
{
	FILE *const stream = fdopen(fd, "w");

	must(stream != NULL, __LINE__);
	must(fprintf(stream, "%d\n", 1) == 2 && fputs("two", stream) >= 0, __LINE__);
	must(fputc('3', stream) == '3' && fwrite("four", 2, 2, stream) == 2, __LINE__);
	rewind(stream);
	must(fclose(stream) == 0, __LINE__);
}

/* None of these waits. */
static void make_calls(int fd)
{
	struct pollfd descriptor = {.fd = fd, .events = POLLIN};
	char byte;

	must(recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN, __LINE__);
	must(poll(&descriptor, 1, 0) == 0, __LINE__);
	must(close(dup(fd)) == 0, __LINE__);
	must(close(-1) < 0 && errno == EBADF, __LINE__);
	make_stream_calls(dup(fd));
}

static void wait_in_accept(const char *what)
{
	int listener, other;
	double started;

	(void)tcp(AF_INET, &listener, &other);
	started = now_ms();
	report(what, accept(listener, NULL, NULL), started);
}

/* More than fits, to nobody who reads. */
static void wait_in_send(const char *what)
{
	static const char bulk[16 << 20];
	int listener, other;
	const int fd = tcp(AF_INET, &listener, &other);
	const double started = now_ms();

	report(what, send(fd, bulk, sizeof bulk, 0), started);
}

/* To a full AF_UNIX listener. */
static void wait_in_connect(const char *what)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t length = sizeof address;
	const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	double started;

	must(bind(listener, (struct sockaddr *)&address, sizeof(sa_family_t)) == 0 &&
		     listen(listener, 0) == 0 &&
		     getsockname(listener, (struct sockaddr *)&address, &length) == 0 &&
		     connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&address,
			     length) == 0,
	     __LINE__);
	started = now_ms();
	report(what,
	       connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&address, length),
	       started);
}

static void limit(int resource, const char *value)
{
	const struct rlimit both = {strtoul(value, NULL, 10), strtoul(value, NULL, 10)};

	must(setrlimit((__rlimit_resource_t)resource, &both) == 0, __LINE__);
}

/* Descriptor 2 becomes fd. */
static void become_stderr(int fd)
{
	must(fd >= 0 && dup2(fd, STDERR_FILENO) == STDERR_FILENO && close(fd) == 0, __LINE__);
}

static void count_descriptors(const char *what)
{
	int count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	(void)dprintf(REPORTS, "%s %d\n", what, count);
}

/* What changes the process; whether it was one of these. */
static int prepare(const char *what, const char *value)
{
	if (strcmp(what, "close") == 0)
		must(close(atoi(value)) == 0, __LINE__);
	else if (strcmp(what, "descriptors") == 0)
		count_descriptors(what);
	else if (strcmp(what, "stop") == 0)
		must(raise(SIGSTOP) == 0, __LINE__);
	else if (strcmp(what, "clearenv") == 0)
		must(clearenv() == 0, __LINE__);
	else if (strcmp(what, "RLIMIT_NOFILE") == 0)
		limit(RLIMIT_NOFILE, value);
	else if (strcmp(what, "RLIMIT_AS") == 0)
		limit(RLIMIT_AS, value);
	else if (strcmp(what, "RLIMIT_FSIZE") == 0)
		limit(RLIMIT_FSIZE, value);
	else if (strcmp(what, "stderr-file") == 0)
		become_stderr(open(value, O_RDWR | O_CREAT | O_APPEND, 0600));
	else if (strcmp(what, "stderr-socket") == 0)
		become_stderr(udp());
	else
		return 0;
	return 1;
}

int main(int argc, char **argv)
{
	int listener, other, tcp_fd;

	must(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, REPORTS) == REPORTS, __LINE__);
	/* While there are descriptors for it. */
	tcp_fd = tcp(AF_INET, &listener, &other);
	for (int i = 1; i < argc; i++) {
		char *const value = strchr(argv[i], '=');
		const char *const of = value != NULL ? value + 1 : "";

		if (value != NULL)
			*value = '\0';
		if (prepare(argv[i], of))
			continue;
		if (strcmp(argv[i], "calls") == 0)
			make_calls(tcp_fd);
		else if (strcmp(argv[i], "recv") == 0)
			wait_in_recv(argv[i], tcp_fd);
		else if (strcmp(argv[i], "recv6") == 0)
			wait_in_recv(argv[i], tcp(AF_INET6, &listener, &other));
		else if (strcmp(argv[i], "recv-udp") == 0)
			wait_in_recv(argv[i], udp());
		else if (strcmp(argv[i], "recv-unix") == 0)
			wait_in_recv(argv[i], local(of, &other));
		else if (strcmp(argv[i], "accept") == 0)
			wait_in_accept(argv[i]);
		else if (strcmp(argv[i], "send") == 0)
			wait_in_send(argv[i]);
		else if (strcmp(argv[i], "connect") == 0)
			wait_in_connect(argv[i]);
		else
			must(0, __LINE__);
	}
	return EXIT_SUCCESS;
}
