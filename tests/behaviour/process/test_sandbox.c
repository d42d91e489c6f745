/*
 * Processes that lock themselves into a sandbox of seccomp(2): what they may call is theirs to say,
 * so from then on they are as without the library.
 */
#include "config.h"

#include "harness/waiting.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

/* The timers of sockets; what the library makes of read and write, and what it asks the kernel. */
static const unsigned int forbidden[] = {
	SYS_setsockopt, SYS_sendto,      SYS_recvfrom,    SYS_sendmsg, SYS_recvmsg,
	SYS_getsockopt, SYS_getsockname, SYS_getpeername, SYS_fcntl,   SYS_ioctl,
	SYS_ppoll,      SYS_futex,       SYS_openat,
};
#define FORBIDDEN (sizeof forbidden / sizeof *forbidden)

/* The ways to install a filter; the last is libseccomp's. */
static long by_prctl(const struct sock_fprog *program)
{
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program);
}

static long by_prctl_number(const struct sock_fprog *program)
{
	return syscall(SYS_prctl, PR_SET_SECCOMP, (long)SECCOMP_MODE_FILTER, program, 0L, 0L);
}

static long by_seccomp(const struct sock_fprog *program)
{
	return syscall(SYS_seccomp, (long)SECCOMP_SET_MODE_FILTER, 0L, program);
}

static long by_seccomp_for_all(const struct sock_fprog *program)
{
	return syscall(SYS_seccomp, (long)SECCOMP_SET_MODE_FILTER,
		       (long)SECCOMP_FILTER_FLAG_TSYNC, program);
}

static long (*const installers[])(const struct sock_fprog *program) = {
	by_prctl, by_prctl_number, by_seccomp, by_seccomp_for_all};

/* From now on one of the first count of those has that end (SECCOMP_RET_…). */
static void lock_in(size_t count, unsigned int end,
		    long (*install)(const struct sock_fprog *program))
{
	struct sock_filter filter[2 * FORBIDDEN + 2];
	struct sock_fprog program = {.filter = filter};

	filter[program.len++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
							     offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < count; i++) {
		filter[program.len++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
								     forbidden[i], 0, 1);
		filter[program.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, end);
	}
	filter[program.len++] =
		(struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	ck_assert_int_eq(install(&program), 0);
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

/* As vsftpd makes its sessions: libc knows nothing of the new process. */
static pid_t raw_fork(void)
{
	return (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}

static pid_t (*const makers[])(void) = {fork, raw_fork};

/* What the filters answer: the end, or an error that a program takes as it comes. */
static const unsigned int ends[] = {SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_ERRNO | EPERM,
				    SECCOMP_RET_ERRNO | ENOSYS};
#define ENDS COUNT(ends)

/* One pair was used before, and one was not. */
static int locked_in(unsigned int end, long (*install)(const struct sock_fprog *program))
{
	int used[2], fresh[2], tube[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, used) != 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, fresh) != 0 || pipe(tube) != 0 ||
	    !passes(used[0], used[1], false))
		return 1;
	lock_in(FORBIDDEN, end, install);
	return passes(used[0], used[1], false) && passes(used[0], used[1], true) &&
			       passes(fresh[0], fresh[1], false) &&
			       passes(fresh[0], fresh[1], true) &&
			       passes(tube[1], tube[0], false) &&
			       syscall(SYS_write, fresh[0], "a", 1L) == 1 &&
			       syscall(SYS_read, fresh[1], &(char){0}, 1L) == 1 &&
			       dup2(fresh[0], used[0]) == used[0] &&
			       passes(used[0], fresh[1], false)
		       ? 0
		       : 2;
}

BEHAVIOUR_LOOP(filter, ALL, COUNT(installers) * ENDS * COUNT(makers))
{
	const int maker = _i % COUNT(makers), kind = _i / COUNT(makers);
	const pid_t child = makers[maker]();

	if (child == 0)
		_exit(locked_in(ends[kind % ENDS], installers[kind / ENDS]));
	ck_child_passed(child);
}

/* One thread's filter. */
static void *lock_thread_in(void *argument)
{
	lock_in(FORBIDDEN, SECCOMP_RET_KILL_PROCESS, by_seccomp);
	return passes(((int *)argument)[0], ((int *)argument)[1], false) ? argument : NULL;
}

BEHAVIOUR_TEST(filter_of_thread, ALL)
{
	pthread_t thread;
	void *result;
	int pair[2];

	unix_pair(SOCK_STREAM, pair);
	ck_assert_int_eq(pthread_create(&thread, NULL, lock_thread_in, pair), 0);
	ck_assert_int_eq(pthread_join(thread, &result), 0);
	ck_assert_ptr_eq(result, pair);
	ck_assert(passes(pair[0], pair[1], false));
}

/* A child on our memory has a filter; we have none. */
BEHAVIOUR_LOOP(filter_of_vfork, SHORT, COUNT(installers))
{
	static struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	const struct sock_fprog program = {1, &allow};
	const double start = now_ms();
	char byte;
	int pair[2];
	pid_t child;

	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	unix_pair(SOCK_STREAM, pair);
	child = vfork();
	if (child == 0)
		_exit(installers[_i](&program) == 0 ? 0 : 1);
	ck_child_passed(child);
	ck_timed_out(recv(pair[1], &byte, 1, 0), start);
}

BEHAVIOUR_LOOP(strict_mode, ALL, 2)
{
	const pid_t child = fork();

	if (child == 0) {
		int pair[2], tube[2];
		bool passed;

		if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0 || pipe(tube) != 0 ||
		    (_i == 0 ? prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT)
			     : (int)syscall(SYS_seccomp, (long)SECCOMP_SET_MODE_STRICT, 0L,
					    NULL)) != 0)
			_exit(1);
		passed = passes(pair[0], pair[1], false) && passes(tube[1], tube[0], false);
		/* exit_group is forbidden. */
		(void)syscall(SYS_exit, passed ? 0 : 2);
	}
	ck_child_passed(child);
}

static void *late_byte(void *pair)
{
	(void)usleep(3 * SHORT_MS * 1000);
	ck_assert_int_eq(write(((int *)pair)[0], "a", 1), 1);
	return NULL;
}

/* No timer of the library's is left on a socket that it has bounded. */
BEHAVIOUR_LOOP(waits_natively, ALL, COUNT(installers))
{
	pthread_t thread;
	char byte;
	int pair[2];

	unix_pair(SOCK_STREAM, pair);
	for (int i = 0; mode() == MODE_SHORT && i < 3; i++) {
		const double start = now_ms();

		ck_timed_out(recv(pair[1], &byte, 1, 0), start);
	}
	lock_in(0, SECCOMP_RET_ALLOW, installers[_i]);
	ck_assert_int_eq(pthread_create(&thread, NULL, late_byte, pair), 0);
	ck_assert_int_eq(recv(pair[1], &byte, 1, 0), 1);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

static int waits_on;

static void *accept_one(void *connection)
{
	*(int *)connection = accept(waits_on, NULL, NULL);
	return NULL;
}

/* The filter comes while accept waits without a timer. */
BEHAVIOUR_TEST(accept_goes_on, NATIVE | LONG)
{
	struct sockaddr_in address;
	const int fd = socket(AF_INET, SOCK_STREAM, 0);
	pthread_t thread;
	int connection;
	pid_t id;

	waits_on = tcp_listener(&address, 1);
	thread = background(&id, accept_one, &connection);
	wait_until_blocked(id, mode() == MODE_NATIVE ? -1 : waiter_number(WAITER_POLL));
	lock_in(1, SECCOMP_RET_KILL_PROCESS, by_seccomp_for_all);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_ge(connection, 0);
	ck_assert_int_eq(kernel_timer(connection, SO_RCVTIMEO), 0);
}

static void *peek_two(void *seen)
{
	char bytes[2];

	*(ssize_t *)seen = recv(waits_on, bytes, sizeof bytes, MSG_PEEK | MSG_WAITALL);
	return NULL;
}

/* The filter comes while a call waits with a timer. */
BEHAVIOUR_TEST(timed_call_goes_on, NATIVE | LONG)
{
	pthread_t thread;
	ssize_t seen;
	int pair[2];
	pid_t id;

	tcp_pair(pair);
	waits_on = pair[0];
	ck_assert_int_eq(write(pair[1], "a", 1), 1);
	thread = background(&id, peek_two, &seen);
	wait_until_blocked(id, SYS_recvfrom);
	lock_in(1, SECCOMP_RET_KILL_PROCESS, by_seccomp_for_all);
	ck_assert_int_eq(write(pair[1], "b", 1), 1);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(seen, 2);
	ck_assert_int_eq(kernel_timer(pair[0], SO_RCVTIMEO), 0);
}

/* Who asks whether there are filters is not in a sandbox. */
BEHAVIOUR_TEST(asks_only, SHORT)
{
	static const struct sock_fprog refused = {0, NULL};
	const double start = now_ms();
	char byte;
	int pair[2];

	ck_failed(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL), EFAULT);
	ck_failed(by_seccomp(NULL), EFAULT);
	ck_failed(by_seccomp(&refused), EINVAL);
	unix_pair(SOCK_STREAM, pair);
	ck_timed_out(recv(pair[1], &byte, 1, 0), start);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "sandbox");
}
