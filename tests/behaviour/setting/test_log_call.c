/*
 * SOCKTIMEOUT_LOG_LEVEL=call: every wrapped call is printed, with what the program was given; the
 * calls are what they would have been, and nothing of the library's own is seen.
 */
#include "config.h"

#include "harness/running.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/uio.h>

/* The log's line that matches, with a call's time behind it; else the test fails. */
static void ck_printed(const struct run *run, const char *call)
{
	char expression[500];
	int lines = 0;

	(void)snprintf(expression, sizeof expression,
		       "^socktimeout: victim\\[%d\\]: %s <[0-9]+\\.[0-9]{6}>$", (int)run->pid,
		       call);
	for (const char *c = run->complained; *c != '\0'; c++)
		lines += *c == '\n';
	ck_lines(run->complained, lines, expression);
}

BEHAVIOUR_TEST(printed, ONCE)
{
	struct run run = {.log = "stderr", .level = "call"};

	/* Without any timeout. */
	RUN_VICTIM(&run, "calls");
	ck_printed(&run, "socket\\(AF_INET, SOCK_STREAM, IPPROTO_IP\\) = [0-9]+");
	ck_printed(&run, "connect\\([0-9]+, 127\\.0\\.0\\.1:[0-9]+, [0-9]+\\) = 0");
	ck_printed(&run, "accept\\([0-9]+, NULL, NULL\\) = [0-9]+");
	ck_printed(&run,
		   "recv\\([0-9]+, 0x[0-9a-f]+, 1, MSG_PEEK\\|MSG_DONTWAIT\\) = -1 EAGAIN");
	ck_printed(&run, "poll\\(\\[\\{fd=[0-9]+, events=POLLIN\\}\\], 1, 0\\) = 0");
	ck_printed(&run, "fcntl(64)?\\([0-9]+, F_DUPFD_CLOEXEC, 200\\) = 200");
	ck_printed(&run, "close\\([0-9]+\\) = 0");
	ck_printed(&run, "close\\(-1\\) = -1 EBADF");
	ck_printed(&run, "fdopen\\([0-9]+, \"w\"\\) = 0x[0-9a-f]+");
	/* What the stream writes, as one call. */
	ck_printed(&run, "write\\([0-9]+, 0x[0-9a-f]+, 10\\) = 10");
}

/* The same program prints the same with a timeout; what the library does for it is not seen. */
BEHAVIOUR_TEST(nothing_of_ours, ONCE)
{
	static const char *const specs[] = {NULL, "300s", "50ms"};
	struct run run = {.log = "stderr", .level = "call"};
	int lines[3] = {0, 0, 0};

	for (int i = 0; i < 3; i++) {
		run.spec = specs[i];
		RUN_VICTIM(&run, "calls");
		for (const char *c = run.complained; *c != '\0'; c++)
			lines[i] += *c == '\n';
	}
	ck_assert_int_gt(lines[0], 8);
	ck_assert_int_eq(lines[1], lines[0]);
	ck_assert_int_eq(lines[2], lines[0]);
	/* The one about the timeout, the call that failed so, and that the victim tells of it. */
	RUN_VICTIM(&run, "calls", "recv");
	ck_printed(&run, "recv\\([0-9]+, 0x[0-9a-f]+, 1, 0\\) = -1 ETIMEDOUT");
	ck_assert_ptr_nonnull(strstr(run.complained, ") timed out after 0.0"));
	ck_lines(run.complained, lines[0] + 3, NULL);
}

/* Without a log there is nothing to print to. */
BEHAVIOUR_TEST(nowhere, ONCE)
{
	struct run run = {.level = "call", .spec = "50ms"};

	RUN_VICTIM(&run, "calls", "recv");
	ck_said_timed_out(&run, "recv", 50);
	ck_assert_str_eq(run.complained, "");
	/* Nor is printed into a file of the program's. */
	run.log = "stderr";
	RUN_VICTIM(&run, "close=2", "calls", "recv");
	ck_said_timed_out(&run, "recv", 50);
}

/* Pointers that lead nowhere are the kernel's business. Each mode is run with the level set, and
 * natively: what comes out is the same. */
BEHAVIOUR_TEST(bad_pointers, ALL)
{
	void *const page =
		mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct sockaddr *const bad = (struct sockaddr *)((char *)page + 4096);
	struct iovec vector = {bad, 10};
	socklen_t length = 16;
	int pair[2];

	stream_pair(AF_UNIX, pair);
	ck_assert_int_eq(munmap(bad, 4096), 0);
	ck_failed(connect(pair[0], bad, 16), EFAULT);
	ck_failed(getsockopt(pair[0], SOL_SOCKET, SO_ERROR, bad, &length), EFAULT);
	ck_failed(setsockopt(pair[0], SOL_SOCKET, SO_KEEPALIVE, bad, 4), EFAULT);
	ck_failed(poll((struct pollfd *)bad, 1, 0), EFAULT);
	ck_failed(recvmsg(pair[0], (struct msghdr *)bad, MSG_DONTWAIT), EFAULT);
	ck_failed(sendto(pair[0], bad, 10, 0, NULL, 0), EFAULT);
	ck_failed(writev(pair[0], &vector, 1), EFAULT);
	/* Not looked at natively, and not crashed on here. */
	ck_failed(connect(-1, bad, 16), EBADF);
	ck_failed(sendmsg(-1, (struct msghdr *)bad, 0), EBADF);
	ck_failed(recvfrom(-1, page, 1, 0, bad, (socklen_t *)bad), EBADF);
	ck_failed(setsockopt(-1, SOL_SOCKET, SO_LINGER, bad, 8), EBADF);
	/* One that ends at the page's end. */
	memset(page, 0, 4096);
	ck_failed(connect(pair[0], (struct sockaddr *)((char *)bad - 2), 2), EINVAL);
}

static int waited_on;
static long handled;
static int handled_error;

static void receive_in_handler(int number)
{
	char byte;

	(void)number;
	handled = recv(waited_on, &byte, 1, 0);
	handled_error = errno;
}

static void poll_in_handler(int number)
{
	struct pollfd descriptor = {.fd = waited_on, .events = POLLIN};

	(void)number;
	handled = poll(&descriptor, 1, -1);
	receive_in_handler(number);
}

static void select_in_handler(int number)
{
	fd_set readable;

	FD_ZERO(&readable);
	FD_SET(waited_on, &readable);
	handled = select(waited_on + 1, &readable, NULL, NULL, NULL);
	receive_in_handler(number);
}

static void nothing_in_handler(int number)
{
	(void)number;
}

#define STACK_SIZE 65536
static unsigned char *stack;

/* How much of its stack, which has a page below it that is not there, a signal to handler takes. */
static size_t taken_by(void (*handler)(int))
{
	const struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
	size_t left = 0;

	memset(stack, 0xa5, STACK_SIZE);
	ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
	ck_assert_int_eq(raise(SIGUSR1), 0);
	while (stack[left] == 0xa5)
		left++;
	return STACK_SIZE - left;
}

static void open_stack(void)
{
	unsigned char *const pages =
		mmap(NULL, MEMORY_PAGE + STACK_SIZE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(pages, MAP_FAILED);
	ck_assert_int_eq(mprotect(pages, MEMORY_PAGE, PROT_NONE), 0);
	stack = pages + MEMORY_PAGE;
	ck_assert_int_eq(sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = STACK_SIZE}, NULL),
			 0);
}

static void *send_one(void *argument)
{
	const int *const to = argument;

	wait_until_blocked(to[1], -1);
	ck_assert_int_eq(send(to[0], "x", 1, 0), 1);
	return NULL;
}

BEHAVIOUR_LOOP(handler_on_a_small_stack, ALL, 3)
{
	static void (*const handlers[])(int) = {receive_in_handler, poll_in_handler,
						select_in_handler};
	int pair[2], sends[2];
	struct timeval at_once = {0};
	pthread_t sender;
	size_t bare, all;
	char byte;

	tcp_pair(pair);
	waited_on = pair[0];
	sends[0] = pair[1];
	sends[1] = thread_id();
	/* What the dynamic linker needs to find them is not counted. */
	ck_failed(recv(pair[0], &byte, 1, MSG_DONTWAIT), EAGAIN);
	ck_assert_int_eq(poll(NULL, 0, 0) + select(0, NULL, NULL, NULL, &at_once), 0);
	open_stack();
	bare = taken_by(nothing_in_handler);
	if (mode() != MODE_SHORT)
		ck_assert_int_eq(pthread_create(&sender, NULL, send_one, sends), 0);
	/* Of 8 KiB, SIGSTKSZ of old, the kernel takes 3.3 with AVX-512, and a select's sets 1.5. */
	all = taken_by(handlers[_i]);
	ck_assert_uint_lt(all - bare, handlers[_i] == select_in_handler ? 5800 : 4700);
	if (mode() != MODE_SHORT) {
		ck_assert_int_eq(handled, 1);
		ck_assert_int_eq(pthread_join(sender, NULL), 0);
	} else {
		ck_assert_int_eq(handled, -1);
		ck_assert_int_eq(handled_error, ETIMEDOUT);
	}
}

/* errno is what it was; results and data are too. */
BEHAVIOUR_TEST(transparent, ALL)
{
	struct pollfd descriptor = {.events = POLLIN};
	char bytes[4];
	int pair[2];

	stream_pair(AF_INET, pair);
	errno = ENOTTY;
	ck_assert_int_eq(send(pair[0], "abc", 3, 0), 3);
	descriptor.fd = pair[1];
	ck_assert_int_eq(poll(&descriptor, 1, -1), 1);
	ck_assert_int_eq(descriptor.revents, POLLIN);
	ck_assert_int_eq(recv(pair[1], bytes, sizeof bytes, 0), 3);
	ck_assert_mem_eq(bytes, "abc", 3);
	ck_assert_int_eq(close(pair[0]), 0);
	ck_assert_int_eq(read(pair[1], bytes, 1), 0);
	ck_assert_int_eq(errno, ENOTTY);
	ck_failed(recv(pair[0], bytes, 1, 0), EBADF);
}

int main(int argc, char **argv)
{
	/* For the runs under the library. */
	(void)setenv("SOCKTIMEOUT_TEST_LEVEL", "call", 1);
	return behaviour_main(argc, argv, "every call");
}
