/*
 * How the functions of kernel.h call the system: syscall(2) sets errno, which is the program's, so
 * it is put back. For kernel.c, kernel_file.c and kernel_process.c alone.
 */
#ifndef SHIM_KERNEL_INSIDE_H
#define SHIM_KERNEL_INSIDE_H

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline long kernel_result(long result, int saved_errno)
{
	const int error = errno;

	errno = saved_errno;
	return result < 0 ? -error : result;
}

#define KERNEL(...)                                                                            \
	__extension__({                                                                        \
		const int saved_errno = errno;                                                 \
		kernel_result(syscall(__VA_ARGS__), saved_errno);                              \
	})

#endif
