/*
 * Parts of a call in which the thread cannot be cancelled: the native call is no cancellation point, and
 * the library calls functions that are. A signal handler that interrupts such a part runs with the state
 * that the program has set, and may leave by siglongjmp(3). (Not in the few instructions between a change
 * of the state and the note of the change.)
 *
 * Cold. Async-signal-safe; errno is unchanged.
 */
#ifndef SHIM_CANCELLATION_H
#define SHIM_CANCELLATION_H

#include <stdbool.h>

/* Begins such a part. Returns false, and changes nothing, if this thread is in such a part already. */
bool cancellation_disable(void);
/* Ends the part that a successful cancellation_disable began. */
void cancellation_restore(void);

/* Whether this thread is in such a part. */
bool cancellation_is_disabled(void);

/* Called before a signal handler: leaves the part. Returns whether there was a part. The caller passes the result to
 * cancellation_resume after the handler has returned. */
bool cancellation_suspend(void);
void cancellation_resume(bool suspended);

#endif
