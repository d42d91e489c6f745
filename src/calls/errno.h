/*
 * The program's errno, read before a call that may fail on the way to success. Hot: libc's errno
 * is a function call, which costs a ready call more than all the rest of its wrapper.
 *
 * libc is loaded at start, so its thread-local storage is at the same distance from the thread
 * pointer in every thread (ELF TLS, static TLS block): the distance is measured once.
 */
#ifndef CALLS_ERRNO_H
#define CALLS_ERRNO_H

#include <errno.h>
#include <stddef.h>
#include <stdatomic.h>

#include "base/attributes.h"

#if defined(__has_builtin)
#if __has_builtin(__builtin_thread_pointer)
#define ERRNO_BY_THREAD_POINTER 1
#endif
#endif

/* 0 as long as it has not been measured. Set when a real function is looked up. */
extern _Atomic ptrdiff_t errno_distance;

/* errno, of this thread. Async-signal-safe. */
static inline int errno_now(void)
{
#ifdef ERRNO_BY_THREAD_POINTER
	const ptrdiff_t distance = atomic_load_explicit(&errno_distance, memory_order_relaxed);

	if (LIKELY(distance != 0))
		return *(const int *)(const void *)((const char *)__builtin_thread_pointer() +
						    distance);
#endif
	return errno;
}

#endif
