/*
 * System calls on descriptors and memory. See kernel.h. Cold.
 *
 * syscall(2) sets errno; every function here restores errno.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/sockios.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "shim/system/kernel.h"
#include "shim/system/kernel_inside.h"

int kernel_flags(int fd)
{
	return (int)KERNEL(SYS_fcntl, fd, F_GETFL, 0);
}

int kernel_get_option(int fd, int level, int option, int *value)
{
	socklen_t length = sizeof *value;

	return (int)KERNEL(SYS_getsockopt, fd, level, option, value, &length);
}

int kernel_set_option(int fd, int level, int option, int value)
{
	return (int)KERNEL(SYS_setsockopt, fd, level, option, &value, sizeof value);
}

int kernel_socket_option(int fd, int option, int *value)
{
	return kernel_get_option(fd, SOL_SOCKET, option, value);
}

int kernel_get_timeout(int fd, int option, struct timeval *timeout)
{
	socklen_t length = sizeof *timeout;

	return (int)KERNEL(SYS_getsockopt, fd, SOL_SOCKET, option, timeout, &length);
}

int kernel_set_timeout(int fd, int option, const struct timeval *timeout)
{
	return (int)KERNEL(SYS_setsockopt, fd, SOL_SOCKET, option, timeout, sizeof *timeout);
}

int kernel_address(int fd, bool peer, struct sockaddr_storage *address, socklen_t *length)
{
	*length = sizeof *address;
	return (int)KERNEL(peer ? SYS_getpeername : SYS_getsockname, fd, address, length);
}

int kernel_tcp(int fd, struct tcp_info *information)
{
	socklen_t length = sizeof *information;

	return (int)KERNEL(SYS_getsockopt, fd, IPPROTO_TCP, TCP_INFO, information, &length);
}

bool kernel_is_terminal(int fd)
{
	/* Larger than the kernel's struct termios, which differs from libc's. */
	char settings[256];

	return KERNEL(SYS_ioctl, fd, TCGETS, settings) == 0;
}

int kernel_readable(int fd)
{
	int count = 0;
	const int result = (int)KERNEL(SYS_ioctl, fd, FIONREAD, &count);

	return result < 0 ? result : count;
}

bool kernel_at_mark(int fd)
{
	int mark = 0;

	return KERNEL(SYS_ioctl, fd, SIOCATMARK, &mark) == 0 && mark != 0;
}

bool kernel_has_room(int fd)
{
	int used = 0, size = 0;

	return KERNEL(SYS_ioctl, fd, SIOCOUTQ, &used) == 0 &&
	       kernel_socket_option(fd, SO_SNDBUF, &size) == 0 && used < size;
}

bool kernel_is_listening(int fd)
{
	int listening;

	return kernel_socket_option(fd, SO_ACCEPTCONN, &listening) == 0 && listening != 0;
}

int kernel_disconnect(int fd)
{
	const struct sockaddr nowhere = {.sa_family = AF_UNSPEC};

	return kernel_connect(fd, &nowhere, sizeof nowhere);
}

void kernel_abandon(int fd)
{
	int error;

	if (kernel_disconnect(fd) == 0)
		(void)kernel_socket_option(fd, SO_ERROR, &error);
}

int kernel_socket(int family, int type)
{
	return (int)KERNEL(SYS_socket, family, type, 0);
}

int kernel_connect(int fd, const struct sockaddr *address, socklen_t length)
{
	return (int)KERNEL(SYS_connect, fd, address, length);
}

ssize_t kernel_send(int fd, const void *buffer, size_t length, int flags)
{
	return KERNEL(SYS_sendto, fd, buffer, length, flags, NULL, 0);
}

int kernel_open_append(const char *path)
{
	/* O_NONBLOCK: a FIFO without a reader would block the open. */
	return (int)KERNEL(SYS_openat, AT_FDCWD, path,
			   O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
			   0644);
}

int kernel_open_read(const char *path)
{
	return (int)KERNEL(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
}

int kernel_open_in(int directory, const char *name, mode_t mode)
{
	return (int)KERNEL(SYS_openat, directory, name,
			   O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC |
				   (mode != 0 ? O_CREAT : 0),
			   mode);
}

ssize_t kernel_list(int directory, void *buffer, size_t size)
{
	return KERNEL(SYS_getdents64, directory, buffer, size);
}

ssize_t kernel_read(int fd, void *buffer, size_t length)
{
	return KERNEL(SYS_read, fd, buffer, length);
}

ssize_t kernel_read_start(int fd, void *buffer, size_t length)
{
	/* The offset is one long, two longs, or an unused long and two longs, by architecture; all are 0
	 * (syscall(2)). */
	return KERNEL(SYS_pread64, fd, buffer, length, 0L, 0L, 0L);
}

/* The signal's bit in the kernel's signal sets. */
static uint64_t signal_bit(int number)
{
	return UINT64_C(1) << (number - 1);
}

static int change_mask(int how, const uint64_t *set, uint64_t *old)
{
	return (int)KERNEL(SYS_rt_sigprocmask, how, set, old, sizeof *set);
}

void kernel_block_signals(uint64_t *before)
{
	const uint64_t all = ~UINT64_C(0);

	if (change_mask(SIG_SETMASK, &all, before) < 0)
		*before = 0;
}

void kernel_restore_signals(const uint64_t *before)
{
	(void)change_mask(SIG_SETMASK, before, NULL);
}

static bool writable(int fd)
{
	struct pollfd descriptor = {.fd = fd, .events = POLLOUT};
	struct timespec now = {0, 0};

	return KERNEL(SYS_ppoll, &descriptor, 1, &now, NULL, sizeof(uint64_t)) == 1 &&
	       (descriptor.revents & (POLLOUT | POLLERR)) == POLLOUT;
}

/* Around a system call that may raise signals: the signals to discard, and the mask before. */
struct quiet {
	uint64_t unwanted, mask;
};

static int quiet_begin(struct quiet *quiet)
{
	uint64_t pending = 0;

	quiet->unwanted = signal_bit(SIGPIPE) | signal_bit(SIGXFSZ) | signal_bit(SIGTTOU);
	if (change_mask(SIG_BLOCK, &quiet->unwanted, &quiet->mask) < 0)
		return -EPERM;
	(void)KERNEL(SYS_rt_sigpending, &pending, sizeof pending);
	/* A signal that was pending before is the program's. */
	quiet->unwanted &= ~pending;
	return 0;
}

/* result: of the system call since quiet_begin. */
static void quiet_end(const struct quiet *quiet, long result)
{
	const struct timespec now = {0, 0};

	if (result == -EPIPE || result == -EFBIG)
		(void)KERNEL(SYS_rt_sigtimedwait, &quiet->unwanted, NULL, &now,
			     sizeof quiet->unwanted);
	(void)change_mask(SIG_SETMASK, &quiet->mask, NULL);
}

int kernel_write_line(int fd, const void *line, size_t length)
{
	struct quiet quiet;
	ssize_t written;

	if (!writable(fd))
		return -EAGAIN;
	if (quiet_begin(&quiet) < 0)
		return -EPERM;
	written = KERNEL(SYS_write, fd, line, length);
	quiet_end(&quiet, written);
	if (written < 0)
		return (int)written;
	return (size_t)written < length ? -ENOSPC : 0;
}

bool kernel_can_read(const void *address)
{
	/* -1 is no valid operation, but the kernel reads the set first (kernel/signal.c: rt_sigprocmask).
	 * NULL would mean "no set"; address 8 is in the same page. */
	if (address == NULL)
		address = (const void *)sizeof(uint64_t);
	return KERNEL(SYS_rt_sigprocmask, -1, address, NULL, sizeof(uint64_t)) != -EFAULT;
}

int kernel_set_length(int fd, off_t length)
{
	struct quiet quiet;
	long result;

	if (quiet_begin(&quiet) < 0)
		return -EPERM;
	result = KERNEL(SYS_ftruncate, fd, (long)length);
	quiet_end(&quiet, result);
	return (int)result;
}

int kernel_write_start(int fd, const void *data, size_t length)
{
	struct quiet quiet;
	long written;

	if (quiet_begin(&quiet) < 0)
		return -EPERM;
	written = KERNEL(SYS_pwrite64, fd, data, length, 0L, 0L, 0L);
	quiet_end(&quiet, written);
	return written < 0 ? (int)written : written == (long)length ? 0 : -EIO;
}

int kernel_lock(int fd)
{
#ifndef SYS_fcntl64
#define SYS_fcntl64 SYS_fcntl
#endif
	struct flock64 lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	return (int)KERNEL(SYS_fcntl64, fd, F_OFD_SETLK, &lock);
}

int kernel_map(int fd, size_t length, void *place, void **mapping)
{
#ifdef SYS_mmap2
	const long number = SYS_mmap2;
#else
	const long number = SYS_mmap;
#endif
	const int saved_errno = errno;
	const long address = REAL(syscall)(number, place, length, PROT_READ | PROT_WRITE,
				     MAP_SHARED | (place != NULL ? MAP_FIXED : 0), fd, 0L);

	if (address == -1)
		return (int)kernel_result(address, saved_errno);
	*mapping = (void *)address;
	return 0;
}

void kernel_unmap(void *mapping, size_t length)
{
	(void)KERNEL(SYS_munmap, mapping, length);
}

/* FUTEX_WAKE_OP changes the word. No thread waits on the word. */
static int change_word(uint32_t *word, unsigned int operation, unsigned int argument)
{
	const long result = KERNEL(SYS_futex, word, FUTEX_WAKE_OP | FUTEX_PRIVATE_FLAG, 1, 1L,
				   word, (int)(operation << 28 | (argument & 0xfff) << 12));

	return result < 0 ? (int)result : 0;
}

int kernel_add(uint32_t *word, int summand)
{
	return change_word(word, FUTEX_OP_ADD, (unsigned int)summand);
}

bool kernel_can_write(uint32_t *word)
{
	return kernel_add(word, 0) != -EFAULT;
}

int kernel_clear_highest(uint32_t *word)
{
	return change_word(word, FUTEX_OP_ANDN | FUTEX_OP_OPARG_SHIFT, 31);
}

void kernel_close(int fd)
{
	(void)KERNEL(SYS_close, fd);
}

/* fstat(2) itself where libc's struct stat has the kernel's layout (glibc bits/struct_stat.h,
 * asm/stat.h). libc's function uses newfstatat(2), and is in a page that a start does not load
 * otherwise. */
int kernel_status(int fd, struct stat *status)
{
#if (defined(__x86_64__) || defined(__aarch64__)) && defined(__LP64__)
	return (int)KERNEL(SYS_fstat, fd, status);
#else
	const int saved_errno = errno;

	return (int)kernel_result(fstat(fd, status), saved_errno);
#endif
}

bool kernel_peek(void *copy, const void *from, size_t size)
{
	const struct iovec here = {copy, size};
	const struct iovec there = {(void *)(uintptr_t)from, size};

	/* 0L: the sixth argument is on the stack, and an int would leave its upper half undefined. */
	return KERNEL(SYS_process_vm_readv, kernel_process(), &here, 1, &there, 1, 0L) ==
	       (ssize_t)size;
}

int kernel_thread(void)
{
	return (int)KERNEL(SYS_gettid);
}

uid_t kernel_user(void)
{
	return (uid_t)KERNEL(SYS_geteuid);
}

int kernel_process(void)
{
	return (int)KERNEL(SYS_getpid);
}
