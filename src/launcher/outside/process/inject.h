/*
 * Ends a system call in which a thread is blocked, by ptrace(2): the thread is stopped for a moment,
 * and the call's result becomes -ETIMEDOUT. Owns no state. Not for event loops.
 */
#ifndef LAUNCHER_OUTSIDE_PROCESS_INJECT_H
#define LAUNCHER_OUTSIDE_PROCESS_INJECT_H

#include <sys/types.h>

#include "launcher/outside/process/sysno.h"

enum inject_result {
	INJECT_DONE,    /* the call returns ETIMEDOUT */
	INJECT_PARTIAL, /* the call returns what it has done so far */
	INJECT_LATE, /* the thread was no longer in that call, or is being stopped or ended */
	INJECT_REFUSED /* ptrace is not permitted, or the thread has a tracer, or no such machine */
};

/* End the call of the thread of the process, if the thread is still in it. switches: the thread's context
 * switches (proc_switches) when it was seen to wait. A thread that has run since then may be in another
 * call that looks the same: that is left alone (INJECT_LATE). */
enum inject_result inject(pid_t pid, pid_t thread, const struct sysno_call *call,
			  long switches);

#endif
