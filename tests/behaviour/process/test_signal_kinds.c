/*
 * All the ways to install a handler, and which of two that arrive together decides whether the
 * call goes on. What the program asks about its handlers is what it has installed.
 */
#include "config.h"

#include "harness/blocking.h"

#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static atomic_int handled;

static void count(int number)
{
	(void)number;
	atomic_fetch_add(&handled, 1);
}

static void count_information(int number, siginfo_t *information, void *context)
{
	ck_assert_ptr_nonnull(context);
	if (information->si_signo == number)
		atomic_fetch_add(&handled, 1);
}

static void install(int number, unsigned int flags, int masked)
{
	struct sigaction action = {.sa_handler = count, .sa_flags = (int)flags};

	if ((flags & SA_SIGINFO) != 0)
		action.sa_sigaction = count_information;
	if (masked != 0)
		sigaddset(&action.sa_mask, masked);
	ck_assert_int_eq(sigaction(number, &action, NULL), 0);
}

static void by_sigaction(void)
{
	install(SIGUSR1, SA_RESTART, 0);
}

static void by_sigaction_failing(void)
{
	install(SIGUSR1, 0, 0);
}

static void by_sigaction_with_all(void)
{
	install(SIGUSR1, SA_RESTART | SA_SIGINFO | SA_NODEFER | SA_ONSTACK, 0);
}

static void by_sigaction_with_all_failing(void)
{
	install(SIGUSR1, SA_SIGINFO | SA_NODEFER | SA_ONSTACK | SA_RESETHAND, 0);
}

static void by_signal(void)
{
	ck_assert(signal(SIGUSR1, count) == SIG_DFL);
	ck_assert(signal(SIGUSR1, count) == count);
}

static void by_sysv_signal(void)
{
	ck_assert(sysv_signal(SIGUSR1, count) == SIG_DFL);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

sighandler_t bsd_signal(int, sighandler_t);

static void by_bsd_signal(void)
{
	ck_assert(bsd_signal(SIGUSR1, count) == SIG_DFL);
}

static void by_sigset(void)
{
	ck_assert(sigset(SIGUSR1, count) == SIG_DFL);
	ck_assert(sigset(SIGUSR1, count) == count);
}

static void by_signal_then_siginterrupt(void)
{
	by_signal();
	ck_assert_int_eq(siginterrupt(SIGUSR1, 1), 0);
}

static void by_siginterrupt_then_signal(void)
{
	ck_assert_int_eq(siginterrupt(SIGUSR1, 1), 0);
	by_signal();
}

static void by_siginterrupt_and_back(void)
{
	by_siginterrupt_then_signal();
	ck_assert_int_eq(siginterrupt(SIGUSR1, 0), 0);
}

static void by_siginterrupt_of_failing(void)
{
	by_sigaction_failing();
	ck_assert_int_eq(siginterrupt(SIGUSR1, 0), 0);
}
#pragma GCC diagnostic pop

/* What sigaction(2) returns, put back. */
static void by_saving_and_restoring(void)
{
	struct sigaction saved;

	by_sigaction_failing();
	ck_assert_int_eq(sigaction(SIGUSR1, NULL, &saved), 0);
	ck_assert(signal(SIGUSR1, SIG_IGN) == count);
	by_sigaction();
	ck_assert_int_eq(sigaction(SIGUSR1, &saved, NULL), 0);
}

/* Past libc: the handler is copied from another signal's by system calls. */
static void past_libc(unsigned long flags)
{
	struct {
		void (*handler)(int);
		unsigned long flags;
		void (*restorer)(void);
		unsigned long mask;
	} action;

	install(SIGUSR2, 0, 0);
	ck_assert_int_eq(syscall(SYS_rt_sigaction, SIGUSR2, NULL, &action, 8), 0);
	ck_assert(signal(SIGUSR2, SIG_DFL) == count);
	action.handler = count;
	action.flags = (action.flags & ~(unsigned long)SA_RESTART) | flags;
	ck_assert_int_eq(syscall(SYS_rt_sigaction, SIGUSR1, &action, NULL, 8), 0);
}

static void by_raw_call(void)
{
	past_libc(SA_RESTART);
}

static void by_raw_call_failing(void)
{
	past_libc(0);
}

static const struct {
	void (*install)(void);
	bool restarts;
} installers[] = {
	{by_sigaction, true},
	{by_sigaction_failing, false},
	{by_sigaction_with_all, true},
	{by_sigaction_with_all_failing, false},
	{by_signal, true},
	{by_sysv_signal, false},
	{by_bsd_signal, true},
	{by_sigset, false},
	{by_signal_then_siginterrupt, false},
	{by_siginterrupt_then_signal, false},
	{by_siginterrupt_and_back, true},
	{by_siginterrupt_of_failing, true},
	{by_saving_and_restoring, false},
	{by_raw_call, true},
	{by_raw_call_failing, false},
};

/* Blocks in poll under the library, and in the call itself. */
static const char *const paths[] = {"recv/tcp", "connect/unix"};

static void goes_on_or_fails(struct scene *scene, bool restarts)
{
	if (restarts) {
		wait_until_waiting(scene->tid);
		ck_assert(!atomic_load(&scene->done));
		release_and_join(scene);
	} else {
		join_expecting(scene, -1, EINTR);
	}
}

static void await_handlers(int number)
{
	const double end = now_ms() + HANG_MS;

	while (atomic_load(&handled) < number) {
		ck_assert_double_lt(now_ms(), end);
		(void)poll(NULL, 0, 1);
	}
}

/* Which kind restarts is not a matter of time. */
BEHAVIOUR_LOOP(installed, NATIVE | LONG, COUNT(installers))
{
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		struct scene scene;

		atomic_store(&handled, 0);
		ck_assert_int_eq(signal(SIGUSR1, SIG_DFL) == SIG_ERR, 0);
		installers[_i].install();
		play_in_background(&scene, blocking_named(paths[i]));
		ck_assert_int_eq(pthread_kill(scene.thread, SIGUSR1), 0);
		await_handlers(1);
		goes_on_or_fails(&scene, installers[_i].restarts);
	}
}

/*
 * Both at once: the process is stopped, gets both, and goes on. The kernel takes the lower number
 * first, and that one alone sees the interrupted call: whether the other's handler then runs on
 * top of it or, masked by the first, after it.
 */
static void both(const char *path, bool first_restarts, bool masked)
{
	const pid_t process = fork();
	struct scene scene;
	int status;

	if (process == 0) {
		install(SIGUSR1, first_restarts ? SA_RESTART : 0, masked ? SIGUSR2 : 0);
		install(SIGUSR2, first_restarts ? 0 : SA_RESTART, 0);
		/* In the thread that the signals are sent to: it is the only one. */
		memset(&scene, 0, sizeof scene);
		scene_prepare(&scene, blocking_named(path));
		ck_assert_int_eq(scene_call(&scene), -1);
		_exit(errno == EINTR && atomic_load(&handled) == 2 ? 1 : 2);
	}
	ck_assert_int_gt(process, 0);
	wait_until_waiting(process);
	ck_assert_int_eq(kill(process, SIGSTOP), 0);
	ck_assert_int_eq(waitpid(process, &status, WUNTRACED), process);
	ck_assert(WIFSTOPPED(status));
	ck_assert_int_eq(kill(process, SIGUSR2), 0);
	ck_assert_int_eq(kill(process, SIGUSR1), 0);
	ck_assert_int_eq(kill(process, SIGCONT), 0);
	if (first_restarts) {
		wait_until_waiting(process);
		/* A call that is about to end is not: it must still wait now. */
		ck_assert_int_eq(kill(process, SIGSTOP), 0);
		ck_assert_int_eq(waitpid(process, &status, WUNTRACED), process);
		ck_assert_msg(WIFSTOPPED(status), "%s: status %x", path, (unsigned)status);
		ck_assert_int_eq(kill(process, SIGKILL), 0);
		ck_assert_int_eq(waitpid(process, &status, 0), process);
	} else {
		ck_assert_int_eq(waitpid(process, &status, 0), process);
		ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 1, "%s: status %x",
			      path, (unsigned)status);
	}
}

BEHAVIOUR_LOOP(together, NATIVE | LONG, 4)
{
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		both(paths[i], (_i & 1) != 0, (_i & 2) != 0);
}

static int inside_mask_wrong;

static void look_at_mask(int number)
{
	sigset_t mask;

	(void)sigprocmask(SIG_BLOCK, NULL, &mask);
	for (int i = 1; i < NSIG; i++)
		if (i != SIGKILL && i != SIGSTOP && sigismember(&mask, i) == 1 && i != number &&
		    i != SIGHUP && i != SIGWINCH)
			inside_mask_wrong = i;
	if (sigismember(&mask, number) != 1 || sigismember(&mask, SIGHUP) != 1)
		inside_mask_wrong = -1;
	atomic_fetch_add(&handled, 1);
}

/* The masks during a call, in a handler and afterwards, and what sigaction shows. */
BEHAVIOUR_TEST(shown, ALL)
{
	struct sigaction action = {.sa_handler = look_at_mask, .sa_flags = SA_ONSTACK}, old;
	sigset_t before, after;
	struct scene scene;

	sigaddset(&action.sa_mask, SIGHUP);
	ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
	ck_assert_int_eq(sigaction(SIGUSR1, NULL, &old), 0);
	ck_assert(old.sa_handler == look_at_mask);
	/* With SA_RESTORER, which libc sets. */
	ck_assert_int_eq(old.sa_flags & ~0x04000000, SA_ONSTACK);
	ck_assert_int_eq(sigismember(&old.sa_mask, SIGHUP), 1);
	ck_assert_int_eq(sigismember(&old.sa_mask, SIGUSR1), 0);

	sigemptyset(&before);
	sigaddset(&before, SIGWINCH);
	ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, &before, NULL), 0);
	play_in_background(&scene, blocking_named("recv/tcp"));
	ck_assert_int_eq(pthread_kill(scene.thread, SIGUSR1), 0);
	join_expecting(&scene, -1, EINTR);
	ck_assert_int_eq(atomic_load(&handled), 1);
	ck_assert_int_eq(inside_mask_wrong, 0);
	ck_assert_int_eq(pthread_sigmask(SIG_BLOCK, NULL, &after), 0);
	ck_assert_mem_eq(&before, &after, NSIG / 8 - 1);

	/* The handler is SIG_DFL once SA_RESETHAND has done its work. */
	install(SIGUSR1, SA_RESETHAND | SA_SIGINFO, 0);
	ck_assert_int_eq(raise(SIGUSR1), 0);
	ck_assert_int_eq(sigaction(SIGUSR1, NULL, &old), 0);
	ck_assert(old.sa_handler == SIG_DFL);
	ck_assert(signal(SIGUSR1, SIG_IGN) == SIG_DFL);
	ck_assert(signal(SIGUSR1, count) == SIG_IGN);
	ck_failed(sigaction(SIGKILL, &action, NULL), EINVAL);
	ck_failed(sigaction(NSIG + 1, &action, NULL), EINVAL);
	ck_assert(signal(SIGSTOP, count) == SIG_ERR);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "kinds of handlers");
}
