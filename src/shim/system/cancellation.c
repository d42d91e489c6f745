/*
 * See cancellation.h.
 */
#include "config.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "base/attributes.h"
#include "shim/system/cancellation.h"

/* Whether this thread is in such a part; and the state that the program had set before. */
THREAD_LOCAL volatile sig_atomic_t disabled;
THREAD_LOCAL int state_before;

bool cancellation_disable(void)
{
	int state;

	if (disabled != 0)
		return false;
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	state_before = state;
	atomic_signal_fence(memory_order_seq_cst);
	disabled = 1;
	return true;
}

void cancellation_restore(void)
{
	disabled = 0;
	atomic_signal_fence(memory_order_seq_cst);
	(void)pthread_setcancelstate(state_before, NULL);
}

bool cancellation_is_disabled(void)
{
	return disabled != 0;
}

bool cancellation_suspend(void)
{
	if (disabled == 0)
		return false;
	cancellation_restore();
	return true;
}

void cancellation_resume(bool suspended)
{
	if (suspended)
		(void)cancellation_disable();
}
