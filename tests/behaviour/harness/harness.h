/*
 * What the behaviour tests stand on: each test program is a Check suite that runs as a real
 * process three times: without the library, under it with a timeout that is not reached, and
 * under it with a short one. What the first two see must be the same; what waits must end in the
 * third with ETIMEDOUT, never early.
 */
#ifndef BEHAVIOUR_HARNESS_H
#define BEHAVIOUR_HARNESS_H

#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/un.h>
#include <unistd.h>

enum mode {
	MODE_NATIVE, /* without the library */
	MODE_LONG,   /* SOCKTIMEOUT=300s: never reached */
	MODE_SHORT   /* SOCKTIMEOUT=SHORT_MS ms */
};

#define SHORT_MS 300
/* A wait of the tests for something else than the library: longer than this is a hang. */
#define HANG_MS 10000
/* A bounded call ends before T + LATE_MS. A test that is late runs once more alone, and says so. Under
 * valgrind and sanitizers (SOCKTIMEOUT_TEST_SLOW in the environment) only hangs are late. */
#define LATE_MS late_ms()
int late_ms(void);
/* So many milliseconds took in place of that many. LATE begins the message of what runs once more. */
#define LATE "late: "
#define ck_took_in_time(took, bound)                                                           \
	do {                                                                                   \
		const double took_ms = (took), took_bound = (bound);                           \
		ck_assert_msg(took_ms < took_bound + LATE_MS, LATE "%.0f ms, not %.0f ms",     \
			      took_ms, took_bound);                                            \
	} while (0)
#define ck_in_time(started, bound) ck_took_in_time(now_ms() - (started), bound)

/* The mode of this process. */
enum mode mode(void);

/*
 * With SOCKTIMEOUT_TEST_LEVEL in the environment the runs under the library have that log level, and
 * log to /dev/null: what they do must be the same.
 */

/* The modes that a test runs in: NATIVE | LONG, or one of these two. */
enum { NATIVE = 1 << MODE_NATIVE, LONG = 1 << MODE_LONG, SHORT = 1 << MODE_SHORT };
#define ALL (NATIVE | LONG | SHORT)
/* For a test that starts programs with settings of their own. */
#define ONCE NATIVE

/*
 * A test of this program, in these modes: BEHAVIOUR_TEST(name, ALL) { … }. A loop runs the test in
 * a process of its own for each _i from 0 (first) to before end, which is computed in main().
 */
#define BEHAVIOUR_TEST(name, modes)      BEHAVIOUR_RANGE(name, modes, 0, 1)
#define BEHAVIOUR_LOOP(name, modes, end) BEHAVIOUR_RANGE(name, modes, 0, end)
#define BEHAVIOUR_RANGE(name, modes, first, end)                                               \
	static void name(int _i);                                                              \
	static int name##_end(void)                                                            \
	{                                                                                      \
		return end;                                                                    \
	}                                                                                      \
	__attribute__((constructor)) static void name##_register(void)                         \
	{                                                                                      \
		static const TTest test = {#name, name, __FILE__, __LINE__};                   \
		static struct registered registered = {&test, modes, first, name##_end, NULL}; \
                                                                                               \
		register_test(&registered);                                                    \
	}                                                                                      \
	static void name(int _i __attribute__((unused)))

struct registered {
	const TTest *test;
	int modes, first;
	int (*end)(void);
	struct registered *next;
};
void register_test(struct registered *registered);

/* End a test that this machine cannot run, and say why. */
#define need(condition)                                                                        \
	do {                                                                                   \
		if (!(condition)) {                                                            \
			(void)fprintf(stderr, "%s: skipped: not %s\n", __func__, #condition);  \
			return;                                                                \
		}                                                                              \
	} while (0)

/*
 * main() of a test program: runs itself in each of the three modes, and returns 0 if all of them
 * passed. An argument is a pattern (glob(7)) for the names of the tests to run.
 */
int behaviour_main(int argc, char **argv, const char *name);
/* The same for a program that runs its tests otherwise: run is called in each mode, and returns the
 * exit status. */
int each_mode(char **argv, int (*run)(char **argv));
const char *mode_name(void);

/* For suites that are run otherwise: add one test as a test case of its own. */
void add(Suite *suite, const char *name, const TTest *test);
#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

/* For programs with another main(): run the suite (CK_FORK_GETENV: each test in a process of its
 * own), and free it; returns EXIT_SUCCESS where all passed, and EXIT_LATE where the failures are LATE. */
#define EXIT_LATE 3
int run_suite(Suite *suite, enum fork_status fork_status, enum print_output output);
/* Unset the library's variables in the environment, apart from SOCKTIMEOUT_CONFIG and _STATS. */
void forget_settings(void);

/* Milliseconds on CLOCK_MONOTONIC. */
double now_ms(void);
/* … of processor time that this process has used. */
double processor_ms(void);

/* The call that began at started ended by the timeout: result -1, errno ETIMEDOUT, not early, and
 * not much too late. To be called right after the call, in MODE_SHORT. */
#define ck_timed_out(result, started)                                                          \
	do {                                                                                   \
		const long timed_out_result = (long)(result);                                  \
		const int timed_out_errno = errno;                                             \
		const double timed_out_ms = now_ms() - (started);                              \
		ck_assert_int_eq(timed_out_result, -1);                                        \
		ck_assert_int_eq(timed_out_errno, ETIMEDOUT);                                  \
		ck_assert_double_ge(timed_out_ms, (double)SHORT_MS);                           \
		ck_took_in_time(timed_out_ms, (double)SHORT_MS);                               \
	} while (0)

/* errno is error after a call that gave -1. */
#define ck_failed(result, error)                                                               \
	do {                                                                                   \
		const long failed_result = (long)(result);                                     \
		const int failed_errno = errno;                                                \
		ck_assert_int_eq(failed_result, -1);                                           \
		ck_assert_msg(failed_errno == (error), "errno is %s, not %s",                  \
			      strerror(failed_errno), strerror(error));                        \
	} while (0)

/* Sockets. All abort the test when they fail. */
struct sockaddr_in loopback(in_port_t port_in_network_order);
int tcp_listener(struct sockaddr_in *address, int backlog);
/* A listener, and a socket with these flags (SOCK_NONBLOCK) that is to connect to it. */
struct opening {
	struct sockaddr_in address;
	int listener, fd;
};
struct opening tcp_opening(int flags);
int opening_connect(const struct opening *opening); /* connect(2), and all that it gives */
void tcp_pair(int pair[2]);                         /* connected over 127.0.0.1, blocking */
void stream_pair(int family, int pair[2]);          /* AF_INET or AF_UNIX (unix_pair) */
/* A socketpair of AF_UNIX whose first end has a name: without a name no timeout would apply. */
void unix_pair(int type, int pair[2]);
void udp_pair(int pair[2]); /* connected to one another */
void small_buffers(int fd); /* SO_SNDBUF and SO_RCVBUF as small as they get */
void make_nonblocking(int fd, bool nonblocking);
int socket_error(int fd); /* SO_ERROR, which is 0 then */
/* The timer (SO_RCVTIMEO or SO_SNDTIMEO) that the kernel has for fd, in milliseconds, past all wrappers;
 * -1 for what is no socket. */
long kernel_timer(int fd, int option);
/* A listener whose backlog is full: a connect to it hangs (SYNs are dropped). *keep are the
 * sockets that fill it, to be left open; returns the listener. */
int tcp_black_hole(struct sockaddr_in *address, int keep[8]);
/* An AF_UNIX stream listener (abstract) whose queue is full. */
int unix_black_hole(struct sockaddr_un *address, socklen_t *length, int keep[8]);
/* Connect sockets of that type without blocking until the queue of the listener is full. */
void fill_backlog(int type, const struct sockaddr *address, socklen_t length, int keep[8]);
/* Fill fd's send buffer without blocking; returns the bytes. */
size_t fill(int fd);

/* Memory: two pages, of which the second is gone, or not to be read. */
#define MEMORY_PAGE 4096
char *two_pages(bool gone);

/* Where the machine has no such system call (arm64; accept: i386, s390x), libc makes the call by another
 * one. */
#ifndef SYS_accept
#define SYS_accept SYS_accept4
#endif
#ifndef SYS_poll
#define SYS_poll SYS_ppoll
#endif
#ifndef SYS_select
#define SYS_select SYS_pselect6
#endif
#ifndef SYS_epoll_wait
#define SYS_epoll_wait SYS_epoll_pwait
#endif

/* glibc's other name for send(2), on the machines that have the name. */
#if defined __x86_64__ || defined __i386__
#define OTHER_SEND "__send"
#else
#define OTHER_SEND "send"
#endif

/* Threads and processes. */
pid_t thread_id(void);
/* Run function(argument) in a thread, and come back when the thread is about to run it; *id gets
 * its thread id. */
pthread_t background(pid_t *id, void *(*function)(void *), void *argument);
/* The system call that the thread sleeps in; -1 while it runs. */
long blocked_in(pid_t tid);
/* Wait until the thread (of this process, or a process with tid == pid) sleeps in the kernel: in
 * the system call number, or in any with -1. Aborts the test after HANG_MS. Never a bare sleep. */
void wait_until_blocked(pid_t tid, long number);
/* As above, in any call that waits on sockets: recv, read, poll, connect, accept … */
void wait_until_waiting(pid_t tid);

#endif
