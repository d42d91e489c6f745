/*
 * Owns the slots of the real functions, and fills them. Cold: each is filled once.
 *
 * A slot is written with one value only, hence no lock and no pthread_once(3) (which would deadlock
 * when a constructor of another library calls a wrapper first).
 */
#include "config.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>

#include "calls/real.h"

_Atomic(void *) real_functions[CALL_COUNT];

static long real_missing(void)
{
	errno = ENOSYS;
	return -1;
}

void *real_resolve(enum call call)
{
	const int saved_errno = errno;
	void *function = dlsym(RTLD_NEXT, call_name(call));

	if (function == NULL) {
		/* The message of the failed look-up is not the program's. */
		(void)dlerror();
		/* Arguments are in registers, or the caller removes them from the stack: a function
		 * without parameters can replace any of these functions. */
		function = __extension__(void *) real_missing;
	}
	atomic_store_explicit(&real_functions[call], function, memory_order_relaxed);
	errno = saved_errno;
	return function;
}

/* The first function in calls.def that is looked up late. No signal handler calls the late functions,
 * and few programs call many of them. */
#define CALL_LATE CALL_getaddrinfo

static void resolve_range(enum call first, enum call end)
{
	for (enum call call = first; call < end; call++)
		(void)real_get(call);
}

void real_resolve_early(void)
{
	resolve_range(0, CALL_LATE);
}

void real_resolve_late(void)
{
	static atomic_bool done;

	if (atomic_load_explicit(&done, memory_order_relaxed))
		return;
	resolve_range(CALL_LATE, CALL_COUNT);
	atomic_store_explicit(&done, true, memory_order_relaxed);
}
