/*
 * Processes that lock themselves into a sandbox of seccomp(2): what they may call is theirs to say,
 * so from then on they are as without the library.
 */
#include "config.h"

#include "harness.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

/* What the library makes of read and write, and what it asks the kernel. */
static const unsigned int forbidden[] = {
	SYS_sendto,     SYS_recvfrom,    SYS_sendmsg,     SYS_recvmsg, SYS_getsockopt,
	SYS_setsockopt, SYS_getsockname, SYS_getpeername, SYS_fcntl,   SYS_ioctl,
	SYS_ppoll,      SYS_futex,       SYS_openat,
};
#define FORBIDDEN (sizeof forbidden / sizeof *forbidden)

/* From now on one of the first count of those is the end. */
static void lock_in(size_t count)
{
	struct sock_filter filter[2 * FORBIDDEN + 2];
	struct sock_fprog program = {.filter = filter};

	filter[program.len++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
							     offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < count; i++) {
		filter[program.len++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
								     forbidden[i], 0, 1);
		filter[program.len++] =
			(struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	}
	filter[program.len++] =
		(struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

/* A byte through from one to the other, by calls that a sandbox allows. */
static bool passes(int from, int to, bool vectors)
{
	char byte = 'a';
	struct iovec vector = {&byte, 1};

	if (vectors)
		return writev(from, &vector, 1) == 1 && readv(to, &vector, 1) == 1;
	return write(from, &byte, 1) == 1 && read(to, &byte, 1) == 1;
}

static void ck_child_passed(pid_t child)
{
	int status;

	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}

/* One that was used before, and one that was not. */
START_TEST(killing_filter)
{
	const pid_t child = fork();

	if (child == 0) {
		int used[2], fresh[2], tube[2];

		if (socketpair(AF_UNIX, SOCK_STREAM, 0, used) != 0 ||
		    socketpair(AF_UNIX, SOCK_STREAM, 0, fresh) != 0 || pipe(tube) != 0 ||
		    !passes(used[0], used[1], false))
			_exit(1);
		lock_in(FORBIDDEN);
		_exit(passes(used[0], used[1], false) && passes(used[0], used[1], true) &&
				      passes(fresh[0], fresh[1], false) &&
				      passes(fresh[0], fresh[1], true) &&
				      passes(tube[1], tube[0], false) &&
				      dup2(fresh[0], used[0]) == used[0] &&
				      passes(used[0], fresh[1], false)
			      ? 0
			      : 2);
	}
	ck_child_passed(child);
}
END_TEST

START_TEST(strict_mode)
{
	const pid_t child = fork();

	if (child == 0) {
		int pair[2], tube[2];
		bool passed;

		if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0 || pipe(tube) != 0 ||
		    prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0)
			_exit(1);
		passed = passes(pair[0], pair[1], false) && passes(tube[1], tube[0], false);
		/* exit_group is forbidden. */
		(void)syscall(SYS_exit, passed ? 0 : 2);
	}
	ck_child_passed(child);
}
END_TEST

static void *late_byte(void *pair)
{
	(void)usleep(3 * SHORT_MS * 1000);
	ck_assert_int_eq(write(((int *)pair)[0], "a", 1), 1);
	return NULL;
}

/* No timer of the library's is left on a socket that it has bounded. */
START_TEST(waits_natively)
{
	pthread_t thread;
	char byte;
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	for (int i = 0; mode() == MODE_SHORT && i < 3; i++) {
		const double start = now_ms();

		ck_timed_out(recv(pair[1], &byte, 1, 0), start);
	}
	lock_in(0);
	ck_assert_int_eq(pthread_create(&thread, NULL, late_byte, pair), 0);
	ck_assert_int_eq(recv(pair[1], &byte, 1, 0), 1);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}
END_TEST

/* Who asks whether there are filters is not in a sandbox. */
START_TEST(asks_only)
{
	const double start = now_ms();
	char byte;
	int pair[2];

	ck_failed(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL), EFAULT);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ck_timed_out(recv(pair[1], &byte, 1, 0), start);
}
END_TEST

static void populate(Suite *suite)
{
	add(suite, "a filter that kills", killing_filter);
	add(suite, "strict mode", strict_mode);
	add(suite, "waits in a sandbox", waits_natively);
	if (mode() == MODE_SHORT)
		add(suite, "a question", asks_only);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "sandbox", populate);
}
