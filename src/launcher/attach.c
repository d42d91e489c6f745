/*
 * --attach. Cold; owns the process's signals.
 */
#include "launcher/attach.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/duration.h"
#include "launcher/outside/outside.h"
#include "launcher/outside/permission.h"
#include "launcher/status.h"

/* Send the state to the service manager (sd_notify(3)): a datagram to the socket that it names. */
static void notify(const char *state)
{
	const char *const path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un where = {.sun_family = AF_UNIX};
	const size_t length = path == NULL ? 0 : strlen(path);
	int fd;

	if (length == 0 || length >= sizeof where.sun_path ||
	    (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(where.sun_path, path, length);
	if (path[0] == '@')
		where.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&where,
		     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
	close(fd);
}

/* Read one pid at *text, and move behind it and the comma that follows. */
static pid_t read_pid(const char **text, const char *targets)
{
	char *end;
	long pid;

	errno = 0;
	pid = strtol(*text, &end, 10);
	if (**text < '0' || **text > '9' || errno != 0 || pid <= 0 || pid > INT_MAX ||
	    (*end != ',' && *end != '\0') || (*end == ',' && end[1] == '\0'))
		die(STATUS_REFUSED, "--attach=%s: expected PID[,PID]... or all", targets);
	*text = *end == ',' ? end + 1 : end;
	return (pid_t)pid;
}

static void add_process(pid_t pid)
{
	const char *const yama = permission_yama("/proc");
	bool exempt;
	const int error = outside_add(pid, &exempt);

	if (error == -ESRCH)
		die(STATUS_REFUSED, "--attach=%d: no such process", (int)pid);
	if (error != 0)
		die(STATUS_REFUSED,
		    "--attach=%d: not permitted: the process belongs to another user, or "
		    "cannot be dumped (prctl(2), PR_SET_DUMPABLE)%s%s",
		    (int)pid, yama == NULL ? "" : "; ", yama == NULL ? "" : yama);
	if (exempt)
		fprintf(stderr,
			"socktimeout: %d has loaded the library, and is not bounded from "
			"outside; its children without the library are\n",
			(int)pid);
}

static void add_processes(const char *targets)
{
	const char *rest = targets;

	if (strcmp(targets, "all") == 0) {
		if (geteuid() != 0)
			die(STATUS_REFUSED, "--attach=all: only root can bound all processes");
		outside_add_all();
		return;
	}
	if (!outside_has_limits())
		die(STATUS_REFUSED, "--attach=%s: neither SPEC nor a rule has a timeout",
		    targets);
	do
		add_process(read_pid(&rest, targets));
	while (*rest != '\0');
}

/* Wait for a signal until it is time to look. Returns its number, or 0. */
static int next_signal(const sigset_t *signals)
{
	int64_t left = outside_next() - clock_now();
	struct timespec time;
	int number;

	if (left < 0)
		left = 0;
	time.tv_sec = (time_t)(left / NANOSECONDS_PER_SECOND);
	time.tv_nsec = (long)(left % NANOSECONDS_PER_SECOND);
	number = sigtimedwait(signals, NULL, &time);
	return number < 0 ? 0 : number;
}

static void read_again(void)
{
	char state[64];

	(void)snprintf(state, sizeof state, "RELOADING=1\nMONOTONIC_USEC=%lld",
		       (long long)(clock_now() / NANOSECONDS_PER_MICROSECOND));
	notify(state);
	outside_reload();
	notify("READY=1");
}

/* End by the signal, as a program without a handler does. */
static _Noreturn void end_by(int number, const sigset_t *signals)
{
	(void)signal(number, SIG_DFL);
	(void)raise(number);
	(void)sigprocmask(SIG_UNBLOCK, signals, NULL);
	exit(128 + number);
}

_Noreturn void attach(const char *targets, const char *spec)
{
	/* Whatever ends this process must let it take back what is set on sockets. */
	const int numbers[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGTERM,
			       SIGUSR1, SIGUSR2, SIGALRM, SIGXCPU};
	sigset_t signals;
	int number = 0;

	sigemptyset(&signals);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		sigaddset(&signals, numbers[i]);
	(void)sigprocmask(SIG_BLOCK, &signals, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGCHLD, SIG_DFL);
	outside_begin(spec);
	add_processes(targets);
	notify("READY=1\nSTATUS=Waits on sockets are bounded");
	do {
		number = next_signal(&signals);
		if (number == SIGHUP)
			read_again();
		else if (number == 0)
			outside_look();
	} while ((number == 0 || number == SIGHUP) && outside_count() != 0);
	notify("STOPPING=1");
	outside_end();
	if (number != 0 && number != SIGTERM)
		end_by(number, &signals);
	exit(EXIT_SUCCESS);
}
