/*
 * pthread_cancel: after it the ready calls are what they are in libc, cancellation points
 * (calls/direct.h). Cold.
 */
#include "config.h"

#include <errno.h>

#include "calls/calls.h"
#include "calls/direct.h"
#include "calls/real.h"
#include "shim/io/attention.h"

#ifdef HAVE__DL_FIND_OBJECT
int wrap_pthread_cancel(pthread_t thread)
{
	ATTEND_TRACED(pthread_cancel, EAGAIN, wrap_pthread_cancel(thread), ARGUMENT(thread));

	direct_forbid();
	return REAL(pthread_cancel)(thread);
}
#endif
