/*
 * System calls on the process itself. See kernel.h. Cold.
 */
#include "config.h"

#include <sys/random.h>
#include <sys/socket.h>

#include "shim/system/kernel.h"
#include "shim/system/kernel_inside.h"

void kernel_raise(int number)
{
	(void)KERNEL(SYS_tgkill, kernel_process(), kernel_thread(), number);
}

void kernel_yield(void)
{
	(void)KERNEL(SYS_sched_yield);
}

bool kernel_thread_exists(int thread)
{
	return KERNEL(SYS_tgkill, kernel_process(), thread, 0) == 0;
}

int kernel_shut_down(int fd)
{
	return (int)KERNEL(SYS_shutdown, fd, SHUT_RDWR);
}

ssize_t kernel_random(void *bytes, size_t size)
{
	return KERNEL(SYS_getrandom, bytes, size, GRND_NONBLOCK);
}
