/*
 * The functions behind the wrappers, which the program would call without the library. Hot: one load
 * and one predicted branch a call.
 */
#ifndef CALLS_REAL_H
#define CALLS_REAL_H

#include <stdatomic.h>

#include "base/attributes.h"
#include "calls/calls.h"

extern HIDDEN _Atomic(void *) real_functions[CALL_COUNT];

/*
 * Look up the function with dlsym(RTLD_NEXT), and keep it. Two threads may race: both find the same.
 * Not async-signal-safe, as dlsym(3) is not; real_resolve_early avoids look-ups in signal handlers.
 * Works before the constructor: another library's constructor may call first. Never NULL: a function
 * that libc lacks is replaced by one that fails with ENOSYS. Keeps errno.
 */
COLD void *real_resolve(enum call call);

/* Look up all functions that a signal handler may call. Called by the constructor; harmless again. */
void real_resolve_early(void);

/* Look up all other functions. Called before dlopen and dlmopen: a later look-up would clear the error
 * that the program then asks dlerror(3) for. Not async-signal-safe; cheap after the first time. */
void real_resolve_late(void);

/* The real function of call. Keeps errno. Hot: one load. */
static inline void *real_get(enum call call)
{
	/* The pointer carries no data with it, so relaxed order suffices. */
	void *function = atomic_load_explicit(&real_functions[call], memory_order_relaxed);

	return LIKELY(function != NULL) ? function : real_resolve(call);
}

/* The real function, with its type: REAL(recv)(fd, buffer, length, flags). */
#define REAL(name) ((call_##name##_function *)real_get(CALL_##name))

#endif
