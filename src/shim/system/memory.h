/*
 * Tests whether the program's memory can be read or written. A few wrappers read through a pointer of
 * the program before the kernel has checked the pointer. The kernel answers EFAULT to a bad pointer; a
 * wrapper would crash.
 *
 * The caller's stack is readable, and a page that was found readable is remembered: neither test makes
 * a system call. A page that is unmapped later stays remembered.
 *
 * Hot. Async-signal-safe, lock-free; leaves errno unchanged.
 */
#ifndef SHIM_MEMORY_H
#define SHIM_MEMORY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

/* An address at most so many bytes above a wrapper's own variables counts as the caller's stack. A
 * larger distance could pass the end of a stack that the program has made (sigaltstack(2),
 * coroutines). */
#define MEMORY_NEAR 65536

/* In every thread but the first, this variable lies above the stack, in the same mapping (glibc
 * nptl/allocatestack.c). */
extern _Thread_local __attribute__((tls_model("initial-exec"))) char memory_above;
/* The end of the first thread's stack, including the strings that the kernel puts there; 0: not found
 * yet. */
extern _Atomic uintptr_t memory_end;

/* As memory_readable, for memory that is not known to be on the stack. */
bool memory_known(const void *address, size_t size);

/* The size bytes at address can be read; true for 0 bytes. 1 system call for each page that is not
 * remembered. */
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

/* The size bytes (> 0) at address can be written now: memory that the kernel has not written to. Does
 * not change the memory. 1 system call for each page. */
COLD bool memory_writable(void *address, size_t size);

#endif
