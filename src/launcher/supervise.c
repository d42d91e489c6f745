/*
 * The parent process of --fail, of --summary and of bounding from outside. Owns the process's signals.
 * Cold.
 *
 * All signals are blocked, and taken one after the other, so no code runs in a handler. A terminal sends
 * its signals to the whole process group, which contains the child; other signals are passed on to the
 * child. When the child stops, this process stops too, for the shell that waits for it. The signal that
 * continues the job continues both.
 *
 * A signal that another process sends to the whole group reaches the child twice. This process cannot
 * distinguish such a signal from a signal to itself (kernel/signal.c: kill_something_info), and each way
 * around that does more harm:
 * - The child in a process group of its own: in the foreground, ^C would not reach the rest of a
 *   pipeline; in the background, the child could not read from the terminal.
 * - This process in a group of its own: a shell that continues the job would not continue it.
 * - A third process that stays in the group to see its signals: killall(1) and fuser(1) would find that
 *   process, and the child would get no signal.
 * timeout(1) of coreutils sends such signals twice as well.
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

#include "base/clock.h"
#include "base/duration.h"
#include "launcher/allocate.h"
#include "launcher/command.h"
#include "launcher/outside/outside.h"
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
		die(STATUS_REFUSED, "%s: cannot create a file in /tmp: %m", option);
	return fd;
}

static bool is_marked(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && status.st_size > 0;
}

/* Deliver a blocked signal to this process, with its default action. */
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
	int status;     /* the last status of waitpid(2) */
	bool continued; /* the child was continued, and this process got no SIGCONT since */
	bool outside;   /* this process bounds the child's waits */
};

/* Read the child's changes of state; stop if the child has stopped. True: the child has ended. */
static bool child_ended(struct child *child)
{
	while (waitpid(child->pid, &child->status, WNOHANG | WUNTRACED | WCONTINUED) ==
	       child->pid) {
		if (WIFEXITED(child->status) || WIFSIGNALED(child->status))
			return true;
		child->continued = WIFCONTINUED(child->status);
		if (WIFSTOPPED(child->status)) {
			suffer(WSTOPSIG(child->status));
			outside_resumed();
		}
	}
	return false;
}

/* Reap the orphans that became children of this process. The child itself is left to child_ended. */
static void reap_orphans(const struct child *child)
{
	siginfo_t information = {0};

	while (waitid(P_ALL, 0, &information, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       information.si_pid != 0 && information.si_pid != child->pid) {
		(void)waitpid(information.si_pid, NULL, WNOHANG);
		information.si_pid = 0;
	}
}

/* The next signal; with outside, look when a look is due. Returns false where no signal came. */
static bool next_signal(const struct child *child, const sigset_t *signals,
			siginfo_t *information)
{
	struct timespec time;
	int64_t left;

	if (!child->outside)
		return sigwaitinfo(signals, information) >= 0;
	reap_orphans(child);
	left = outside_next() - clock_now();
	if (left <= 0) {
		outside_look();
		left = outside_next() - clock_now();
	}
	if (left < 0)
		left = 0;
	time.tv_sec = (time_t)(left / NANOSECONDS_PER_SECOND);
	time.tv_nsec = (long)(left % NANOSECONDS_PER_SECOND);
	return sigtimedwait(signals, information, &time) >= 0;
}

/* The child needs no copy of the signal: the terminal sent it to the child too, the child sent it, or
 * this process caused it. */
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
	/* SIGPIPE comes from this process's own log. */
	return information->si_code <= 0 &&
	       (information->si_pid == child || information->si_pid == getpid());
}

static void pass_on(const siginfo_t *information, pid_t child)
{
	if (information->si_code == SI_QUEUE)
		sigqueue(child, information->si_signo, information->si_value);
	else
		kill(child, information->si_signo);
}

/* Pass signals on until the child has ended. */
static void attend(struct child *child, const sigset_t *signals)
{
	siginfo_t information;

	while (!child_ended(child)) {
		if (!next_signal(child, signals, &information) ||
		    child_has(&information, child->pid))
			continue;
		/* A shell continues the whole group: if the child was continued, pass nothing on. */
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

/* End by the signal that killed the child, so that a shell sees a killed command. Writes no core: the
 * child has written one. */
static _Noreturn void end_by_signal(int number)
{
	const struct rlimit none = {0, 0};

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		setrlimit(RLIMIT_CORE, &none);
	suffer(number);
	exit(128 + number);
}

/* Run COMMAND in the child, with what this process has inherited. */
static _Noreturn void run_child(char *const command[], const struct sigaction *action,
				const sigset_t *mask)
{
	sigaction(SIGCHLD, action, NULL);
	sigprocmask(SIG_SETMASK, mask, NULL);
	command_execute(command);
}

void supervise(char *const command[], bool fail, bool outside, void (*at_end)(void))
{
	struct sigaction inherited_action;
	sigset_t inherited_mask;
	sigset_t signals;
	char *path = NULL;
	const int fd = fail ? supervise_open_file("--fail", &path) : -1;
	struct child child = {.outside = outside};
	int failed;

	if (fail && setenv("SOCKTIMEOUT_FAIL", path, 1) != 0)
		die(STATUS_REFUSED, "SOCKTIMEOUT_FAIL: %m");
	sigfillset(&signals);
	sigprocmask(SIG_SETMASK, &signals, &inherited_mask);
	/* With SIGCHLD ignored, waitpid(2) would not see how the child ended. */
	sigaction(SIGCHLD, &(struct sigaction){.sa_handler = SIG_DFL}, &inherited_action);
	if (outside)
		(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	child.pid = fork();
	if (child.pid == 0)
		run_child(command, &inherited_action, &inherited_mask);
	failed = errno;
	if (child.pid > 0)
		attend(&child, &signals);
	if (outside)
		outside_end();
	if (fail)
		unlink(path);
	if (at_end != NULL)
		at_end();
	errno = failed;
	if (child.pid < 0)
		die(STATUS_REFUSED, "fork: %m");
	if (WIFSIGNALED(child.status))
		end_by_signal(WTERMSIG(child.status));
	if (WEXITSTATUS(child.status) == 0 && fail && (is_marked(fd) || outside_has_failed()))
		exit(STATUS_TIMED_OUT);
	exit(WEXITSTATUS(child.status));
}
