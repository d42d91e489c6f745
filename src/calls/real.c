/*
 * The slots of the real functions and how they are filled. Cold: filled once, when first needed.
 *
 * The slots are written at most once each with the one right value, hence no lock and no
 * pthread_once (which would deadlock when a constructor of another library calls us first).
 */
#include "config.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>

#include "calls/direct.h"
#include "calls/errno.h"
#include "calls/next.h"
#include "calls/real.h"

_Atomic(void *) real_functions[CALL_COUNT];
_Atomic ptrdiff_t errno_distance;

static long real_missing(void)
{
	errno = ENOSYS;
	return -1;
}

static void measure_errno(void)
{
#ifdef ERRNO_BY_THREAD_POINTER
	atomic_store_explicit(&errno_distance,
			      (char *)&errno - (char *)__builtin_thread_pointer(),
			      memory_order_relaxed);
#endif
}

void *real_resolve(enum call call)
{
	const int saved_errno = errno;
	bool is_libc = false;
	void *function = next_known() ? next_find(call_name(call), &is_libc) : NULL;

	measure_errno();
	if (function == NULL) {
		is_libc = false;
		function = dlsym(RTLD_NEXT, call_name(call));
	}
	if (function == NULL)
		/* Every function here takes its arguments in registers or cleans up nothing: one
		 * without parameters may stand in for it. */
		function = __extension__(void *) real_missing;
	atomic_store_explicit(&real_functions[call], function, memory_order_relaxed);
	if (is_libc)
		direct_allow(call);
	errno = saved_errno;
	return function;
}

/* The first of those that calls.def says are looked up late: no signal handler calls them, and few
 * programs call many of them. */
#define CALL_LATE CALL_getaddrinfo

static void resolve_range(enum call first, enum call end)
{
	for (enum call call = first; call < end; call++)
		real_get(call);
}

void real_resolve_early(void)
{
	if (!next_known())
		resolve_range(0, CALL_LATE);
}

void real_resolve_late(void)
{
	static atomic_bool done;

	if (next_known() || atomic_load_explicit(&done, memory_order_relaxed))
		return;
	resolve_range(CALL_LATE, CALL_COUNT);
	atomic_store_explicit(&done, true, memory_order_relaxed);
}
