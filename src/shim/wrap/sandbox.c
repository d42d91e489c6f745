/*
 * prctl, and seccomp(2) for syscall(2): a process that installs a filter of system calls may be killed
 * for a call that the program does not make, such as a sendto(2) in place of a write(2) (OpenSSH's
 * sshd: sandbox-seccomp-filter.c). So all calls are native after the filter. A filter for one thread
 * counts as a filter for all. Cold. Async-signal-safe.
 */
#include "config.h"

#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <sys/syscall.h>

#include "calls/calls.h"
#include "calls/real.h"
#include "shim/config/rules.h"
#include "shim/fd/fd.h"
#include "shim/io/timer.h"
#include "shim/log/stats.h"
#include "shim/log/traced.h"
#include "shim/system/process.h"
#include "shim/system/sandbox.h"
#include "shim/wait/limits.h"
#include "shim/wrap/sandbox.h"

void sandbox_enter(void)
{
	sandbox_note();
	/* No call is noted any more: in strict mode, reading the clock raises SIGSEGV
	 * (kernel/seccomp.c: seccomp_set_mode_strict, disable_TSC). */
	atomic_store_explicit(&traced_calls, false, memory_order_relaxed);
	atomic_store_explicit(&stats_counted, false, memory_order_relaxed);
	/* The policy file is not tested for changes any more. */
	atomic_store_explicit(&rules_watched, false, memory_order_relaxed);
	fd_go_native();
	limits_stop();
}

/* Before the call that may install a filter: afterwards the log may be forbidden to write, and calls of other
 * threads to restore their timers. */
static void prepare(const struct traced *traced)
{
	timer_release_range(0, FD_ENTRIES - 1);
	if (traced_wanted())
		traced_report_begin(traced);
}

/* A call that only tests whether the kernel has filters passes no filter, and fails with EFAULT
 * (seccomp(2)). */
static bool installs_by_prctl(int option, unsigned long mode, unsigned long filter)
{
	return option == PR_SET_SECCOMP &&
	       (mode == SECCOMP_MODE_STRICT || (mode == SECCOMP_MODE_FILTER && filter != 0)) &&
	       !process_memory_is_borrowed();
}

static bool installs(unsigned int operation, const void *argument)
{
	return (operation == SECCOMP_SET_MODE_STRICT ||
		(operation == SECCOMP_SET_MODE_FILTER && argument != NULL)) &&
	       !process_memory_is_borrowed();
}

/* With SECCOMP_FILTER_FLAG_NEW_LISTENER the result is a descriptor; with _TSYNC a positive result is
 * a thread that could not be included (kernel/seccomp.c: seccomp_set_mode_filter). */
static bool is_success(unsigned int flags, long result)
{
	return result == 0 || (result > 0 && (flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) != 0);
}

/* libc passes four arguments on too (sysdeps/unix/sysv/linux/prctl.c). */
int wrap_prctl(int option, ...)
{
	unsigned long argument[4];
	va_list arguments;
	int result;

	va_start(arguments, option);
	for (size_t i = 0; i < COUNT_OF(argument); i++)
		argument[i] = va_arg(arguments, unsigned long);
	va_end(arguments);

	const struct traced traced =
		TRACED(prctl, ARGUMENT(option), ARGUMENT(argument[0]), ARGUMENT(argument[1]),
		       ARGUMENT(argument[2]), ARGUMENT(argument[3]));
	const bool sandbox = installs_by_prctl(option, argument[0], argument[1]);

	if (sandbox)
		prepare(&traced);
	result = REAL(prctl)(option, argument[0], argument[1], argument[2], argument[3]);
	if (sandbox && result == 0)
		sandbox_enter();
	if (!sandbox)
		traced_end(&traced, result);
	return result;
}

#ifdef HAVE___SELECT64
CALL_ALIAS(__prctl_time64, prctl);
#endif

long sandbox_seccomp(unsigned int operation, unsigned int flags, void *argument)
{
	const struct traced traced = TRACED(syscall, ARGUMENT(SYS_seccomp), ARGUMENT(operation),
					    ARGUMENT(flags), ARGUMENT(argument));
	const bool sandbox = installs(operation, argument);
	long result;

	if (sandbox)
		prepare(&traced);
	result = REAL(syscall)(SYS_seccomp, (unsigned long)operation, (unsigned long)flags,
			       argument);
	if (sandbox && is_success(flags, result))
		sandbox_enter();
	if (!sandbox)
		traced_end(&traced, result);
	return result;
}
