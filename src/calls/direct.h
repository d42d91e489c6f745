/*
 * Calls that are made without the function behind us. Hot.
 *
 * libc's recv is its system call and nothing more: it is a cancellation point in what it does only if
 * there are several threads (glibc sysdeps/unix/sysv/linux/recv.c, sysdep-cancel.h). Such a call costs
 * more than it seems: the return from it, and then the wrapper's own, are not predicted, because the
 * kernel's entry has emptied the processor's memory of returns. So where libc's own function is what is
 * behind us, not another preloaded library's, the system call is made in its place, and there are as
 * many returns as without us.
 *
 * Where there are threads, only calls that do not wait are made so. So it is enough to act on a
 * cancellation that is there before, and each does (DIRECT_IN_THREADS). In a process of one thread, where
 * a recv that waits is made so as well, who can be cancelled is who cancels itself, or was cancelled by
 * a thread that is no more. Therefore nothing is direct after the first pthread_cancel(3) that is seen.
 */
#ifndef CALLS_DIRECT_H
#define CALLS_DIRECT_H

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>

#include "base/attributes.h"
#include "calls/calls.h"

/* The machines whose calling convention is written down below; and with _dl_find_object (glibc
 * 2.35) there are <sys/single_threaded.h> and a libc that has the threads' functions in itself. */
#if defined(HAVE__DL_FIND_OBJECT) && ((defined(__x86_64__) && defined(__LP64__)) ||            \
				      (defined(__aarch64__) && defined(__LP64__)))
#define DIRECT_CALLS 1
#include <sys/single_threaded.h>
#endif

/* The real function of each is libc's, and no thread was ever cancelled. */
extern atomic_bool direct_functions[CALL_COUNT];

/* The real function of call is libc's own. Async-signal-safe; leaves errno alone. */
void direct_allow(enum call call);

/* From now on nothing is direct. Async-signal-safe. */
void direct_forbid(void);

/* Whether call, one of those below, may be made directly, now. */
static inline bool direct_allowed(enum call call)
{
#ifdef DIRECT_CALLS
	return LIKELY(atomic_load_explicit(&direct_functions[call], memory_order_relaxed));
#else
	(void)call;
	return false;
#endif
}

#ifdef DIRECT_CALLS
#define DIRECT_ALONE LIKELY(__libc_single_threaded)
#else
#define DIRECT_ALONE true
#endif

/* NAME_direct(…), a static function that makes a direct call, … */
#define DIRECT(name, ...)                                                                      \
	(DIRECT_ALONE ? name##_direct(__VA_ARGS__) : name##_in_threads(__VA_ARGS__))

/* … and before it, where there are threads, the cancellation point that libc's function is there. Apart,
 * for it is the caller's registers that a call of pthread_testcancel costs. */
#define DIRECT_IN_THREADS(name, parameters, arguments)                                         \
	APART static ssize_t name##_in_threads parameters                                      \
	{                                                                                      \
		pthread_testcancel();                                                          \
		return name##_direct arguments;                                                \
	}

/* A system call; what the kernel gives: a count, or -Exxx. It changes no register but those that
 * are named, so that a caller has nothing to save. */
static inline long direct_call(long number, long a, long b, long c, long d, long e, long f)
{
#if defined(DIRECT_CALLS) && defined(__x86_64__)
	register long fourth __asm__("r10") = d;
	register long fifth __asm__("r8") = e;
	register long sixth __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth), "r"(fifth),
			   "r"(sixth)
			 : "rcx", "r11", "memory");
	return result;
#elif defined(DIRECT_CALLS) && defined(__aarch64__)
	register long eighth __asm__("x8") = number;
	register long result __asm__("x0") = a;
	register long second __asm__("x1") = b;
	register long third __asm__("x2") = c;
	register long fourth __asm__("x3") = d;
	register long fifth __asm__("x4") = e;
	register long sixth __asm__("x5") = f;

	__asm__ volatile("svc 0"
			 : "+r"(result)
			 : "r"(eighth), "r"(second), "r"(third), "r"(fourth), "r"(fifth),
			   "r"(sixth)
			 : "memory");
	return result;
#else
	(void)number, (void)a, (void)b, (void)c, (void)d, (void)e, (void)f;
	__builtin_unreachable(); /* where direct_allowed is false */
#endif
}

/* After one of those below: what gave -Exxx gives -1 and errno, as libc's function does. Returns
 * errno as it was before. */
static inline int direct_result(ssize_t *result)
{
	const int saved_errno = errno;

	if (*result < 0) {
		errno = (int)-*result;
		*result = -1;
	}
	return saved_errno;
}

/* The system calls as libc's functions make them; -Exxx for an error. */

static inline ssize_t direct_recvfrom(int fd, void *buffer, size_t length, int flags,
				      struct sockaddr *address, socklen_t *address_length)
{
	return direct_call(SYS_recvfrom, fd, (long)buffer, (long)length, flags, (long)address,
			   (long)address_length);
}

static inline ssize_t direct_recv(int fd, void *buffer, size_t length, int flags)
{
	return direct_recvfrom(fd, buffer, length, flags, NULL, NULL);
}

static inline ssize_t direct_recvmsg(int fd, struct msghdr *message, int flags)
{
	return direct_call(SYS_recvmsg, fd, (long)message, flags, 0, 0, 0);
}

static inline ssize_t direct_sendto(int fd, const void *buffer, size_t length, int flags,
				    const struct sockaddr *address, socklen_t address_length)
{
	return direct_call(SYS_sendto, fd, (long)buffer, (long)length, flags, (long)address,
			   address_length);
}

static inline ssize_t direct_send(int fd, const void *buffer, size_t length, int flags)
{
	return direct_sendto(fd, buffer, length, flags, NULL, 0);
}

static inline ssize_t direct_sendmsg(int fd, const struct msghdr *message, int flags)
{
	return direct_call(SYS_sendmsg, fd, (long)message, flags, 0, 0, 0);
}

#endif
