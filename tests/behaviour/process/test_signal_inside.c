/*
 * Handlers that do more than count: that call wrapped functions themselves, on small stacks too,
 * or jump out of the call; and what a call returns that had done something when one ran.
 */
#include "config.h"

#include "harness/blocking.h"

#include <poll.h>
#include <sys/auxv.h>
#include <sys/mman.h>

static int inside[2], silent[2];
static volatile sig_atomic_t inside_failed;
static atomic_int handled;

static void check_inside(bool right, int line)
{
	if (!right && inside_failed == 0)
		inside_failed = line;
}

/* A whole conversation, also with a server that takes no one: only what ends by itself. */
static void converse(int number)
{
	char buffer[4] = "";
	const int saved_errno = errno;

	(void)number;
	check_inside(send(inside[0], "ab", 2, 0) == 2, __LINE__);
	check_inside(recv(inside[1], buffer, 2, MSG_WAITALL) == 2, __LINE__);
	check_inside(write(inside[1], "c", 1) == 1, __LINE__);
	check_inside(read(inside[0], buffer, sizeof buffer) == 1, __LINE__);
	if (mode() == MODE_SHORT) {
		/* A wait inside of the wait, up to its own deadline. */
		check_inside(recv(silent[0], buffer, 1, 0) == -1 && errno == ETIMEDOUT,
			     __LINE__);
	} else {
		struct pollfd never = {.fd = silent[0], .events = POLLIN};

		check_inside(poll(&never, 1, 10) == 0, __LINE__);
	}
	errno = saved_errno;
	atomic_fetch_add(&handled, 1);
}

static void count(int number)
{
	(void)number;
	atomic_fetch_add(&handled, 1);
}

static void install(int number, void (*handler)(int), int flags)
{
	const struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

	ck_assert_int_eq(sigaction(number, &action, NULL), 0);
}

static void await_handled(int number)
{
	const double end = now_ms() + HANG_MS;

	while (atomic_load(&handled) < number) {
		ck_assert_double_lt(now_ms(), end);
		(void)poll(NULL, 0, 1);
	}
}

/* One of each way to wait; the first of them will do for the timeouts. */
static const char *const paths[] = {
	"recv/tcp", "sendto/unix-dgram", "sendfile/tcp", "accept/tcp",      "connect/unix",
	"send/tcp", "connect/tcp",       "splice/tcp",   "splice-out/unix", "read/unix",
};

#define PATHS (mode() == MODE_SHORT ? 5 : (int)(sizeof paths / sizeof *paths))

/* The handler waits, while the thread waits: then the thread's own call is ended or goes on. */
BEHAVIOUR_LOOP(converses, ALL, PATHS)
{
	struct scene scene;

	stream_pair(AF_UNIX, inside);
	stream_pair(AF_UNIX, silent);
	install(SIGUSR1, converse, SA_RESTART);
	install(SIGUSR2, converse, 0);
	play_in_background(&scene, blocking_named(paths[_i]));
	ck_assert_int_eq(pthread_kill(scene.thread, SIGUSR1), 0);
	await_handled(1);
	ck_assert_int_eq(inside_failed, 0);
	if (mode() == MODE_SHORT) {
		/* The timeout in the handler has used it up. */
		join_expecting(&scene, -1, ETIMEDOUT);
		return;
	}
	wait_until_waiting(scene.tid);
	ck_assert(!atomic_load(&scene.done));
	ck_assert_int_eq(pthread_kill(scene.thread, SIGUSR2), 0);
	join_expecting(&scene, -1, EINTR);
	ck_assert_int_eq(inside_failed, 0);
	ck_untouched(&scene);
}

/*
 * The same on an alternate stack of what the kernel needs to deliver a signal and 4 KiB, twice of
 * what MINSIGSTKSZ used to be. Below it is nothing.
 */
BEHAVIOUR_TEST(small_stack, ALL)
{
	const size_t size = getauxval(AT_MINSIGSTKSZ) + 4096;
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *const guard =
		mmap(NULL, page + size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const stack_t stack = {.ss_sp = guard + page, .ss_size = size};

	ck_assert_ptr_ne(guard, MAP_FAILED);
	ck_assert_int_eq(mprotect(guard + page, size, PROT_READ | PROT_WRITE), 0);
	ck_assert_int_eq(sigaltstack(&stack, NULL), 0);
	stream_pair(AF_UNIX, inside);
	stream_pair(AF_UNIX, silent);
	install(SIGUSR1, converse, SA_ONSTACK);
	ck_assert_int_eq(raise(SIGUSR1), 0);
	ck_assert_int_eq(atomic_load(&handled), 1);
	ck_assert_int_eq(inside_failed, 0);
}

struct transfer {
	int fd;
	int flags;
	size_t length;
	bool sends;
	long result;
};

static char bulk[16 << 20];

static void *transfer(void *argument)
{
	struct transfer *const transfer = argument;

	transfer->result =
		transfer->sends ? send(transfer->fd, bulk, transfer->length, transfer->flags)
				: recv(transfer->fd, bulk, transfer->length, transfer->flags);
	return NULL;
}

/* Something has gone already: any handler ends the call with that count (socket(7) does not say
 * so; net/ipv4/tcp.c: tcp_recvmsg_locked, tcp_sendmsg_locked). */
static void partial(int family, bool sends, int flags, int handler_flags)
{
	struct transfer one = {
		.flags = flags, .length = sends ? sizeof bulk : 4096, .sends = sends};
	char buffer[65536];
	pthread_t thread;
	long seen = 0;
	int pair[2];
	pid_t tid;

	stream_pair(family, pair);
	one.fd = pair[0];
	install(SIGUSR1, count, handler_flags);
	if (!sends)
		ck_assert_int_eq(send(pair[1], "hello", 5, 0), 5);
	thread = background(&tid, transfer, &one);
	wait_until_waiting(tid);
	ck_assert_int_eq(pthread_kill(thread, SIGUSR1), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_gt(one.result, 0);
	ck_assert_int_lt(one.result, (long)one.length);
	if (!sends) {
		ck_assert_int_eq(one.result, 5);
		return;
	}
	/* What the count says has arrived, and no more. */
	ck_assert_int_eq(shutdown(pair[0], SHUT_WR), 0);
	for (;;) {
		const ssize_t n = recv(pair[1], buffer, sizeof buffer, 0);

		ck_assert_int_ge(n, 0);
		if (n == 0)
			break;
		seen += n;
	}
	ck_assert_int_eq(seen, one.result);
}

BEHAVIOUR_LOOP(partly, NATIVE | LONG, 4)
{
	const int family = (_i & 1) != 0 ? AF_INET : AF_UNIX;
	const int flags = (_i & 2) != 0 ? SA_RESTART : 0;

	partial(family, true, 0, flags);
	partial(family, false, MSG_WAITALL, flags);
	if (family == AF_INET)
		partial(family, false, MSG_WAITALL | MSG_PEEK, flags);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "inside of handlers");
}
