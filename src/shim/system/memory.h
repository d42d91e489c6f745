/*
 * May the program's memory be looked at? A few wrappers must read what a pointer leads to before the
 * kernel has; where that is nowhere the kernel says EFAULT, and a wrapper would crash.
 *
 * What lies on the caller's stack is there, and a page that was found to be there once is remembered:
 * neither costs a system call. What is unmapped after that is not noticed.
 *
 * Hot. Async-signal-safe, lock-free; leaves errno alone.
 */
#ifndef SHIM_MEMORY_H
#define SHIM_MEMORY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

/* So far above a wrapper's own variables a caller's are looked for. No farther, because of stacks that
 * are the program's own (sigaltstack(2), coroutines), of which nobody knows where they end. */
#define MEMORY_NEAR 65536

/* Lies above the stack of every thread but the first, in the same memory (glibc
 * nptl/allocatestack.c). */
extern _Thread_local __attribute__((tls_model("initial-exec"))) char memory_above;
/* Where the stack of the first ends, with what the kernel has put there; 0: not asked for yet. */
extern _Atomic uintptr_t memory_end;

/* As memory_readable, for what is not known to be on the stack. */
bool memory_known(const void *address, size_t size);

/* The size bytes at address can be read; 0 bytes can. A system call for each page that was not asked
 * for before. */
static inline bool memory_readable(const void *address, size_t size)
{
	const char below = 0;
	const uintptr_t here = (uintptr_t)&below, above = (uintptr_t)&memory_above;
	const uintptr_t start = (uintptr_t)address, distance = start - here;
	const uintptr_t end =
		above > here ? above : atomic_load_explicit(&memory_end, memory_order_relaxed);

	if (LIKELY(distance < MEMORY_NEAR && size < MEMORY_NEAR && start + size <= end))
		return true;
	return memory_known(address, size);
}

/* The size bytes (> 0) at address can be written, now: what the kernel has not filled in. A system
 * call a page; nothing is changed. */
COLD bool memory_writable(void *address, size_t size);

#endif
