/*
 * Which signal handler ended a wait: one installed with SA_RESTART, after which the native call
 * would have gone on, or one without, after which the call would have failed with EINTR (signal(7)).
 *
 * poll(2) is never restarted, and Linux does not tell afterwards which handler has run. So the
 * kernel enters the handlers that the program installs through libc by way of stubs. A stub notes
 * the kind of its handler when the handler returns. Each stub stands for one handler with its flags,
 * for ever. Only the kernel knows which stub is installed, so no table can disagree with the kernel,
 * a vfork child that installs handlers does not harm its parent, and sigaction(2) changes handler
 * and kind in one step. The program sees its own handlers (shim/wrap/signal.c).
 *
 * Handlers of synchronous faults (SIGSEGV, …) get no stub: they do not end waits, and other
 * libraries (JVMs, sanitizers) look at them closely. Cold, but for the stubs. Async-signal-safe.
 */
#ifndef SHIM_INTERRUPTION_H
#define SHIM_INTERRUPTION_H

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>

typedef void interruption_handler(int number, siginfo_t *information, void *context);

enum interruption {
	INTERRUPTION_NONE,    /* no handler with a stub has returned */
	INTERRUPTION_RESTART, /* the deciding handler was installed with SA_RESTART */
	INTERRUPTION_FAIL     /* the deciding handler was installed without SA_RESTART */
};

/*
 * Called by every stub before and after the program's handler, in the interrupted thread; NULL: nothing
 * is called. The second function gets the value that the first returned, unless the handler leaves by
 * siglongjmp(3). Both must be async-signal-safe, keep errno, and not change the signal mask. A higher
 * room sets the pointers once, from the constructor.
 */
extern _Atomic(void *(*)(void)) interruption_before_handler;
extern _Atomic(void (*)(void *)) interruption_after_handler;

/* Forget which handlers have run in this thread. Called before a wait. */
void interruption_begin(void);

/* The handlers that have run in this thread since interruption_begin. Of several handlers that arrive
 * at once, the first that the kernel entered decides, as in the kernel (arch/x86/kernel/signal.c:
 * handle_signal; a later handler does not see the interrupted call). */
enum interruption interruption_seen(void);

/* This function runs in a signal handler that a stub has called. Also true after a handler that left by
 * siglongjmp(3), in a function whose frame is deeper in the stack than the handler's was. False in the handler
 * of a synchronous fault, and in a handler that was installed past libc. */
bool interruption_in_handler(void);

/*
 * A wait of this thread failed with EINTR: would the native call have gone on? Where no stub has
 * run, all handlers decide together that were installed past libc or before this library; where
 * there is none of those either, the process was only stopped and continued. Keeps errno.
 */
bool interruption_restarts(void);

/* The stub for handler with these flags of sigaction(2), of which SA_RESTART and SA_SIGINFO count.
 * NULL where number is the signal of a fault, or where no stub is left: then the caller installs
 * the handler itself. */
interruption_handler *interruption_stub(int number, interruption_handler *handler, int flags);
/* The program's handler behind an installed handler; installed itself where that is no stub. */
interruption_handler *interruption_behind(interruption_handler *installed);

#endif
