/*
 * syscall: the numbers of wrapped calls go to the wrappers, so that syscall(SYS_recvfrom, …) is
 * bounded like recvfrom; SYS_seccomp and SYS_prctl go to shim/wrap/sandbox.h. Every other
 * number, and everything in a sandbox or without settings, is passed on unchanged.
 *
 * Hot for programs that make their own futexes: a few comparisons. Async-signal-safe.
 *
 * A system call may differ from libc's function of the same name. Passed on natively are therefore:
 * - socketcall(2), the old ways of select(2) and mmap(2), and everything with a 64-bit time on a
 *   32-bit machine: other arguments;
 * - ppoll(2) and pselect6(2) with a timeout: the kernel writes the time that is left, libc does not;
 * - ppoll, pselect6, epoll_pwait with a signal mask of another size, or in unreadable memory: the
 *   kernel answers EINVAL or EFAULT;
 * - fcntl(2) and ioctl(2) that do not concern what the library remembers: F_GETOWN differs.
 */
#include "config.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "base/attributes.h"
#include "calls/calls.h"
#include "calls/real.h"
#include "shim/config/configuration.h"
#include "shim/log/traced.h"
#include "shim/start.h"
#include "shim/system/cancellation.h"
#include "shim/system/memory.h"
#include "shim/system/sandbox.h"
#include "shim/wrap/sandbox.h"

/* The kernel's set of signals. */
#define MASK_SIZE (NSIG / 8)

/* The i-th argument of the system call, as the kernel takes the argument. */
#define INT(i)      ((int)raw->a[i])
#define UNSIGNED(i) ((unsigned int)raw->a[i])
/* NOLINTNEXTLINE(performance-no-int-to-ptr) */
#define POINTER(i) ((void *)raw->a[i])
#define LONG(i)    (raw->a[i])

/* A system call of the program's. */
struct raw {
	long number;
	unsigned long a[6];
	const void *caller; /* an instruction of the caller */
};

/*
 * The caller of syscall(2) is the function that the wrapper of call has called: a library loaded after
 * this one that replaces libc's call, and makes the system call itself. The wrapper has seen the call
 * already.
 */
static bool is_behind(enum call call, const struct raw *raw)
{
#ifdef HAVE__DL_FIND_OBJECT
	struct dl_find_object caller, real, own;

	/* Takes no lock (glibc elf/dl-find_object.c). A tail call looks like a call by the
	 * function's caller, which is the wrapper. */
	return _dl_find_object((void *)(uintptr_t)raw->caller, &caller) == 0 &&
	       _dl_find_object(real_get(call), &real) == 0 &&
	       _dl_find_object(__extension__(void *) is_behind, &own) == 0 &&
	       (caller.dlfo_link_map == real.dlfo_link_map ||
		caller.dlfo_link_map == own.dlfo_link_map);
#else
	(void)call, (void)raw;
	return false;
#endif
}

/* The calls with time_t or off_t take those of libc's plain functions. musl on machines of 32 bits has wider
 * ones. */
#if defined(__LP64__) || defined(HAVE___SELECT64)
#define HAVE_PLAIN_TYPES 1
#endif

/* Makes the call by the wrapper of name; true where the call was made. */
#define MAKE(name, ...)                                                                        \
	(!is_behind(CALL_##name, raw) && (*result = wrap_##name(__VA_ARGS__), true))
/* One number and its wrapper. */
#define ROUTE(name, ...)                                                                       \
	case SYS_##name:                                                                       \
		return MAKE(name, __VA_ARGS__)

static bool receive(const struct raw *raw, long *result)
{
	switch (raw->number) {
		ROUTE(read, INT(0), POINTER(1), LONG(2));
		ROUTE(readv, INT(0), POINTER(1), INT(2));
		ROUTE(recvfrom, INT(0), POINTER(1), LONG(2), INT(3), POINTER(4), POINTER(5));
		ROUTE(recvmsg, INT(0), POINTER(1), INT(2));
#ifdef SYS_recv
		ROUTE(recv, INT(0), POINTER(1), LONG(2), INT(3));
#endif
#ifdef HAVE_PLAIN_TYPES
		ROUTE(recvmmsg, INT(0), POINTER(1), UNSIGNED(2), INT(3), POINTER(4));
#endif
	default:
		return false;
	}
}

static bool transmit(const struct raw *raw, long *result)
{
	switch (raw->number) {
		ROUTE(write, INT(0), POINTER(1), LONG(2));
		ROUTE(writev, INT(0), POINTER(1), INT(2));
		ROUTE(sendto, INT(0), POINTER(1), LONG(2), INT(3), POINTER(4), UNSIGNED(5));
		ROUTE(sendmsg, INT(0), POINTER(1), INT(2));
		ROUTE(sendmmsg, INT(0), POINTER(1), UNSIGNED(2), INT(3));
#ifdef SYS_send
		ROUTE(send, INT(0), POINTER(1), LONG(2), INT(3));
#endif
#ifdef HAVE_PLAIN_TYPES
		ROUTE(sendfile, INT(0), INT(1), POINTER(2), LONG(3));
#endif
#ifdef SYS_sendfile64
		ROUTE(sendfile64, INT(0), INT(1), POINTER(2), LONG(3));
#endif
		ROUTE(splice, INT(0), POINTER(1), INT(2), POINTER(3), LONG(4), UNSIGNED(5));
	default:
		return false;
	}
}

/* Command and request are among those that the wrapper acts on. */
static bool is_remembered(int command)
{
	return command == F_DUPFD || command == F_DUPFD_CLOEXEC || command == F_SETFL;
}

static bool change_descriptor(const struct raw *raw, long *result)
{
	switch (raw->number) {
#ifdef SYS_fcntl64
	case SYS_fcntl64:
#endif
	case SYS_fcntl:
		return is_remembered(INT(1)) && MAKE(fcntl, INT(0), INT(1), LONG(2));
	case SYS_ioctl:
		return UNSIGNED(1) == FIONBIO && MAKE(ioctl, INT(0), FIONBIO, POINTER(2));
		ROUTE(close, INT(0));
#if defined(HAVE_CLOSE_RANGE) && defined(SYS_close_range)
		ROUTE(close_range, UNSIGNED(0), UNSIGNED(1), INT(2));
#endif
		ROUTE(dup, INT(0));
#ifdef SYS_dup2
		ROUTE(dup2, INT(0), INT(1));
#endif
		ROUTE(dup3, INT(0), INT(1), INT(2));
#if defined(HAVE_PIDFD_GETFD) && defined(SYS_pidfd_getfd)
		ROUTE(pidfd_getfd, INT(0), INT(1), UNSIGNED(2));
#endif
		ROUTE(epoll_ctl, INT(0), INT(1), INT(2), POINTER(3));
	default:
		return false;
	}
}

static bool change_socket(const struct raw *raw, long *result)
{
	switch (raw->number) {
		ROUTE(socket, INT(0), INT(1), INT(2));
		ROUTE(socketpair, INT(0), INT(1), INT(2), POINTER(3));
		ROUTE(connect, INT(0), POINTER(1), UNSIGNED(2));
#ifdef SYS_accept
		ROUTE(accept, INT(0), POINTER(1), POINTER(2));
#endif
		ROUTE(accept4, INT(0), POINTER(1), POINTER(2), INT(3));
		ROUTE(getsockopt, INT(0), INT(1), INT(2), POINTER(3), POINTER(4));
		ROUTE(shutdown, INT(0), INT(1));
		ROUTE(setsockopt, INT(0), INT(1), INT(2), POINTER(3), UNSIGNED(4));
	default:
		return false;
	}
}

/* libc's set of signals out of the kernel's, which is shorter. *given is NULL where the program gave
 * none: then the size does not matter (kernel/signal.c: set_user_sigmask). */
static bool take_mask(const void *from, size_t size, sigset_t *copy, const sigset_t **given)
{
	*given = from == NULL ? NULL : copy;
	if (from == NULL)
		return true;
	if (size != MASK_SIZE || !memory_readable(from, MASK_SIZE))
		return false;
	(void)memset(copy, 0, sizeof *copy);
	(void)memcpy(copy, from, MASK_SIZE);
	return true;
}

/* The last argument of pselect6: a mask and its size, as one structure. */
static bool take_pair(const void *from, sigset_t *copy, const sigset_t **given)
{
	struct {
		const void *mask;
		size_t size;
	} pair = {NULL, 0};

	if (from != NULL && !memory_readable(from, sizeof pair))
		return false;
	if (from != NULL)
		(void)memcpy(&pair, from, sizeof pair);
	return take_mask(pair.mask, pair.size, copy, given);
}

static bool wait_masked(const struct raw *raw, long *result)
{
	const sigset_t *mask;
	sigset_t copy;

	switch (raw->number) {
	case SYS_ppoll:
		if (LONG(2) != 0 || !take_mask(POINTER(3), LONG(4), &copy, &mask))
			return false;
		return MAKE(ppoll, POINTER(0), UNSIGNED(1), NULL, mask);
	case SYS_pselect6:
		if (LONG(4) != 0 || !take_pair(POINTER(5), &copy, &mask))
			return false;
		return MAKE(pselect, INT(0), POINTER(1), POINTER(2), POINTER(3), NULL, mask);
	case SYS_epoll_pwait:
		if (!take_mask(POINTER(4), LONG(5), &copy, &mask))
			return false;
		return MAKE(epoll_pwait, INT(0), POINTER(1), INT(2), INT(3), mask);
#if defined(HAVE_EPOLL_PWAIT2) && defined(SYS_epoll_pwait2) && defined(__LP64__)
	case SYS_epoll_pwait2:
		if (!take_mask(POINTER(4), LONG(5), &copy, &mask))
			return false;
		return MAKE(epoll_pwait2, INT(0), POINTER(1), INT(2), POINTER(3), mask);
#endif
	default:
		return false;
	}
}

static bool wait_ready(const struct raw *raw, long *result)
{
	switch (raw->number) {
#ifdef SYS_poll
		ROUTE(poll, POINTER(0), UNSIGNED(1), INT(2));
#endif
#if defined(SYS_select) && defined(__LP64__)
		ROUTE(select, INT(0), POINTER(1), POINTER(2), POINTER(3), POINTER(4));
#endif
#if defined(SYS__newselect) && defined(HAVE___SELECT64)
	case SYS__newselect:
		return MAKE(select, INT(0), POINTER(1), POINTER(2), POINTER(3), POINTER(4));
#endif
#ifdef SYS_epoll_wait
		ROUTE(epoll_wait, INT(0), POINTER(1), INT(2), INT(3));
#endif
	default:
		return wait_masked(raw, result);
	}
}

/* The call is one of the wrapped calls, and was made. */
static bool route(const struct raw *raw, long *result)
{
	return receive(raw, result) || transmit(raw, result) || wait_ready(raw, result) ||
	       change_socket(raw, result) || change_descriptor(raw, result);
}

/* As route, but: syscall(2) is no cancellation point, and the functions behind the wrappers are. And
 * a system call that the library makes on the way from here is passed on, so that nothing goes round in
 * circles. */
static bool route_once(const struct raw *raw, long *result)
{
	bool routed;

	if (!cancellation_disable())
		return false;
	routed = route(raw, result);
	cancellation_restore();
	return routed;
}

static long pass_on(const struct raw *raw)
{
	const struct traced traced = TRACED(
		syscall, ARGUMENT(raw->number), ARGUMENT(LONG(0)), ARGUMENT(LONG(1)),
		ARGUMENT(LONG(2)), ARGUMENT(LONG(3)), ARGUMENT(LONG(4)), ARGUMENT(LONG(5)));
	const long result = REAL(syscall)(raw->number, LONG(0), LONG(1), LONG(2), LONG(3),
					  LONG(4), LONG(5));

	traced_end(&traced, result);
	return result;
}

static long make(const struct raw *raw)
{
	long result;

	start_early();
	switch (raw->number) {
	case SYS_futex:
		return pass_on(raw);
	case SYS_seccomp:
		return sandbox_seccomp(UNSIGNED(0), UNSIGNED(1), POINTER(2));
	case SYS_prctl:
		return wrap_prctl(INT(0), LONG(1), LONG(2), LONG(3), LONG(4));
	default:
		return config_active() && !sandbox_entered() && route_once(raw, &result)
			       ? result
			       : pass_on(raw);
	}
}

/* libc too takes six arguments, however many there are (sysdeps/unix/sysv/linux/x86_64/syscall.S). */
long wrap_syscall(long number, ...)
{
	struct raw raw = {.number = number, .caller = __builtin_return_address(0)};
	va_list arguments;

	va_start(arguments, number);
	for (size_t i = 0; i < COUNT_OF(raw.a); i++)
		raw.a[i] = va_arg(arguments, unsigned long);
	va_end(arguments);
	return make(&raw);
}
