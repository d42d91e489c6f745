/*
 * Scenarios in which another thread or process acts while the call waits, and sandboxes.
 */
#include "config.h"

#include "table/table.h"
#include "process/unwound.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static const char *cancelled_why_not(const struct blocking *row)
{
#ifdef __i386__
	if (strcmp(row->call->name, "dprintf") == 0)
		return "dprintf(3) of glibc crashes natively when its thread is cancelled";
#endif
	return (row->call->traits & NOT_CANCELLABLE) != 0 ? "the call is no cancellation point"
							  : row->never;
}

static atomic_int cleaned;

static void clean(void *argument)
{
	(void)argument;
	atomic_fetch_add(&cleaned, 1);
}

static void *play_with_cleanup(void *scene)
{
	pthread_cleanup_push(clean, NULL);
	pthread_cleanup_push(clean, NULL);
	unwound_call(scene, &cleaned);
	pthread_cleanup_pop(0);
	pthread_cleanup_pop(0);
	return NULL;
}

/* Twice: the second call waits as the first did. */
static void cancelled(struct scene *scene)
{
	void *ended_by;

	scene_prepare(scene, scene->blocking);
	for (int again = 0; again < (row_is_connect(scene->blocking) ? 1 : 2); again++) {
		scene->thread = background(&scene->tid, play_with_cleanup, scene);
		wait_until_waiting(scene->tid);
		ck_assert_int_eq(pthread_cancel(scene->thread), 0);
		ck_assert_int_eq(pthread_join(scene->thread, &ended_by), 0);
		ck_assert_ptr_eq(ended_by, PTHREAD_CANCELED);
		ck_assert_int_eq(atomic_load(&cleaned), 3 * (again + 1));
		ck_untouched(scene);
	}
	ck_goes_on(scene);
}

static void *play_uncancelled(void *scene)
{
	ck_assert_int_eq(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL), 0);
	return play(scene);
}

static void cancellation_disabled(struct scene *scene)
{
	scene_prepare(scene, scene->blocking);
	scene->thread = background(&scene->tid, play_uncancelled, scene);
	wait_until_waiting(scene->tid);
	ck_assert_int_eq(pthread_cancel(scene->thread), 0);
	wait_until_waiting(scene->tid);
	release_and_join(scene);
}

static const char *closed_why_not(const struct blocking *row)
{
	return row_is_wait(row)
		       ? "a wait for a descriptor that is closed is undefined (select(2))"
		       : row->never;
}

/* Natively the call waits on. Under the library the call may also find that the number is gone; so may dprintf(3),
 * which writes again after EINTR from glibc 2.37 on. */
static void closed(struct scene *scene)
{
	const bool may_find_nothing =
		mode() != MODE_NATIVE || (scene->blocking->call->traits & ON_A_STREAM) != 0;
	int expected = ETIMEDOUT;

	play_in_background(scene, scene->blocking);
	ck_assert_int_eq(close(scene->fd), 0);
	if (mode() != MODE_SHORT) {
		expected = EINTR;
		handle(SIGUSR2, 0);
		wait_until_blocked(scene->tid, -1);
		ck_assert_int_eq(pthread_kill(scene->thread, SIGUSR2), 0);
	}
	ck_assert_int_eq(pthread_join(scene->thread, NULL), 0);
	ck_took_in_time(scene->ended - scene->started, SHORT_MS);
	if (scene->error == EBADF && may_find_nothing)
		expected = EBADF;
	ck_outcome(scene, -1, expected);
}

/* The number means another socket when the call ends: neither has a timer, and the new one waits. The library
 * fails with EBADF where a slice of its wait ends before the signal comes. */
static void reused(struct scene *scene)
{
	static struct scene next;
	int kept;

	handle(SIGUSR2, 0);
	play_in_background(scene, scene->blocking);
	kept = dup(scene->fd);
	ck_assert_int_ge(kept, 0);
	scene_prepare(&next, scene->blocking);
	ck_assert_int_eq(dup2(next.fd, scene->fd), scene->fd);
	ck_assert_int_eq(pthread_kill(scene->thread, SIGUSR2), 0);
	ck_assert_int_eq(pthread_join(scene->thread, NULL), 0);
	ck_outcome(scene, -1, mode() != MODE_NATIVE && scene->error == EBADF ? EBADF : EINTR);
	ck_no_timers(scene->blocking->name);
	ck_assert_int_eq(close(kept), 0);
	ck_assert_int_eq(close(next.fd), 0);
	next.fd = scene->fd;
	scene_start(&next);
	release_and_join(&next);
	ck_no_timers(scene->blocking->name);
}

static const char *reused_why_not(const struct blocking *row)
{
	return row_repeats(row) ? REPEATS : row->never;
}

static const char *beside_why_not(const struct blocking *row)
{
	if (row_repeats(row))
		return REPEATS;
	return row_is_connect(row) ? "a socket is connected by one thread" : row->never;
}

/* One thread's call is interrupted while another thread waits in the same call. */
static void beside(struct scene *scene)
{
	struct scene second;

	handle(SIGUSR2, 0);
	play_in_background(scene, scene->blocking);
	memcpy(&second, scene, sizeof second);
	scene_start(&second);
	ck_assert_int_eq(pthread_kill(second.thread, SIGUSR2), 0);
	join_expecting(&second, -1, EINTR);
	wait_until_waiting(scene->tid);
	ck_assert(!atomic_load(&scene->done));
	release_and_join(scene);
	ck_no_timers(scene->blocking->name);
}

/* Whether the process has ended, with success. */
static bool has_ended(pid_t process, int options)
{
	int status;

	if (waitpid(process, &status, options) != process)
		return false;
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the child: status %x",
		      (unsigned)status);
	return true;
}

/* Exit statuses of a child: 0 is as it ought to be. */
static int call_in_child(struct scene *scene)
{
	const double least = mode() == MODE_SHORT ? SHORT_MS : 0;

	(void)play(scene);
	if (scene->ended - scene->started < least)
		return 1;
	if (mode() == MODE_SHORT)
		return scene->result == -1 && scene->error == ETIMEDOUT ? 0 : 2;
	return scene->result == BLOCKING_RESULT ? 0 : 3;
}

/* A child inherits the socket, and makes the call. */
static void after_fork(struct scene *scene)
{
	double started;
	pid_t child;

	scene_prepare(scene, scene->blocking);
	started = now_ms();
	child = fork();
	if (child == 0)
		_exit(call_in_child(scene));
	if (mode() != MODE_SHORT) {
		wait_until_waiting(child);
		scene_let_go(scene);
		while (scene->blocking->option == SO_SNDTIMEO && !has_ended(child, WNOHANG))
			scene_let_go(scene);
		if (scene->blocking->option == SO_SNDTIMEO)
			return;
	}
	ck_assert(has_ended(child, 0));
	ck_in_time(started, SHORT_MS);
	ck_untouched(scene);
}

/* The child of a process of which a thread waits finds the socket as it was. */
static void forked_meanwhile(struct scene *scene)
{
	pid_t child;

	play_in_background(scene, scene->blocking);
	child = fork();
	if (child == 0) {
		ck_untouched(scene);
		_exit(0);
	}
	ck_assert(has_ended(child, 0));
	release_and_join(scene);
}

/* A filter that allows everything: from now on the process is native. */
static void sandboxed(struct scene *scene)
{
	static struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	const struct sock_fprog program = {1, &allow};

	scene_prepare(scene, scene->blocking);
	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
	scene_start(scene);
	if (mode() == MODE_SHORT) {
		(void)poll(NULL, 0, 2 * SHORT_MS);
		ck_assert(!atomic_load(&scene->done));
	}
	release_and_join(scene);
}

const struct scenario process_scenarios[] = {
	{"cancelled", NATIVE | LONG, cancelled, cancelled_why_not},
	{"cancellation-disabled", NATIVE | LONG, cancellation_disabled, row_waits},
	{"closed", ALL, closed, closed_why_not},
	{"number-reused", NATIVE | LONG, reused, reused_why_not},
	{"beside-another", NATIVE | LONG, beside, beside_why_not},
	{"after-fork", ALL, after_fork, row_waits},
	{"forked-meanwhile", NATIVE | LONG, forked_meanwhile, row_waits},
	{"sandboxed", ALL, sandboxed, row_waits},
};
const int process_scenario_count = COUNT(process_scenarios);
