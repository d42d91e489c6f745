/*
 * Lookups that are answered too late or never: they end in time, and the abandoned workers do no harm.
 */
#include "config.h"

#include <dirent.h>
#include <netdb.h>
#include <poll.h>
#include <resolv.h>
#include <setjmp.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "resolve/nameserver.h"

/* Wait until the process has at most so many threads. */
static void wait_for_threads(int most)
{
	const double end = now_ms() + HANG_MS;

	while (threads() > most) {
		ck_assert_msg(now_ms() < end, "%d threads", threads());
		(void)poll(NULL, 0, 5);
	}
}

/* Wait until at least so many threads wait for an answer. Before that a lookup holds locks of libc,
 * which would stay locked in the child of a fork, natively too. */
static void wait_for_queries(int least)
{
	const double end = now_ms() + HANG_MS;

	for (;;) {
		DIR *const tasks = opendir("/proc/self/task");
		int waiting = 0;

		ck_assert_ptr_nonnull(tasks);
		for (struct dirent *task; (task = readdir(tasks)) != NULL;)
			if (task->d_name[0] != '.' &&
			    blocked_in((pid_t)atoi(task->d_name)) == SYS_poll)
				waiting++;
		ck_assert_int_eq(closedir(tasks), 0);
		if (waiting >= least)
			return;
		ck_assert_msg(now_ms() < end, "%d wait for an answer", waiting);
		(void)poll(NULL, 0, 1);
	}
}

static int look_up(const char *name)
{
	struct addrinfo *list;
	const int status = getaddrinfo(name, "80", NULL, &list);

	if (status == 0)
		freeaddrinfo(list);
	return status;
}

/* After the timeout the caller's memory is not touched: it is filled, and stays filled when the answers
 * arrive. */
BEHAVIOUR_TEST(memory, SHORT)
{
	struct {
		struct hostent entry, *result;
		char buffer[1000], host[100];
		int host_error;
		unsigned char answer[512];
		struct __res_state state;
		struct sockaddr_in address;
		struct addrinfo hints, *list;
		char name[20];
	} *const its = malloc(sizeof *its), *const expected = malloc(sizeof *expected);

	ck_assert(its != NULL && expected != NULL);
	resolv_conf(ANSWERING);
	memset(its, 0, sizeof *its);
	(void)strcpy(its->name, "later.test");
	ck_assert_int_eq(res_ninit(&its->state), 0);
	ck_assert_int_eq(getaddrinfo(its->name, NULL, &its->hints, &its->list), EAI_AGAIN);
	ck_assert_int_eq(gethostbyname_r(its->name, &its->entry, its->buffer,
					 sizeof its->buffer, &its->result, &its->host_error),
			 EAGAIN);
	ck_assert_int_eq(res_nquery(&its->state, its->name, ns_c_in, ns_t_a, its->answer, 512),
			 -1);
	ck_assert_int_eq(res_query(its->name, ns_c_in, ns_t_a, its->answer, 512), -1);
	ck_assert_int_gt(threads(), 1);
	res_nclose(&its->state);
	memset(its, 0xa5, sizeof *its);
	memset(expected, 0xa5, sizeof *expected);
	wait_for_threads(1);
	ck_assert_mem_eq(its, expected, sizeof *its);
	free(its);
	free(expected);
	ck_assert_int_eq(look_up("answer.test"), 0);
}

static void *look_up_silent(void *argument)
{
	*(int *)argument = look_up("silent.test");
	return NULL;
}

#define MANY 70

/* The lookups of many threads time out together. The abandoned workers delay the next lookup, up to its
 * timeout, and end when the resolver gives up. */
BEHAVIOUR_TEST(many_abandoned, SHORT)
{
	pthread_t thread[MANY];
	int status[MANY];
	double started;

	resolv_conf(ANSWERING "options timeout:2 attempts:1\n");
	started = now_ms();
	for (int i = 0; i < MANY; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, look_up_silent, &status[i]),
				 0);
	for (int i = 0; i < MANY; i++) {
		ck_assert_int_eq(pthread_join(thread[i], NULL), 0);
		ck_assert_int_eq(status[i], EAI_AGAIN);
	}
	/* The lookups have run at the same time. */
	ck_assert_double_lt(now_ms() - started, MANY * SHORT_MS / 2);
	if (now_ms() - started < 1000) {
		started = now_ms();
		errno = EXDEV;
		ck_timed_out(look_up("answer.test") == EAI_AGAIN ? -1 : 0, started);
		ck_assert_int_le(threads(), 1 + MANY);
	}
	wait_for_threads(1);
	ck_assert_int_eq(look_up("answer.test"), 0);
}

static volatile sig_atomic_t signals;

static void count_signal(int number)
{
	(void)number;
	signals++;
}

static void every_ms(int interval, void (*handler)(int))
{
	const struct itimerval timer = {{0, interval * 1000}, {0, interval * 1000}};
	struct sigaction action = {.sa_handler = handler};

	ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

/* A signal handler that returns does not end a lookup, with or without SA_RESTART. */
BEHAVIOUR_TEST(handlers, ALL)
{
	double started;

	resolv_conf(ANSWERING);
	every_ms(20, count_signal);
	ck_assert_int_eq(look_up("late.test"), 0);
	ck_assert_int_gt(signals, 0);
	if (mode() == MODE_SHORT) {
		started = now_ms();
		ck_timed_out(look_up("silent.test") == EAI_AGAIN ? -1 : 0, started);
	}
	every_ms(0, SIG_IGN);
}

static sigjmp_buf back;

static void jump(int number)
{
	(void)number;
	siglongjmp(back, 1);
}

/* siglongjmp from a handler of SIGALRM, with which old programs bound gethostbyname. */
BEHAVIOUR_TEST(jumped_out_of, LONG | SHORT)
{
	volatile int jumped = 0;

	resolv_conf(ANSWERING);
	for (volatile int i = 0; i < 3; i++) {
		if (sigsetjmp(back, 1) == 0) {
			every_ms(50, jump);
			(void)gethostbyname("silent.test");
			ck_abort_msg("not jumped");
		}
		jumped++;
		every_ms(0, SIG_IGN);
		ck_assert_ptr_nonnull(gethostbyname("answer.test"));
		ck_assert_int_eq(look_up("answer.test"), 0);
	}
	ck_assert_int_eq(jumped, 3);
}

static void *look_up_for_ever(void *argument)
{
	(void)argument;
	for (;;)
		(void)look_up("silent.test");
	return NULL;
}

BEHAVIOUR_TEST(cancelled, ALL)
{
	pthread_t thread;
	void *result;
	pid_t tid;

	resolv_conf(ANSWERING);
	for (int i = 0; i < 3; i++) {
		thread = background(&tid, look_up_for_ever, NULL);
		if (mode() == MODE_NATIVE)
			wait_for_queries(1);
		else
			wait_until_blocked(tid, -1);
		ck_assert_int_eq(pthread_cancel(thread), 0);
		ck_assert_int_eq(pthread_join(thread, &result), 0);
		ck_assert_ptr_eq(result, PTHREAD_CANCELED);
		ck_assert_int_eq(look_up("answer.test"), 0);
	}
}

static void ends_with(pid_t pid, int code)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), code);
}

/* After a fork during lookups of other threads, lookups work in the child. */
BEHAVIOUR_TEST(forked, ALL)
{
	pthread_t thread[4];
	pid_t tid;

	resolv_conf(ANSWERING);
	for (int i = 0; i < 4; i++)
		thread[i] = background(&tid, look_up_for_ever, NULL);
	wait_for_queries(4);
	for (int i = 0; i < 20; i++) {
		const pid_t pid = fork();

		if (pid == 0)
			_exit(look_up("answer.test") == 0 && threads() == 1 ? 17 : 1);
		ck_assert_int_gt(pid, 0);
		ends_with(pid, 17);
	}
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_cancel(thread[i]), 0);
}

BEHAVIOUR_TEST(forked_after_timeout, SHORT)
{
	double started;
	pid_t pid;

	resolv_conf(ANSWERING);
	ck_assert_int_eq(look_up("silent.test"), EAI_AGAIN);
	started = now_ms();
	pid = fork();
	if (pid == 0) {
		/* exit runs destructors while the abandoned worker runs. */
		ck_assert_int_eq(look_up("answer.test"), 0);
		exit(look_up("silent.test") == EAI_AGAIN ? 17 : 1);
	}
	ends_with(pid, 17);
	ck_in_time(started, SHORT_MS);
}

/* The log of a real program. */
BEHAVIOUR_TEST(logged, SHORT)
{
	char path[] = "/tmp/socktimeout-XXXXXX", line[256] = "";
	FILE *file;

	resolv_conf(ANSWERING);
	ck_assert_int_ge(mkstemp(path), 0);
	ck_assert_int_eq(setenv("SOCKTIMEOUT_LOG", path, 1), 0);
	(void)!system("getent ahosts silent.test");
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	ck_assert_ptr_nonnull(fgets(line, sizeof line, file));
	ck_assert_msg(strstr(line, ": getaddrinfo(silent.test) timed out after 0.3") != NULL,
		      "%s", line);
	ck_assert_int_eq(fclose(file), 0);
	(void)unlink(path);
}

/* curl looks names up in a thread, and waits for the thread in poll. */
BEHAVIOUR_TEST(in_a_thread_of_curl, SHORT)
{
	double started = now_ms();
	int status;

	if (access("/usr/bin/curl", X_OK) != 0)
		return;
	resolv_conf(ANSWERING);
	status = system("/usr/bin/curl -sS http://silent.test/ 2>/dev/null");
	/* CURLE_COULDNT_RESOLVE_HOST */
	ck_assert_int_eq(WEXITSTATUS(status), 6);
	ck_assert_double_ge(now_ms() - started, SHORT_MS);
	ck_in_time(started, SHORT_MS);
}

int main(int argc, char **argv)
{
	return nameserver_main(argc, argv, "lookups that are not answered");
}
