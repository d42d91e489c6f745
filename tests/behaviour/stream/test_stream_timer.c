/*
 * The timeouts of streams: nothing is set on the socket, the program's own timeouts win, other calls on
 * the same socket have their own deadline, and what is no socket has none. And which streams are
 * bounded: those of fdopen, and standard input and output where they are sockets, from the start or by
 * dup2.
 */
#include "config.h"

#include "stream/stream.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

/* Past the library: what another process with the same socket would see. */
static struct timeval timer_of(int fd, int option)
{
	struct timeval timer = {7, 7};
	socklen_t length = sizeof timer;

	ck_assert_int_eq(syscall(SYS_getsockopt, fd, SOL_SOCKET, option, &timer, &length), 0);
	return timer;
}

static void set_timer(int fd, int option, long milliseconds)
{
	const struct timeval timer = {milliseconds / 1000, milliseconds % 1000 * 1000};

	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, option, &timer, sizeof timer), 0);
}

static void expect_timer(int fd, int option, long milliseconds)
{
	const struct timeval timer = timer_of(fd, option);

	ck_assert_int_eq(timer.tv_sec * 1000 + timer.tv_usec / 1000, milliseconds);
}

BEHAVIOUR_TEST(no_timer, ALL)
{
	int peer;
	FILE *const stream = stream_open("r+", &peer);

	expect_timer(fileno(stream), SO_RCVTIMEO, 0);
	expect_timer(fileno(stream), SO_SNDTIMEO, 0);
	set_timer(fileno(stream), SO_RCVTIMEO, 1500);
	expect_timer(fileno(stream), SO_RCVTIMEO, 1500);
	expect_timer(fileno(stream), SO_SNDTIMEO, 0);
	ck_assert_int_eq(fclose(stream), 0);
}

/* 100 ms of the program's own, set before or after. */
static void own_timer(bool before)
{
	char line[10];
	FILE *stream;
	double started;
	int pair[2];

	tcp_pair(pair);
	if (before)
		set_timer(pair[0], SO_RCVTIMEO, 100);
	stream = fdopen(pair[0], "r");
	ck_assert_ptr_nonnull(stream);
	if (!before)
		set_timer(pair[0], SO_RCVTIMEO, 100);
	started = now_ms();
	ck_assert_ptr_null(fgets(line, sizeof line, stream));
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_int_ne(ferror(stream), 0);
	ck_assert_double_le(now_ms() - started, (double)SHORT_MS);
	expect_timer(pair[0], SO_RCVTIMEO, 100);
	ck_assert_int_eq(fclose(stream), 0);
}

BEHAVIOUR_TEST(own_timer_before, ALL)
{
	own_timer(true);
}

BEHAVIOUR_TEST(own_timer_after, ALL)
{
	own_timer(false);
}

/* 0 is no timeout, and what has none is bounded. */
BEHAVIOUR_TEST(own_timer_of_none, SHORT)
{
	int peer;
	FILE *const stream = stream_open("r", &peer);
	double started;

	set_timer(fileno(stream), SO_RCVTIMEO, 0);
	started = now_ms();
	ck_assert_int_eq(getc(stream), EOF);
	ck_stream_timed_out(stream, started);
}

BEHAVIOUR_TEST(nonblocking, ALL)
{
	FILE *stream;
	int pair[2];

	tcp_pair(pair);
	make_nonblocking(pair[0], true);
	stream = fdopen(pair[0], "r");
	ck_assert_ptr_nonnull(stream);
	ck_assert_int_eq(getc(stream), EOF);
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_int_eq(fclose(stream), 0);
}

/* A stream that becomes non-blocking afterwards. */
BEHAVIOUR_TEST(nonblocking_later, ALL)
{
	int peer;
	FILE *const stream = stream_open("r", &peer);

	make_nonblocking(fileno(stream), true);
	ck_assert_int_eq(getc(stream), EOF);
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_int_eq(fclose(stream), 0);
}

/* Calls on the socket itself: their deadline is exact, and the stream keeps its timers. */
BEHAVIOUR_TEST(other_calls, SHORT)
{
	char byte;
	int peer;
	FILE *const stream = stream_open("r", &peer);
	double started = now_ms();

	ck_timed_out(recv(fileno(stream), &byte, 1, 0), started);
	started = now_ms();
	/* This one waits by the kernel's timer, which it sets and takes back. */
	ck_assert_int_eq(send(peer, "x", 1, 0), 1);
	ck_assert_int_eq(recv(fileno(stream), (char[10]){0}, 10, MSG_WAITALL | MSG_PEEK), 1);
	ck_assert_double_ge(now_ms() - started, (double)SHORT_MS);
	ck_in_time(started, SHORT_MS);
	ck_assert_int_eq(getc(stream), 'x');
	started = now_ms();
	ck_assert_int_eq(getc(stream), EOF);
	ck_stream_timed_out(stream, started);
}

/* A stream on a duplicate, and on a number that was something else before. */
BEHAVIOUR_TEST(duplicate, SHORT)
{
	double started;
	FILE *stream;
	int pair[2], number;

	tcp_pair(pair);
	number = open("/dev/null", O_RDWR);
	ck_assert_int_ge(number, 0);
	ck_assert_int_eq(read(number, &(char){0}, 1), 0);
	ck_assert_int_eq(dup2(pair[0], number), number);
	stream = fdopen(number, "r");
	ck_assert_ptr_nonnull(stream);
	started = now_ms();
	ck_assert_int_eq(getc(stream), EOF);
	ck_stream_timed_out(stream, started);
	/* The number of a closed stream, as a file. */
	ck_assert_int_eq(fclose(stream), 0);
	stream = fopen("/proc/self/cmdline", "r");
	ck_assert_ptr_nonnull(stream);
	ck_assert_int_eq(fileno(stream), number);
	ck_assert_int_ne(getc(stream), EOF);
	ck_assert_int_eq(fclose(stream), 0);
}

/* No socket, no bound. */
BEHAVIOUR_TEST(pipes, ALL)
{
	char line[10];
	FILE *const stream = popen("sleep 1; echo late", "r");

	ck_assert_ptr_nonnull(stream);
	ck_assert_ptr_nonnull(fgets(line, sizeof line, stream));
	ck_assert_str_eq(line, "late\n");
	ck_assert_int_eq(pclose(stream), 0);
}

/* A server that puts its client there, and reads with the streams that are there. */
BEHAVIOUR_TEST(put_on_standard_input, SHORT)
{
	const pid_t pid = fork();
	int pair[2], status;

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		tcp_pair(pair);
		(void)dup2(pair[0], STDIN_FILENO);
		(void)getchar();
		_exit(errno == ETIMEDOUT ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}

/* What inetd starts: this program, with the client on 0 and 1. Its exit status is 0 when it got
 * what is sent to it, else errno. */
static int inetd_service(const char *what)
{
	static char lines[4 << 20];
	char line[100];

	errno = 0;
	if (strcmp(what, "scanf") == 0)
		return scanf("%99s", line) == 1 ? 0 : errno;
	if (strcmp(what, "puts") == 0) {
		(void)memset(lines, 'x', sizeof lines - 1);
		return puts(lines) >= 0 && fflush(stdout) == 0 ? 0 : errno;
	}
	if (strcmp(what, "printf") == 0) {
		for (int i = 0; i < 1000000; i++)
			if (printf("%08d %s\n", i, "and something more") < 0)
				return errno;
		return 0;
	}
	return fgets(line, sizeof line, stdin) != NULL ? 0 : errno;
}

static int run_service(const char *what, const char *log, bool answer)
{
	int pair[2], status;
	pid_t pid;

	tcp_pair(pair);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		(void)setenv("SOCKTIMEOUT_LOG", log, 1);
		(void)dup2(pair[0], STDIN_FILENO);
		(void)dup2(pair[0], STDOUT_FILENO);
		(void)close(pair[0]);
		(void)close(pair[1]);
		(void)execl("/proc/self/exe", "test_stream_timer", "service", what,
			    (char *)NULL);
		_exit(127);
	}
	ck_assert_int_eq(close(pair[0]), 0);
	if (answer)
		send_whole(pair[1], "hello\n", 6);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(close(pair[1]), 0);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static const char *const services[] = {"fgets", "scanf", "puts", "printf"};

BEHAVIOUR_LOOP(inetd_silent, SHORT, 4)
{
	char path[] = "/tmp/socktimeout-test.XXXXXX", line[600], expected[40];
	const int fd = mkstemp(path);
	FILE *log;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(run_service(services[_i], path, false), ETIMEDOUT);
	/* The log names the call that waited. */
	log = fdopen(fd, "r");
	ck_assert_ptr_nonnull(log);
	ck_assert_ptr_nonnull(fgets(line, sizeof line, log));
	(void)snprintf(expected, sizeof expected, "%s, AF_INET", _i < 2 ? "read(0" : "write(1");
	ck_assert_msg(strstr(line, expected) != NULL, "%s is not in %s", expected, line);
	ck_assert_ptr_null(fgets(line, sizeof line, log));
	ck_assert_int_eq(fclose(log), 0);
	ck_assert_int_eq(unlink(path), 0);
}

BEHAVIOUR_LOOP(inetd_answered, ALL, 2)
{
	ck_assert_int_eq(run_service(services[_i], "off", true), 0);
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "service") == 0)
		return inetd_service(argv[2]);
	return behaviour_main(argc, argv, "the timeouts of streams");
}
