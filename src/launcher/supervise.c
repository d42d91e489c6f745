/*
 * The parent that --fail and --summary leave behind. Cold; owns the process's signals.
 *
 * All signals are blocked and taken one by one, so nothing here runs in a handler. What a terminal
 * sends goes to the whole process group, of which the child is one; the rest is passed on. When
 * the child stops, so does this process, for the shell that waits for it; what continues the job
 * continues both.
 *
 * What another process sends to the whole group reaches the child twice. It looks the same as what is
 * sent to this process alone (kernel/signal.c: kill_something_info), and none of the ways to tell them
 * apart does less harm. With the child in a group of its own, which then has the terminal, ^C would
 * not reach the rest of a pipeline, and the child not its input; with this process in one, what a
 * shell continues would not be continued. A third process, in the group to see what comes there, is
 * also hit by who looks for processes by name or file, and then the child would get nothing.
 * timeout(1) of coreutils sends twice as well.
 */
#include "launcher/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher/allocate.h"
#include "launcher/command.h"
#include "launcher/status.h"

int supervise_open_file(const char *option, char **path)
{
	const char *const directories[] = {getenv("XDG_RUNTIME_DIR"), getenv("TMPDIR"), "/tmp"};
	int fd = -1;

	for (size_t i = 0; i < sizeof(directories) / sizeof(*directories) && fd < 0; i++) {
		if (directories[i] == NULL || directories[i][0] != '/')
			continue;
		*path = allocate_text("%s/socktimeout-XXXXXX", directories[i]);
		fd = mkostemp(*path, O_CLOEXEC);
		if (fd < 0)
			free(*path);
	}
	if (fd < 0)
		die(STATUS_REFUSED, "%s: no file in /tmp: %m", option);
	return fd;
}

static bool is_marked(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && status.st_size > 0;
}

/* Let a signal that is blocked do to this process what it does by default. */
static void suffer(int number)
{
	sigset_t set;

	signal(number, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, number);
	raise(number);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

struct child {
	pid_t pid;
	int status;     /* as of waitpid(2); when it has ended, how */
	bool continued; /* it was stopped, and goes on, and no SIGCONT has come here since */
};

/* Take in what the child has done: stop when it has stopped. true when it has ended. */
static bool child_ended(struct child *child)
{
	while (waitpid(child->pid, &child->status, WNOHANG | WUNTRACED | WCONTINUED) ==
	       child->pid) {
		if (WIFEXITED(child->status) || WIFSIGNALED(child->status))
			return true;
		child->continued = WIFCONTINUED(child->status);
		if (WIFSTOPPED(child->status))
			suffer(WSTOPSIG(child->status));
	}
	return false;
}

/* Whether the child got the signal too: from the terminal, or because it sent it itself. */
static bool child_has(const siginfo_t *information, pid_t child)
{
	switch (information->si_signo) {
	case SIGHUP:
	case SIGINT:
	case SIGQUIT:
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU:
	case SIGCONT:
	case SIGWINCH:
		if (information->si_code == SI_KERNEL)
			return getpgid(child) == getpgrp();
		break;
	case SIGCHLD:
		if (information->si_code > 0)
			return true;
		break;
	default:
		break;
	}
	return information->si_code <= 0 && information->si_pid == child;
}

static void pass_on(const siginfo_t *information, pid_t child)
{
	if (information->si_code == SI_QUEUE)
		sigqueue(child, information->si_signo, information->si_value);
	else
		kill(child, information->si_signo);
}

/* Wait for the child's end. */
static void attend(struct child *child, const sigset_t *signals)
{
	siginfo_t information;

	while (!child_ended(child)) {
		if (sigwaitinfo(signals, &information) < 0 ||
		    child_has(&information, child->pid))
			continue;
		/* What continues a job continues the whole group: then the child knows. */
		if (information.si_signo == SIGCONT) {
			if (child_ended(child))
				return;
			if (child->continued) {
				child->continued = false;
				continue;
			}
		}
		pass_on(&information, child->pid);
	}
}

/* As a shell sees it, a command that a signal killed is one that a signal killed. The core, if
 * any, is the child's. */
static _Noreturn void end_by_signal(int number)
{
	const struct rlimit none = {0, 0};

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		setrlimit(RLIMIT_CORE, &none);
	suffer(number);
	exit(128 + number);
}

void supervise(char *const command[], bool fails, void (*at_end)(void))
{
	struct sigaction inherited_action;
	sigset_t inherited_mask;
	sigset_t signals;
	char *path = NULL;
	const int fd = fails ? supervise_open_file("--fail", &path) : -1;
	struct child child = {0, 0, false};
	int failed;

	if (fails && setenv("SOCKTIMEOUT_FAIL", path, 1) != 0)
		die(STATUS_REFUSED, "SOCKTIMEOUT_FAIL: %m");
	sigfillset(&signals);
	sigprocmask(SIG_SETMASK, &signals, &inherited_mask);
	/* Where it is ignored, children vanish when they end. */
	sigaction(SIGCHLD, &(struct sigaction){.sa_handler = SIG_DFL}, &inherited_action);
	child.pid = fork();
	if (child.pid == 0) {
		sigaction(SIGCHLD, &inherited_action, NULL);
		sigprocmask(SIG_SETMASK, &inherited_mask, NULL);
		command_execute(command);
	}
	failed = errno;
	if (child.pid > 0)
		attend(&child, &signals);
	if (fails)
		unlink(path);
	if (at_end != NULL)
		at_end();
	errno = failed;
	if (child.pid < 0)
		die(STATUS_REFUSED, "fork: %m");
	if (WIFSIGNALED(child.status))
		end_by_signal(WTERMSIG(child.status));
	if (WEXITSTATUS(child.status) == 0 && fails && is_marked(fd))
		exit(STATUS_TIMED_OUT);
	exit(WEXITSTATUS(child.status));
}
