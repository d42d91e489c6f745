/*
 * The behaviour tests' common part; see harness.h. Not part of what is installed.
 */
#include "config.h"

#include "harness/harness.h"

#include <fnmatch.h>
#include <linux/net.h>
#include <poll.h>
#include <sys/mman.h>
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

static struct registered *first_registered;

const char *mode_name(void)
{
	return mode_names[mode()];
}

int late_ms(void)
{
	return getenv("SOCKTIMEOUT_TEST_SLOW") != NULL ? HANG_MS : 1000;
}

void register_test(struct registered *registered)
{
	struct registered **end = &first_registered;

	while (*end != NULL)
		end = &(*end)->next;
	*end = registered;
}

static void add_range(Suite *suite, const char *name, const TTest *test, int first, int end)
{
	TCase *const test_case = tcase_create(name);

	tcase_set_timeout(test_case, 60);
	tcase_add_loop_test(test_case, test, first, end);
	suite_add_tcase(suite, test_case);
}

void add(Suite *suite, const char *name, const TTest *test)
{
	add_range(suite, name, test, 0, 1);
}

static bool is_late(TestResult *result)
{
	return strncmp(tr_msg(result), LATE, strlen(LATE)) == 0;
}

static int status_of(SRunner *runner)
{
	const int failed = srunner_ntests_failed(runner);
	TestResult **const failures = srunner_failures(runner);
	int late = 0;

	for (int i = 0; i < failed; i++)
		late += is_late(failures[i]);
	free(failures);
	return failed == 0 ? EXIT_SUCCESS : late == failed ? EXIT_LATE : EXIT_FAILURE;
}

int run_suite(Suite *suite, enum fork_status fork_status, enum print_output output)
{
	SRunner *const runner = srunner_create(suite);
	int status;

	srunner_set_fork_status(runner, fork_status);
	srunner_run_all(runner, output);
	status = status_of(runner);
	srunner_free(runner);
	return status;
}

static bool wanted(const struct registered *registered, char **argv)
{
	return argv[1] == NULL || fnmatch(argv[1], registered->test->name, 0) == 0;
}

static const char *suite_name;

static SRunner *run_tests(char **argv,
			  bool (*chosen)(const struct registered *test, char **names))
{
	char title[200];
	SRunner *runner;
	Suite *suite;

	(void)snprintf(title, sizeof title, "%s (%s)", suite_name, mode_name());
	suite = suite_create(title);
	for (const struct registered *i = first_registered; i != NULL; i = i->next)
		if ((i->modes & 1 << mode()) != 0 && chosen(i, argv))
			add_range(suite, i->test->name, i->test, i->first, i->end());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	return runner;
}

static bool is_named(const struct registered *registered, char **names)
{
	for (; *names != NULL; names++)
		if (strcmp(*names, registered->test->name) == 0)
			return true;
	return false;
}

/* The tests that were late, when the others have ended. */
static int run_again(SRunner *runner)
{
	const int failed = srunner_ntests_failed(runner);
	TestResult **const failures = srunner_failures(runner);
	char **const names = calloc((size_t)failed + 1, sizeof *names);
	int status;

	for (int i = 0; names != NULL && i < failed; i++)
		names[i] = (char *)(uintptr_t)tr_tcname(failures[i]);
	if (names == NULL)
		abort();
	status = status_of(run_tests(names, is_named));
	(void)fprintf(stderr, "%s: %d tests were late, and %s once more\n", suite_name, failed,
		      status == EXIT_SUCCESS ? "were in time" : "failed");
	return status == EXIT_SUCCESS ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int run_here(char **argv)
{
	SRunner *const runner = run_tests(argv, wanted);
	const int status = status_of(runner);

	return status == EXIT_LATE ? run_again(runner) : status;
}

void forget_settings(void)
{
	static const char *const settings[] = {
		"SOCKTIMEOUT",        "SOCKTIMEOUT_RULES",      "SOCKTIMEOUT_SEED",
		"SOCKTIMEOUT_LOG",    "SOCKTIMEOUT_LOG_FORMAT", "SOCKTIMEOUT_LOG_LEVEL",
		"SOCKTIMEOUT_DRY_RUN"};

	for (int i = 0; i < COUNT(settings); i++)
		unsetenv(settings[i]);
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
				setenv("SOCKTIMEOUT_LOG_LEVEL",
				       getenv("SOCKTIMEOUT_TEST_LEVEL"), 1);
			}
		}
		execv("/proc/self/exe", argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return EXIT_FAILURE;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}

int behaviour_main(int argc, char **argv, const char *name)
{
	(void)argc;
	suite_name = name;
	return each_mode(argv, run_here);
}

int each_mode(char **argv, int (*run)(char **argv))
{
	int result = EXIT_SUCCESS;

	if (getenv(MODE_VARIABLE) != NULL)
		return run(argv);
	if (getenv("SOCKTIMEOUT_TEST_LIBRARY") == NULL) {
		(void)fputs("SOCKTIMEOUT_TEST_LIBRARY must name the library\n", stderr);
		return EXIT_FAILURE;
	}
	forget_settings();
	for (enum mode how = MODE_NATIVE; how <= MODE_SHORT; how++)
		if (run_in_mode(argv, how) != EXIT_SUCCESS)
			result = EXIT_FAILURE;
	return result;
}

static double read_clock(clockid_t clock)
{
	struct timespec time;

	ck_assert_int_eq(clock_gettime(clock, &time), 0);
	return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

double now_ms(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

double processor_ms(void)
{
	return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

char *two_pages(bool gone)
{
	char *const start = mmap(NULL, 2 * MEMORY_PAGE, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(start, MAP_FAILED);
	if (gone)
		ck_assert_int_eq(munmap(start + MEMORY_PAGE, MEMORY_PAGE), 0);
	else
		ck_assert_int_eq(mprotect(start + MEMORY_PAGE, MEMORY_PAGE, PROT_NONE), 0);
	return start;
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

/*
 * The number of the call that a blocked thread is in, for its number and first argument in /proc. libc may
 * make the calls of sockets by socketcall(2) (i386, s390x), and where the machine's time_t has 32 bits, waits
 * by the calls with 64-bit times.
 */
static long plain_number(long number, unsigned long first)
{
#ifdef SYS_socketcall
	static const long socket_calls[] = {
		[SYS_CONNECT] = SYS_connect,   [SYS_ACCEPT] = SYS_accept,
		[SYS_SEND] = SYS_sendto,       [SYS_RECV] = SYS_recvfrom,
		[SYS_SENDTO] = SYS_sendto,     [SYS_RECVFROM] = SYS_recvfrom,
		[SYS_SENDMSG] = SYS_sendmsg,   [SYS_RECVMSG] = SYS_recvmsg,
		[SYS_ACCEPT4] = SYS_accept4,   [SYS_RECVMMSG] = SYS_recvmmsg,
		[SYS_SENDMMSG] = SYS_sendmmsg,
	};

	if (number == SYS_socketcall && first < sizeof socket_calls / sizeof *socket_calls)
		return socket_calls[first];
#endif
#ifdef SYS_ppoll_time64
	if (number == SYS_ppoll_time64)
		return SYS_ppoll;
	if (number == SYS_pselect6_time64)
		return SYS_pselect6;
	if (number == SYS_recvmmsg_time64)
		return SYS_recvmmsg;
	if (number == SYS_sendfile64)
		return SYS_sendfile;
#endif
	(void)first;
	return number;
}

long blocked_in(pid_t tid)
{
	char path[64], line[256], *first;
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
	if (fgets(line, sizeof line, file) != NULL && strncmp(line, "running", 7) != 0) {
		number = strtol(line, &first, 10);
		number = plain_number(number, strtoul(first, NULL, 16));
	}
	(void)fclose(file);
	return number;
}

void wait_until_blocked(pid_t tid, long number)
{
	const double end = now_ms() + HANG_MS;

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
		SYS_read,
		SYS_readv,
		SYS_recvfrom,
		SYS_recvmsg,
		SYS_recvmmsg,
		SYS_write,
		SYS_writev,
		SYS_sendto,
		SYS_sendmsg,
		SYS_sendmmsg,
		SYS_connect,
		SYS_accept,
		SYS_accept4,
		SYS_splice,
		SYS_sendfile,
		SYS_poll,
		SYS_ppoll,
		SYS_pselect6,
		SYS_select,
		SYS_epoll_wait,
		SYS_epoll_pwait,
		SYS_epoll_pwait2,
		/* poll, after a stop without a handler (signal(7)). */
		SYS_restart_syscall,
	};
	const double end = now_ms() + HANG_MS;

	for (;;) {
		const long now = blocked_in(tid);

		for (size_t i = 0; i < sizeof waits / sizeof *waits; i++)
			if (now == waits[i])
				return;
		ck_assert_msg(now_ms() < end, "thread %d is in system call %ld", (int)tid, now);
		(void)poll(NULL, 0, 1);
	}
}
