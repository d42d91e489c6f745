/*
 * Which signal handler ended a wait: one installed with SA_RESTART, after which the native call
 * would have gone on, or one without, after which it would have failed with EINTR (signal(7)).
 *
 * poll(2) is never restarted, and nothing in Linux tells afterwards which handler has run. So the
 * handlers that the program installs through libc are entered through stubs of ours, which note
 * the kind when the handler returns. A stub stands for one (handler, kind) for ever; which of them
 * is installed is the kernel's to know, so there is no table that could disagree with it, a
 * vfork child that installs handlers does no harm to its parent, and sigaction(2) changes handler
 * and kind in one step. The program sees its own handlers (shim/wrap/signal.c).
 *
 * Handlers of synchronous faults (SIGSEGV, …) are left alone: they do not end waits, and others
 * (JVMs, sanitizers) look closely at them. Cold, but for the stubs. Async-signal-safe.
 */
#ifndef SHIM_INTERRUPTION_H
#define SHIM_INTERRUPTION_H

#include <signal.h>
#include <stdbool.h>

typedef void interruption_handler(int number, siginfo_t *information, void *context);

enum interruption {
	INTERRUPTION_NONE,    /* no handler that we know of has returned */
	INTERRUPTION_RESTART, /* the one that counts was installed with SA_RESTART */
	INTERRUPTION_FAIL     /* … without */
};

/* Start to watch: forget what this thread's handlers did so far. */
void interruption_begin(void);

/* What has happened to this thread since interruption_begin. Of several handlers that
 * come at once the first to be entered counts, as in the kernel (arch/x86/kernel/signal.c:
 * handle_signal; a later one does not see the interrupted call). */
enum interruption interruption_seen(void);

/*
 * A wait of this thread failed with EINTR: would the native call have gone on? Where no stub has
 * run, the handlers that were installed past libc (or before us) decide, all of them; where there
 * is none, the process was only stopped and continued.
 */
bool interruption_restarts(void);

/* The stub for handler, of the kind that restarts or not; NULL when there are none left or number
 * is one of the signals left alone: then install the handler itself. */
interruption_handler *interruption_stub(int number, interruption_handler *handler,
					bool restarts);
/* The program's handler behind what the kernel calls; the same where it is no stub. */
interruption_handler *interruption_behind(interruption_handler *installed);

#endif
