/*
 * How the functions of kernel.h make system calls: by the syscall(2) behind our own wrapper of
 * syscall(2), which would make the system call a call of the program's. For the files of shim/system
 * alone. Async-signal-safe once the constructor has run (calls/real.h).
 */
#ifndef SHIM_KERNEL_INSIDE_H
#define SHIM_KERNEL_INSIDE_H

#include <errno.h>
#include <sys/syscall.h>

#include "calls/real.h"

/* The result of syscall(2) as -Exxx, with errno as it was before. */
static inline long kernel_result(long result, int saved_errno)
{
	const int error = errno;

	errno = saved_errno;
	return result < 0 ? -error : result;
}

/* A system call by its number and arguments: a long, or -Exxx; errno is left alone. */
#define KERNEL(...)                                                                            \
	__extension__({                                                                        \
		const int saved_errno = errno;                                                 \
		kernel_result(REAL(syscall)(__VA_ARGS__), saved_errno);                              \
	})

#endif
