/*
 * Whether this process has restricted its own system calls by seccomp(2). From then on the library
 * makes no system call that the program did not ask for: the filter may kill the process for it.
 * Hot: the question is one load. Async-signal-safe; leaves errno alone.
 */
#ifndef SHIM_SYSTEM_SANDBOX_H
#define SHIM_SYSTEM_SANDBOX_H

#include <stdatomic.h>
#include <stdbool.h>

extern atomic_bool sandbox_flag;

/* A filter was installed here, or in the process that this one was forked from; for one thread or for
 * all. A filter that was there at exec does not count. Never becomes false again. */
static inline bool sandbox_entered(void)
{
	return atomic_load_explicit(&sandbox_flag, memory_order_relaxed);
}

/* For sandbox_enter (shim/wrap/sandbox.h): from now on sandbox_entered is true. */
static inline void sandbox_note(void)
{
	atomic_store_explicit(&sandbox_flag, true, memory_order_relaxed);
}

#endif
