/*
 * The behaviour tests' common part; see harness.h. Not part of what is installed.
 */
#include "config.h"

#include "harness.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#define MODE_VARIABLE "SOCKTIMEOUT_TEST_MODE"

static const char *const mode_names[] = {"native", "long", "short"};

enum mode mode(void)
{
	const char *name = getenv(MODE_VARIABLE);

	for (enum mode i = MODE_NATIVE; i <= MODE_SHORT; i++)
		if (name != NULL && strcmp(name, mode_names[i]) == 0)
			return i;
	abort();
}

void add(Suite *suite, const char *name, const TTest *test)
{
	TCase *test_case = tcase_create(name);

	tcase_set_timeout(test_case, 60);
	tcase_add_test(test_case, test);
	suite_add_tcase(suite, test_case);
}

static int run_here(const char *name, void (*populate)(Suite *suite))
{
	char title[200];
	Suite *suite;
	SRunner *runner;
	int failed;

	(void)snprintf(title, sizeof title, "%s (%s)", name, mode_names[mode()]);
	suite = suite_create(title);
	populate(suite);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int run_in_mode(char **argv, enum mode how)
{
	const char *library = getenv("SOCKTIMEOUT_TEST_LIBRARY");
	char timeout[40];
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		setenv(MODE_VARIABLE, mode_names[how], 1);
		if (how != MODE_NATIVE) {
			(void)snprintf(timeout, sizeof timeout, "%dms",
				       how == MODE_LONG ? 300000 : SHORT_MS);
			setenv("SOCKTIMEOUT", timeout, 1);
			setenv("LD_PRELOAD", library, 1);
			if (getenv("SOCKTIMEOUT_TEST_LEVEL") != NULL) {
				setenv("SOCKTIMEOUT_LOG", "/dev/null", 1);
				setenv("SOCKTIMEOUT_LOG_LEVEL", getenv("SOCKTIMEOUT_TEST_LEVEL"),
				       1);
			}
		}
		execv("/proc/self/exe", argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return EXIT_FAILURE;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}

int behaviour_main(int argc, char **argv, const char *name, void (*populate)(Suite *suite))
{
	int result = EXIT_SUCCESS;

	(void)argc;
	if (getenv(MODE_VARIABLE) != NULL)
		return run_here(name, populate);
	if (getenv("SOCKTIMEOUT_TEST_LIBRARY") == NULL) {
		(void)fputs("SOCKTIMEOUT_TEST_LIBRARY must name the library\n", stderr);
		return EXIT_FAILURE;
	}
	unsetenv("SOCKTIMEOUT");
	unsetenv("SOCKTIMEOUT_LOG");
	unsetenv("SOCKTIMEOUT_LOG_FORMAT");
	unsetenv("SOCKTIMEOUT_LOG_LEVEL");
	for (enum mode how = MODE_NATIVE; how <= MODE_SHORT; how++)
		if (run_in_mode(argv, how) != EXIT_SUCCESS)
			result = EXIT_FAILURE;
	return result;
}

double now_ms(void)
{
	struct timespec now;

	ck_assert_int_eq(clock_gettime(CLOCK_MONOTONIC, &now), 0);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

struct sockaddr_in loopback(in_port_t port_in_network_order)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = port_in_network_order};

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return address;
}

int tcp_listener(struct sockaddr_in *address, int backlog)
{
	socklen_t length = sizeof *address;
	const int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_ge(fd, 0);
	*address = loopback(0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)address, length), 0);
	ck_assert_int_eq(listen(fd, backlog), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)address, &length), 0);
	return fd;
}

void tcp_pair(int pair[2])
{
	struct sockaddr_in address;
	const int listener = tcp_listener(&address, 1);

	pair[0] = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_ge(pair[0], 0);
	ck_assert_int_eq(connect(pair[0], (struct sockaddr *)&address, sizeof address), 0);
	pair[1] = accept(listener, NULL, NULL);
	ck_assert_int_ge(pair[1], 0);
	ck_assert_int_eq(close(listener), 0);
}

void stream_pair(int family, int pair[2])
{
	if (family == AF_INET)
		tcp_pair(pair);
	else
		ck_assert_int_eq(socketpair(family, SOCK_STREAM, 0, pair), 0);
}

void udp_pair(int pair[2])
{
	struct sockaddr_in address[2];

	for (int i = 0; i < 2; i++) {
		socklen_t length = sizeof address[i];

		pair[i] = socket(AF_INET, SOCK_DGRAM, 0);
		ck_assert_int_ge(pair[i], 0);
		address[i] = loopback(0);
		ck_assert_int_eq(bind(pair[i], (struct sockaddr *)&address[i], length), 0);
		ck_assert_int_eq(getsockname(pair[i], (struct sockaddr *)&address[i], &length),
				 0);
	}
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(connect(pair[i], (struct sockaddr *)&address[1 - i],
					 sizeof address[1 - i]),
				 0);
}

void small_buffers(int fd)
{
	const int least = 1;

	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &least, sizeof least), 0);
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &least, sizeof least), 0);
}

void make_nonblocking(int fd, bool nonblocking)
{
	const int flags = fcntl(fd, F_GETFL);

	ck_assert_int_ge(flags, 0);
	ck_assert_int_eq(
		fcntl(fd, F_SETFL, nonblocking ? flags | O_NONBLOCK : flags & ~O_NONBLOCK), 0);
}

/* Connects without blocking until one does not get through at once. */
static void fill_backlog(const struct sockaddr *address, socklen_t length, int keep[8])
{
	for (int i = 0; i < 8; i++) {
		struct pollfd ready = {.events = POLLOUT};
		int result;

		keep[i] = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
		ck_assert_int_ge(keep[i], 0);
		result = connect(keep[i], address, length);
		if (result < 0 && errno == EAGAIN)
			return;
		ck_assert(result == 0 || errno == EINPROGRESS);
		ready.fd = keep[i];
		/* On loopback an answer comes at once; none in this time means that there is none. */
		if (result < 0 && poll(&ready, 1, 200) == 0)
			return;
	}
	ck_abort_msg("the backlog does not fill");
}

int tcp_black_hole(struct sockaddr_in *address, int keep[8])
{
	const int listener = tcp_listener(address, 0);

	fill_backlog((struct sockaddr *)address, sizeof *address, keep);
	return listener;
}

int unix_black_hole(struct sockaddr_un *address, socklen_t *length, int keep[8])
{
	const int listener = socket(AF_UNIX, SOCK_STREAM, 0);

	ck_assert_int_ge(listener, 0);
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	/* Autobind: an abstract name that nobody else has (unix(7)). */
	ck_assert_int_eq(bind(listener, (struct sockaddr *)address, sizeof(sa_family_t)), 0);
	ck_assert_int_eq(listen(listener, 0), 0);
	*length = sizeof *address;
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)address, length), 0);
	fill_backlog((struct sockaddr *)address, *length, keep);
	return listener;
}

size_t fill(int fd)
{
	static const char block[65536];
	size_t filled = 0;
	int in_a_row = 0;

	/* Twice: on loopback, what the peer's buffer takes makes room again. */
	while (in_a_row < 2) {
		struct pollfd ready = {.fd = fd, .events = POLLOUT};
		const ssize_t n = send(fd, block, sizeof block, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n > 0) {
			filled += (size_t)n;
			in_a_row = 0;
		} else {
			ck_assert_int_eq(errno, EAGAIN);
			in_a_row = poll(&ready, 1, 100) == 0 ? in_a_row + 1 : 0;
		}
	}
	return filled;
}

pid_t thread_id(void)
{
	return (pid_t)syscall(SYS_gettid);
}

struct start {
	void *(*function)(void *);
	void *argument;
	pid_t *id;
	pthread_barrier_t barrier;
};

static void *start_thread(void *argument)
{
	struct start *const start = argument;
	void *(*const function)(void *) = start->function;
	void *const its = start->argument;

	*start->id = thread_id();
	/* start is gone after this. */
	(void)pthread_barrier_wait(&start->barrier);
	return function(its);
}

pthread_t background(pid_t *id, void *(*function)(void *), void *argument)
{
	struct start start = {.function = function, .argument = argument, .id = id};
	pthread_t thread;

	ck_assert_int_eq(pthread_barrier_init(&start.barrier, NULL, 2), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, start_thread, &start), 0);
	(void)pthread_barrier_wait(&start.barrier);
	/* Returns only when the other thread has left the barrier (POSIX). */
	(void)pthread_barrier_destroy(&start.barrier);
	return thread;
}

long blocked_in(pid_t tid)
{
	char path[64], line[256];
	long number = -1;
	FILE *file;

	(void)snprintf(path, sizeof path, "/proc/%d/task/%d/syscall", (int)tid, (int)tid);
	file = fopen(path, "r");
	if (file == NULL) {
		(void)snprintf(path, sizeof path, "/proc/self/task/%d/syscall", (int)tid);
		file = fopen(path, "r");
	}
	if (file == NULL)
		return -1;
	if (fgets(line, sizeof line, file) != NULL && strncmp(line, "running", 7) != 0)
		number = strtol(line, NULL, 10);
	(void)fclose(file);
	return number;
}

void wait_until_blocked(pid_t tid, long number)
{
	const double end = now_ms() + LATE_MS;

	for (;;) {
		const long now = blocked_in(tid);

		if (now >= 0 && (number == -1 || now == number))
			return;
		ck_assert_msg(now_ms() < end, "thread %d is in system call %ld, not in %ld",
			      (int)tid, now, number);
		(void)poll(NULL, 0, 1);
	}
}

void wait_until_waiting(pid_t tid)
{
	static const long waits[] = {
		SYS_read,        SYS_readv,        SYS_recvfrom, SYS_recvmsg, SYS_recvmmsg,
		SYS_write,       SYS_writev,       SYS_sendto,   SYS_sendmsg, SYS_sendmmsg,
		SYS_connect,     SYS_accept,       SYS_accept4,  SYS_splice,  SYS_sendfile,
		SYS_poll,        SYS_ppoll,        SYS_pselect6, SYS_select,  SYS_epoll_wait,
		SYS_epoll_pwait, SYS_epoll_pwait2,
		/* poll, after a stop without a handler (signal(7)). */
		SYS_restart_syscall,
	};
	const double end = now_ms() + LATE_MS;

	for (;;) {
		const long now = blocked_in(tid);

		for (size_t i = 0; i < sizeof waits / sizeof *waits; i++)
			if (now == waits[i])
				return;
		ck_assert_msg(now_ms() < end, "thread %d is in system call %ld", (int)tid, now);
		(void)poll(NULL, 0, 1);
	}
}
