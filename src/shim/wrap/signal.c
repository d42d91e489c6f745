/*
 * sigaction, signal and their kin: what the program installs is entered through a stub that tells
 * a wait whether it is to be restarted (shim/system/interruption.h); what the program asks for is its own
 * handler. Cold. Native but for that, down to the flags, the mask and the errors.
 */
#include "config.h"

#include <stddef.h>

#include "calls/calls.h"
#include "calls/real.h"
#include "shim/io/attention.h"
#include "shim/config/configuration.h"
#include "shim/system/interruption.h"

/* siginterrupt has been called: signal may install handlers that do not restart. */
static volatile sig_atomic_t siginterrupt_used;

static bool is_handler(sighandler_t handler)
{
	return handler != SIG_DFL && handler != SIG_IGN && handler != SIG_ERR &&
	       handler != SIG_HOLD;
}

/* sa_handler and sa_sigaction are one pointer (a union in libc and in the kernel); the stubs pass
 * on all three arguments, which a handler of the one-argument kind does not look at. */
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

/* What to install in place of handler. */
static sighandler_t to_install(int number, sighandler_t handler, bool restarts)
{
	interruption_handler *own, *stub;

	if (!is_handler(handler) || !config_active())
		return handler;
	/* A program that got at a stub (a raw system call) and installs it again. */
	own = interruption_behind(three_arguments(handler));
	stub = interruption_stub(number, own, restarts);
	return stub != NULL ? one_argument(stub) : one_argument(own);
}

static sighandler_t to_show(sighandler_t installed)
{
	return is_handler(installed)
		       ? one_argument(interruption_behind(three_arguments(installed)))
		       : installed;
}

/* The kernel's flags for number and the stub's kind may have come apart: put the right stub in. */
static void install_right_kind(int number)
{
	struct sigaction action;

	if (REAL(sigaction)(number, NULL, &action) == 0 && is_handler(action.sa_handler)) {
		const sighandler_t wanted = to_install(number, action.sa_handler,
						       (action.sa_flags & SA_RESTART) != 0);

		if (wanted != action.sa_handler) {
			action.sa_handler = wanted;
			REAL(sigaction)(number, &action, NULL);
		}
	}
}

int wrap_sigaction(int number, const struct sigaction *action, struct sigaction *old)
{
	ATTEND_TRACED(sigaction, -1, wrap_sigaction(number, action, old), ARGUMENT(number),
		      ARGUMENT(action), ARGUMENT(old));

	struct sigaction changed;
	int result;

	if (action != NULL && is_handler(action->sa_handler)) {
		changed = *action;
		changed.sa_handler = to_install(number, action->sa_handler,
						(action->sa_flags & SA_RESTART) != 0);
		action = &changed;
	}
	result = REAL(sigaction)(number, action, old);
	if (result == 0 && old != NULL)
		old->sa_handler = to_show(old->sa_handler);
	return result;
}
CALL_ALIAS(__sigaction, sigaction);

sighandler_t wrap_signal(int number, sighandler_t handler)
{
	ATTEND_TRACED(signal, SIG_ERR, wrap_signal(number, handler), ARGUMENT(number),
		      ARGUMENT(handler));

	const sighandler_t old = REAL(signal)(number, to_install(number, handler, true));

	if (siginterrupt_used && old != SIG_ERR)
		install_right_kind(number);
	return to_show(old);
}
CALL_ALIAS(bsd_signal, signal);
CALL_ALIAS(ssignal, signal);

sighandler_t wrap_sysv_signal(int number, sighandler_t handler)
{
	ATTEND_TRACED(sysv_signal, SIG_ERR, wrap_sysv_signal(number, handler), ARGUMENT(number),
		      ARGUMENT(handler));

	return to_show(REAL(sysv_signal)(number, to_install(number, handler, false)));
}
CALL_ALIAS(__sysv_signal, sysv_signal);

sighandler_t wrap_sigset(int number, sighandler_t disposition)
{
	ATTEND_TRACED(sigset, SIG_ERR, wrap_sigset(number, disposition), ARGUMENT(number),
		      ARGUMENT(disposition));

	return to_show(REAL(sigset)(number, to_install(number, disposition, false)));
}

int wrap_siginterrupt(int number, int interrupts)
{
	ATTEND_TRACED(siginterrupt, -1, wrap_siginterrupt(number, interrupts), ARGUMENT(number),
		      ARGUMENT(interrupts));

	const int result = REAL(siginterrupt)(number, interrupts);

	siginterrupt_used = 1;
	if (result == 0)
		install_right_kind(number);
	return result;
}
