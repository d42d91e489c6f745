/*
 * The functions behind the wrappers: what the program would have called without us. Hot: one load
 * and one predicted branch a call.
 */
#ifndef CALLS_REAL_H
#define CALLS_REAL_H

#include <stdatomic.h>

#include "base/attributes.h"
#include "calls/calls.h"

extern _Atomic(void *) real_functions[CALL_COUNT];

/*
 * Look one up and keep it. Async-signal-safe where next_known (calls/next.h); elsewhere with
 * dlsym(RTLD_NEXT), which is not: there the two below see to it that it is not in a handler.
 * Two threads may race: both find the same.
 * Never NULL: a function that libc lacks is replaced by one that fails with ENOSYS. Keeps errno.
 */
COLD void *real_resolve(enum call call);

/* Where dlsym(3) is needed, look all of them up that a signal handler may call. Called once, from our
 * constructor; harmless again. */
void real_resolve_early(void);

/* … and the others: before a call after which the program may ask dlerror(3), whose answer a
 * look-up takes away. Not async-signal-safe; once is enough, more is cheap. */
void real_resolve_late(void);

/* The same function, looked up where it has not been yet. Keeps errno. Hot: one load. */
static inline void *real_get(enum call call)
{
	/* The pointer carries no data with it, so relaxed order suffices. */
	void *function = atomic_load_explicit(&real_functions[call], memory_order_relaxed);

	return LIKELY(function != NULL) ? function : real_resolve(call);
}

/* The same, or NULL where it has not been looked up: for the head of a hot wrapper, which would save
 * registers for the look-up otherwise. */
#define REAL_KNOWN(name)                                                                       \
	((call_##name##_function *)atomic_load_explicit(&real_functions[CALL_##name],          \
							memory_order_relaxed))

/* The real function, with its type: REAL(recv)(fd, buffer, length, flags). */
#define REAL(name) ((call_##name##_function *)real_get(CALL_##name))

#endif
