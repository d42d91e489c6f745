/*
 * How the functions of kernel.h make system calls: with libc's syscall(2), not with the library's
 * wrapper of syscall(2), which treats its caller as the program. Only files of shim/system include this
 * header. Async-signal-safe once the constructor has run (calls/real.h).
 */
#ifndef SHIM_KERNEL_INSIDE_H
#define SHIM_KERNEL_INSIDE_H

#include <errno.h>
#include <sys/syscall.h>

#include "calls/real.h"

/* The result of syscall(2), or -Exxx. Restores errno. */
static inline long kernel_result(long result, int saved_errno)
{
	const int error = errno;

	errno = saved_errno;
	return result < 0 ? -error : result;
}

/* Make a system call: KERNEL(number, argument…). A long, or -Exxx. errno is unchanged. */
#define KERNEL(...)                                                                            \
	__extension__({                                                                        \
		const int saved_errno = errno;                                                 \
		kernel_result(REAL(syscall)(__VA_ARGS__), saved_errno);                              \
	})

#endif
