/*
 * prctl: a process that locks itself into a sandbox of seccomp(2) has named the system calls that
 * it will make, and may be killed for another one: a write(2) that is made as a sendto(2)
 * (OpenSSH's sshd, sandbox-seccomp-filter.c). So from then on all its calls are native. A filter
 * that is installed by syscall(2) is not seen. Cold.
 */
#include "config.h"

#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <stdarg.h>

#include "calls/calls.h"
#include "calls/real.h"
#include "shim/io/attention.h"
#include "shim/io/bound.h"
#include "shim/io/guard.h"
#include "shim/fd/hint.h"
#include "shim/system/kernel.h"

/* Who only asks whether there are filters gives none, and is told EFAULT (seccomp(2)). */
static bool is_to_come(int option, unsigned long mode, unsigned long filter)
{
	return option == PR_SET_SECCOMP &&
	       (mode == SECCOMP_MODE_STRICT || (mode == SECCOMP_MODE_FILTER && filter != 0)) &&
	       !kernel_memory_is_borrowed();
}

/* Native calls would run into a timer of ours. */
static void take_timer(int fd, int option)
{
	static const struct timeval none = {0, 0};
	struct timeval timer;

	if (kernel_get_timeout(fd, option, &timer) == 0 &&
	    (bound_is(fd, option, &timer) || (option == SO_RCVTIMEO && guard_is(&timer))))
		(void)kernel_set_timeout(fd, option, &none);
}

static void take_timers(void)
{
	const uint32_t kept = HINT_TIMED_SEND | HINT_TIMED_RECEIVE | HINT_GUARDED | HINT_WAITS;

	for (int fd = 0; fd < HINT_DESCRIPTORS; fd++)
		if ((hint_get(fd) & (kept | HINT_BOUND)) != 0) {
			take_timer(fd, SO_RCVTIMEO);
			take_timer(fd, SO_SNDTIMEO);
			hint_unlearn(fd, kept);
		}
}

static int enter(int option, const unsigned long argument[4])
{
	const bool comes = is_to_come(option, argument[0], argument[1]);
	int result;

	/* Afterwards it may be forbidden. */
	if (comes)
		take_timers();
	result = REAL(prctl)(option, argument[0], argument[1], argument[2], argument[3]);
	if (comes && result == 0)
		hint_give_up();
	else if (comes)
		bound_renew();
	return result;
}

/* As libc takes them (sysdeps/unix/sysv/linux/prctl.c). */
int wrap_prctl(int option, ...)
{
	unsigned long argument[4];
	va_list arguments;

	va_start(arguments, option);
	for (size_t i = 0; i < 4; i++)
		argument[i] = va_arg(arguments, unsigned long);
	va_end(arguments);
	ATTEND_TRACED(prctl, -1,
		      wrap_prctl(option, argument[0], argument[1], argument[2], argument[3]),
		      ARGUMENT(option), ARGUMENT(argument[0]), ARGUMENT(argument[1]),
		      ARGUMENT(argument[2]), ARGUMENT(argument[3]));

	return enter(option, argument);
}
