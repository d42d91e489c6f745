/*
 * Calls that the library makes itself where libc would only make them (calls/direct.h): not where
 * another library is behind it, and not where a thread is cancelled.
 */
#include "config.h"

#include "harness/harness.h"

#include <dlfcn.h>
#include <limits.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/single_threaded.h>
#include <sys/wait.h>

/* What the calls are that the real functions below are counted for. */
enum { RECEIVES = 3, SENDS = 3 };

/* In a process of its own: each call once, with something to receive and room to send. Returns how
 * many of them came to the library that is behind ours. */
static int call_each(void)
{
	const int *const count = dlsym(RTLD_DEFAULT, "standin_count");
	char buffer[1] = {'c'};
	struct iovec vector = {buffer, sizeof buffer};
	struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
	int pair[2], before;

	if (count == NULL || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
		return 0;
	before = *count;
	if (send(pair[0], "a", 1, 0) != 1 || sendto(pair[0], "b", 1, 0, NULL, 0) != 1 ||
	    sendmsg(pair[0], &message, 0) != 1 || write(pair[0], "d", 1) != 1 ||
	    recv(pair[1], buffer, 1, 0) != 1 ||
	    recvfrom(pair[1], buffer, 1, 0, NULL, NULL) != 1 ||
	    recvmsg(pair[1], &message, 0) != 1 || read(pair[1], buffer, 1) != 1)
		return 0;
	return *count - before;
}

/* The exit status of this program with the argument, and with the library of standin.c behind ours. */
static int status_behind(const char *argument)
{
	const char *const library = getenv("SOCKTIMEOUT_TEST_LIBRARY");
	char self[PATH_MAX], preload[2 * PATH_MAX];
	ssize_t length;
	int status;
	pid_t child;

	length = readlink("/proc/self/exe", self, sizeof self - 1);
	ck_assert_int_gt(length, 0);
	self[length] = '\0';
	child = fork();
	if (child == 0) {
		(void)snprintf(preload, sizeof preload, "%s:%.*s/.libs/libstandin.so",
			       mode() == MODE_NATIVE ? "" : library,
			       (int)(strrchr(self, '/') - self), self);
		(void)setenv("LD_PRELOAD", preload, 1);
		(void)execl(self, self, argument, (char *)NULL);
		_exit(127);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_msg(WIFEXITED(status), "status %x", (unsigned)status);
	return WEXITSTATUS(status);
}

BEHAVIOUR_TEST(library_behind, ALL)
{
	/* On a socket read and write are a recv and a send. */
	ck_assert_int_eq(status_behind("calls"),
			 RECEIVES + SENDS + (mode() == MODE_NATIVE ? 0 : 2));
}

static void handle(int number)
{
	(void)number;
}

/* In a process of its own: a handler runs between two real calls of one wait. Returns 0 where the handler
 * has interrupted the wait; SIGALRM ends a process whose wait goes on. */
static int interrupted_between(void)
{
	const struct sigaction action = {.sa_handler = handle};
	int *const raises = dlsym(RTLD_DEFAULT, "standin_raises");
	struct pollfd never = {.events = POLLIN};
	int ends[2];

	if (raises == NULL || pipe(ends) != 0 || sigaction(SIGUSR1, &action, NULL) != 0)
		return 1;
	never.fd = ends[0];
	*raises = SIGUSR1;
	(void)alarm(10);
	return poll(&never, 1, -1) == -1 && errno == EINTR ? 0 : 2;
}

/* Natively there is one real call. */
BEHAVIOUR_TEST(handler_between_calls, SHORT)
{
	ck_assert_int_eq(status_behind("between"), 0);
}

static ssize_t received(int fd)
{
	char buffer[1];

	return recv(fd, buffer, sizeof buffer, 0);
}

static ssize_t sent(int fd)
{
	return send(fd, "", 1, 0);
}

static ssize_t (*const calls[])(int fd) = {received, sent};

/* A process of one thread that cancels itself ends with its next cancellation point. That it has one
 * thread stays true for a program that has <sys/single_threaded.h>'s word for itself, as this one
 * has by looking at it (a copy relocation). */
BEHAVIOUR_LOOP(cancels_itself, ALL, COUNT(calls))
{
	int pair[2], status;
	pid_t child;

	stream_pair(AF_UNIX, pair);
	ck_assert_int_eq(send(pair[1], "ab", 2, 0), 2);
	child = fork();
	if (child == 0) {
		if (!__libc_single_threaded || calls[_i](pair[0]) != 1 ||
		    pthread_cancel(pthread_self()) != 0)
			_exit(1);
		(void)calls[_i](pair[0]);
		_exit(2);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_msg(status == 0, "status %x", (unsigned)status);
}

struct worker {
	ssize_t (*call)(int fd);
	int fd;
	atomic_int made;
};

static ssize_t peeked(int fd)
{
	char buffer[1];

	return recv(fd, buffer, sizeof buffer, MSG_PEEK);
}

static ssize_t peeked_message(int fd)
{
	char buffer[1];
	struct iovec vector = {buffer, sizeof buffer};
	struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};

	return recvmsg(fd, &message, MSG_PEEK);
}

static ssize_t (*const endless[])(int fd) = {peeked, peeked_message, sent};

static void *work(void *argument)
{
	struct worker *const worker = argument;

	while (worker->call(worker->fd) == 1)
		atomic_fetch_add(&worker->made, 1);
	return NULL;
}

/* A thread whose calls never wait (or do at last, the sending one) is cancelled, also by libc's own
 * function, past the one that tells the library. */
BEHAVIOUR_LOOP(is_cancelled, ALL, 2 * COUNT(endless))
{
	struct worker worker = {.call = endless[_i / 2]};
	int (*cancel)(pthread_t thread) = pthread_cancel;
	pthread_t thread;
	void *result;
	int pair[2];

	if (_i % 2 == 1)
		*(void **)&cancel = dlsym(dlopen("libc.so.6", RTLD_LAZY), "pthread_cancel");
	stream_pair(AF_UNIX, pair);
	worker.fd = pair[0];
	ck_assert_int_eq(send(pair[1], "a", 1, 0), 1);
	ck_assert_int_eq(pthread_create(&thread, NULL, work, &worker), 0);
	while (atomic_load(&worker.made) < 100)
		ck_assert_int_eq(sched_yield(), 0);
	ck_assert_int_eq(cancel(thread), 0);
	ck_assert_int_eq(pthread_join(thread, &result), 0);
	ck_assert_ptr_eq(result, PTHREAD_CANCELED);
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "calls") == 0)
		return call_each();
	if (argc == 2 && strcmp(argv[1], "between") == 0)
		return interrupted_between();
	return behaviour_main(argc, argv, "direct calls");
}
