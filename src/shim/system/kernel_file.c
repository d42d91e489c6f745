/*
 * System calls on files and memory, for reading the policy file. See kernel.h. Cold.
 */
#include "config.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "shim/system/kernel.h"
#include "shim/system/kernel_inside.h"

int kernel_status_at(const char *path, struct stat *status)
{
	const int saved_errno = errno;

	return (int)kernel_result(stat(path, status), saved_errno);
}

int64_t kernel_position(int fd)
{
	const int saved_errno = errno;
	const int64_t position = lseek64(fd, 0, SEEK_CUR);
	const int error = errno;

	errno = saved_errno;
	return position < 0 ? -error : position;
}

int kernel_open_at(int directory, const char *name, int flags)
{
	return (int)KERNEL(SYS_openat, directory, name, flags | O_CLOEXEC, 0);
}

ssize_t kernel_link(int fd, char *target, size_t size)
{
	return KERNEL(SYS_readlinkat, fd, "", target, size);
}

ssize_t kernel_link_at(const char *path, char *target, size_t size)
{
	return KERNEL(SYS_readlinkat, AT_FDCWD, path, target, size);
}

void *kernel_allocate(size_t size)
{
	const int saved_errno = errno;
	void *const memory =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	errno = saved_errno;
	return memory == MAP_FAILED ? NULL : memory;
}

void kernel_free(void *memory, size_t size)
{
	(void)KERNEL(SYS_munmap, memory, size);
}
