/*
 * Which processes run in memory of their own, for every way to make a process; with the page of
 * shim/system/process.c, and where the kernel refuses to wipe it.
 */
#include "config.h"

#include <check.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run.h"
#include "shim/system/process.h"

#define STACK 65536
extern char **environ;

/* The exit status of a child: what process_memory_is_borrowed says there. */
static bool answer_of(pid_t child)
{
	int status;

	ck_assert_int_gt(child, 0);
	ck_assert_int_eq(waitpid(child, &status, __WALL), child);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) <= 1, "status %x",
		      (unsigned int)status);
	return WEXITSTATUS(status) == 1;
}

static int ask(void *argument)
{
	(void)argument;
	return process_memory_is_borrowed() ? 1 : 0;
}

static bool forked(void)
{
	const pid_t child = fork();

	if (child == 0)
		_exit(ask(NULL));
	return answer_of(child);
}

static bool vforked(void)
{
	const pid_t child = vfork();

	if (child == 0)
		_exit(ask(NULL));
	return answer_of(child);
}

/* The kernel's fork, of which libc knows nothing. */
static pid_t raw_fork(void)
{
	return (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}

static bool raw_forked(void)
{
	const pid_t child = raw_fork();

	if (child == 0)
		_exit(ask(NULL));
	return answer_of(child);
}

static bool cloned(int flags)
{
	static _Alignas(16) char stack[STACK];

	return answer_of(clone(ask, stack + STACK, flags | SIGCHLD, NULL));
}

static void ck_own(void)
{
	for (int i = 0; i < 2; i++) {
		errno = EXDEV;
		ck_assert(!process_memory_is_borrowed());
		ck_assert_int_eq(errno, EXDEV);
	}
}

/* All that is known to be right in every mode. */
static void ck_children(void)
{
	char *const command[] = {"true", NULL};
	pid_t child;

	ck_own();
	ck_assert(!forked());
	ck_assert(vforked());
	ck_assert(cloned(CLONE_VM | CLONE_VFORK));
	ck_assert(cloned(CLONE_VM));
	ck_assert_int_eq(posix_spawnp(&child, "true", NULL, NULL, command, environ), 0);
	ck_assert(!answer_of(child));
	ck_own();
}

/* In a child, the assertions of which end the child. */
static void in_child(pid_t child, void (*check)(void))
{
	if (child == 0) {
		check();
		_exit(0);
	}
	ck_assert(!answer_of(child));
}

START_TEST(started)
{
	process_start();
	process_start();
	ck_children();
	ck_assert(!raw_forked());
	ck_assert(!cloned(0));
	in_child(fork(), ck_children);
}
END_TEST

/* An early wrapper comes before the constructor. */
START_TEST(not_started)
{
	ck_children();
	process_start();
	ck_children();
}
END_TEST

/* The first to ask is a borrower. */
START_TEST(borrower_first)
{
	ck_assert(vforked());
	ck_children();
}
END_TEST

START_TEST(raw_clone)
{
	process_start();
	in_child(raw_fork(), ck_children);
	ck_children();
}
END_TEST

static void ck_raw_children(void)
{
	ck_children();
	ck_assert(!raw_forked());
}

/* Past the fork handlers, twice, with nobody who asks between. */
START_TEST(raw_clone_twice)
{
	pid_t child;

	process_start();
	child = raw_fork();
	if (child == 0)
		in_child(raw_fork(), ck_own);
	if (child == 0)
		_exit(0);
	ck_assert(!answer_of(child));
	in_child(raw_fork(), ck_raw_children);
}
END_TEST

/* A vfork child that is the first to ask does no harm to its parent. */
START_TEST(raw_clone_vforks_first)
{
	pid_t child;

	process_start();
	child = raw_fork();
	if (child == 0) {
		(void)vforked();
		ck_children();
		_exit(0);
	}
	ck_assert(!answer_of(child));
}
END_TEST

static void *in_thread(void *argument)
{
	(void)argument;
	ck_raw_children();
	return NULL;
}

START_TEST(threads)
{
	pthread_t thread;

	process_start();
	ck_assert_int_eq(pthread_create(&thread, NULL, in_thread, NULL), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}
END_TEST

/* madvise(2) fails. */
static void refuse_madvise(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog filter = {4, code};

	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter), 0);
}

START_TEST(refused)
{
	refuse_madvise();
	process_start();
	ck_children();
	in_child(fork(), ck_children);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("process");
	TCase *test = tcase_create("process");

	tcase_add_test(test, started);
	tcase_add_test(test, not_started);
	tcase_add_test(test, borrower_first);
	tcase_add_test(test, raw_clone);
	tcase_add_test(test, raw_clone_twice);
	tcase_add_test(test, raw_clone_vforks_first);
	tcase_add_test(test, threads);
	tcase_add_test(test, refused);
	suite_add_tcase(suite, test);
	return unit_run(suite);
}
