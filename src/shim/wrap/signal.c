/*
 * sigaction, signal and their kind. The kernel gets a stub that notes whether a wait is to be restarted
 * (shim/system/interruption.h); the program sees its own handlers. Native but for that, down to the
 * flags, the mask and the errors. Cold. Async-signal-safe.
 */
#include "config.h"

#include <stddef.h>

#include "calls/calls.h"
#include "calls/real.h"
#include "shim/config/configuration.h"
#include "shim/log/traced.h"
#include "shim/start.h"
#include "shim/system/interruption.h"

/* siginterrupt has been called: signal may install handlers that do not restart. */
static volatile sig_atomic_t siginterrupt_used;

static bool is_handler(sighandler_t handler)
{
	return handler != SIG_DFL && handler != SIG_IGN && handler != SIG_ERR &&
	       handler != SIG_HOLD;
}

/* sa_handler and sa_sigaction are one pointer (a union in libc and in the kernel). The stubs pass all
 * three arguments on; a handler with one argument ignores the others. */
static sighandler_t one_argument(interruption_handler *handler)
{
	const struct sigaction action = {.sa_sigaction = handler};

	return action.sa_handler;
}

static interruption_handler *three_arguments(sighandler_t handler)
{
	const struct sigaction action = {.sa_handler = handler};

	return action.sa_sigaction;
}

/* The handler to install in place of the program's, which has these flags of sigaction(2). */
static sighandler_t to_install(int number, sighandler_t handler, int flags)
{
	interruption_handler *own, *stub;

	start_early();
	if (!is_handler(handler) || !config_active())
		return handler;
	/* A program that got a stub from a raw system call may install the stub again. */
	own = interruption_behind(three_arguments(handler));
	stub = interruption_stub(number, own, flags);
	return stub != NULL ? one_argument(stub) : one_argument(own);
}

static sighandler_t to_show(sighandler_t installed)
{
	return is_handler(installed)
		       ? one_argument(interruption_behind(three_arguments(installed)))
		       : installed;
}

/* After siginterrupt the kernel's flags for number may differ from the stub's: install the stub for
 * the kernel's flags. */
static void install_right_stub(int number)
{
	struct sigaction action;

	if (REAL(sigaction)(number, NULL, &action) == 0 && is_handler(action.sa_handler)) {
		const sighandler_t wanted =
			to_install(number, action.sa_handler, action.sa_flags);

		if (wanted != action.sa_handler) {
			action.sa_handler = wanted;
			REAL(sigaction)(number, &action, NULL);
		}
	}
}

int wrap_sigaction(int number, const struct sigaction *action, struct sigaction *old)
{
	const struct traced traced =
		TRACED(sigaction, ARGUMENT(number), ARGUMENT(action), ARGUMENT(old));
	struct sigaction changed;
	int result;

	if (action != NULL && is_handler(action->sa_handler)) {
		changed = *action;
		changed.sa_handler = to_install(number, action->sa_handler, action->sa_flags);
		action = &changed;
	}
	result = REAL(sigaction)(number, action, old);
	if (result == 0 && old != NULL)
		old->sa_handler = to_show(old->sa_handler);
	traced_end(&traced, result);
	return result;
}
CALL_ALIAS(__sigaction, sigaction);

sighandler_t wrap_signal(int number, sighandler_t handler)
{
	const struct traced traced = TRACED(signal, ARGUMENT(number), ARGUMENT(handler));
	const sighandler_t old =
		to_show(REAL(signal)(number, to_install(number, handler, SA_RESTART)));

	if (siginterrupt_used && old != SIG_ERR)
		install_right_stub(number);
	traced_end(&traced, (intptr_t)old);
	return old;
}
CALL_ALIAS(bsd_signal, signal);
CALL_ALIAS(ssignal, signal);

#ifdef HAVE_GLIBC
sighandler_t wrap_sysv_signal(int number, sighandler_t handler)
{
	const struct traced traced = TRACED(sysv_signal, ARGUMENT(number), ARGUMENT(handler));
	const sighandler_t old =
		to_show(REAL(sysv_signal)(number, to_install(number, handler, 0)));

	traced_end(&traced, (intptr_t)old);
	return old;
}
CALL_ALIAS(__sysv_signal, sysv_signal);
#endif

sighandler_t wrap_sigset(int number, sighandler_t disposition)
{
	const struct traced traced = TRACED(sigset, ARGUMENT(number), ARGUMENT(disposition));
	const sighandler_t old =
		to_show(REAL(sigset)(number, to_install(number, disposition, 0)));

	traced_end(&traced, (intptr_t)old);
	return old;
}

int wrap_siginterrupt(int number, int interrupts)
{
	const struct traced traced =
		TRACED(siginterrupt, ARGUMENT(number), ARGUMENT(interrupts));
	const int result = REAL(siginterrupt)(number, interrupts);

	siginterrupt_used = 1;
	if (result == 0)
		install_right_stub(number);
	traced_end(&traced, result);
	return result;
}
