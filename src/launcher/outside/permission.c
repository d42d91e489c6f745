/*
 * Tries what the kernel permits, and reads what restricts it. Owns no state.
 */
#include "launcher/outside/permission.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/attributes.h"
#include "launcher/proc.h"

/* Run attempt with a child that waits to be killed; the attempt's result. */
static int try_on_child(int (*attempt)(pid_t child))
{
	const pid_t child = fork();
	int result;

	if (child < 0)
		return -errno;
	if (child == 0)
		for (;;)
			(void)pause();
	result = attempt(child);
	(void)kill(child, SIGKILL);
	(void)waitpid(child, NULL, 0);
	return result;
}

static int try_seize(pid_t child)
{
	return ptrace(PTRACE_SEIZE, child, NULL, NULL) == 0 ? 0 : -errno;
}

static int try_duplicate(pid_t child)
{
	const int pidfd = (int)syscall(SYS_pidfd_open, child, 0);
	const int duplicate = pidfd < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, pidfd, 0, 0);
	const int result = duplicate < 0 && errno != EBADF ? -errno : 0;

	if (duplicate >= 0)
		close(duplicate);
	if (pidfd >= 0)
		close(pidfd);
	return result;
}

int permission_trace(void)
{
	return try_on_child(try_seize);
}

int permission_duplicate(void)
{
	return try_on_child(try_duplicate);
}

const char *permission_yama(const char *proc)
{
	/* Documentation/admin-guide/LSM/Yama.rst of the kernel. */
	static const char *const scopes[] = {
		"kernel.yama.ptrace_scope is 0",
		"kernel.yama.ptrace_scope is 1: without CAP_SYS_PTRACE, a process may trace "
		"its descendants alone",
		"kernel.yama.ptrace_scope is 2: only a process with CAP_SYS_PTRACE may trace "
		"others",
		"kernel.yama.ptrace_scope is 3: no process may trace another until the next "
		"boot",
	};
	char text[16];
	unsigned long scope;

	if (proc_read(text, sizeof text, "%s/sys/kernel/yama/ptrace_scope", proc) <= 0)
		return NULL;
	scope = strtoul(text, NULL, 10);
	return scope < COUNT_OF(scopes) ? scopes[scope]
					: "kernel.yama.ptrace_scope is not known";
}
