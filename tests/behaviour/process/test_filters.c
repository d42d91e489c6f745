/*
 * Filters of system calls (seccomp(2)) from before the library starts. The kernel has no memory: poll(2) with
 * descriptors, or mmap(2), fails with ENOMEM. The process is killed for a receive from what is no socket.
 */
#include "config.h"

#include "harness/harness.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#ifdef SYS_mmap2
#define CALL_OF_MMAP SYS_mmap2
#else
#define CALL_OF_MMAP SYS_mmap
#endif
#define LOAD(field)    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define IS(value, yes) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, yes, 0)
#define ALLOW          BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define REFUSE         BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOMEM)

/* poll(NULL, 0, …), a sleep, is allowed: the count is 0, in both halves. */
static struct sock_filter no_poll[] = {
	LOAD(nr),
	IS(SYS_poll, 2),
	IS(SYS_ppoll, 1),
	ALLOW,
	LOAD(args[1]),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 2),
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1]) + 4),
	IS(0, 1),
	REFUSE,
	ALLOW,
};

/* The library asks for as many bytes as it needs, or for one page; libc and the dynamic linker ask for more
 * pages. */
static struct sock_filter no_map[] = {
	LOAD(nr),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, CALL_OF_MMAP, 0, 6),
	LOAD(args[3]),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x22 /* MAP_PRIVATE | MAP_ANONYMOUS */, 0, 4),
	LOAD(args[1]),
	IS(MEMORY_PAGE, 1),
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, MEMORY_PAGE - 1, 0, 1),
	REFUSE,
	ALLOW,
};

static struct sock_filter no_receive[] = {
	LOAD(nr),
	IS(SYS_recvfrom, 1),
	ALLOW,
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
};

/* Start this program under the filter, to do the part of that name. Returns the status of waitpid(2). */
static int run_under(struct sock_filter *filter, size_t count, const char *part)
{
	const struct sock_fprog program = {(unsigned short)count, filter};
	int status;
	const pid_t child = fork();

	if (child == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
		    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
			_exit(77);
		(void)execl("/proc/self/exe", "test_filters", "part", part, (char *)NULL);
		_exit(127);
	}
	ck_assert_int_gt(child, 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return status;
}

static void *receive_one(void *fd)
{
	char byte;

	return (void *)(intptr_t)recv(*(const int *)fd, &byte, 1, 0);
}

/* The program's own poll(2) fails; a receive waits all the same, with few tries. */
START_TEST(poll_fails)
{
	struct pollfd own = {.events = POLLIN};
	pthread_t thread;
	void *result;
	char byte;
	int pair[2];
	pid_t id;

	tcp_pair(pair);
	own.fd = pair[0];
	ck_failed(poll(&own, 1, -1), ENOMEM);
	if (mode() == MODE_SHORT) {
		const double started = now_ms(), used = processor_ms();

		ck_timed_out(recv(pair[0], &byte, 1, 0), started);
		ck_assert_double_lt(processor_ms() - used, SHORT_MS / 3.0);
	}
	thread = background(&id, receive_one, &pair[0]);
	wait_until_waiting(id);
	ck_assert_int_eq(send(pair[1], "a", 1, 0), 1);
	ck_assert_int_eq(pthread_join(thread, &result), 0);
	ck_assert_int_eq((intptr_t)result, 1);
}
END_TEST

BEHAVIOUR_TEST(no_memory_to_poll, ALL)
{
	const int status = run_under(no_poll, sizeof no_poll / sizeof *no_poll, "poll");

	ck_assert_msg(status == 0, "status %x", (unsigned)status);
}

/* Rules that there is no memory for are not used: SPEC bounds the call. So too in a child process, although
 * there is no page that tells the processes apart. */
START_TEST(map_fails)
{
	char byte;
	int pair[2], status;
	double started;
	pid_t child;

	tcp_pair(pair);
	child = fork();
	started = now_ms();
	ck_timed_out(recv(pair[0], &byte, 1, 0), started);
	if (child == 0)
		_exit(0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}
END_TEST

BEHAVIOUR_TEST(no_memory_for_rules, SHORT)
{
	int status;

	ck_assert_int_eq(setenv("SOCKTIMEOUT_RULES", "op=recv timeout=off", 1), 0);
	status = run_under(no_map, sizeof no_map / sizeof *no_map, "map");
	ck_assert_msg(status == 0, "status %x", (unsigned)status);
}

/* A number that was a socket's and is a file's, by open(2), which the library does not see. */
START_TEST(reads_file)
{
	const int before = socket(AF_INET, SOCK_STREAM, 0);
	char byte = 1;
	int file;

	ck_assert_int_ge(before, 0);
	ck_assert_int_eq(close(before), 0);
	file = open("/dev/zero", O_RDONLY);
	ck_assert_int_eq(file, before);
	ck_assert_int_eq(read(file, &byte, 1), 1);
	ck_assert_int_eq(byte, 0);
}
END_TEST

BEHAVIOUR_TEST(no_receive_from_file, ALL)
{
	const int status =
		run_under(no_receive, sizeof no_receive / sizeof *no_receive, "file");

	ck_assert_msg(status == 0, "status %x", (unsigned)status);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		const TTest *const *test;
	} parts[] = {{"poll", &poll_fails}, {"map", &map_fails}, {"file", &reads_file}};

	for (int i = 0; argc == 3 && strcmp(argv[1], "part") == 0 && i < COUNT(parts); i++)
		if (strcmp(argv[2], parts[i].name) == 0) {
			Suite *const suite = suite_create(argv[2]);

			add(suite, argv[2], *parts[i].test);
			return run_suite(suite, CK_FORK_GETENV, CK_MINIMAL);
		}
	return behaviour_main(argc, argv, "filters from before the start");
}
