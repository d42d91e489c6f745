/*
 * How the functions of kernel.h call the system: syscall(2) sets errno, which is the program's, so
 * it is put back. For kernel.c, kernel_file.c and kernel_process.c alone.
 */
#ifndef SHIM_KERNEL_INSIDE_H
#define SHIM_KERNEL_INSIDE_H

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

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
		kernel_result(syscall(__VA_ARGS__), saved_errno);                              \
	})

#endif
