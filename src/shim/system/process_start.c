/*
 * Registers the fork handler of process.h. Apart from process.c, because pthread_atfork(3) is not
 * async-signal-safe. Cold.
 */
#include "config.h"

#include <pthread.h>
#include <stdatomic.h>

#include "shim/system/process.h"

void process_start(void)
{
	static atomic_flag registered = ATOMIC_FLAG_INIT;

	process_remember();
	/* Without the handler, a child of fork(2) is recognised like the child of a raw clone(2). */
	if (!atomic_flag_test_and_set(&registered))
		(void)pthread_atfork(NULL, NULL, process_forked);
}
