/*
 * The stubs through which the program's signal handlers are entered, and what they note. The stubs
 * run as often as signals are handled and cost a few loads and stores; all else is cold.
 */
#include "config.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <ucontext.h>

#include "base/attributes.h"
#include "calls/real.h"
#include "shim/system/interruption.h"
#include "shim/system/resume.h"

/* Of each kind. Programs have a handful of handlers; what does not fit is installed as it is. */
#define STUBS 64

/* [0, STUBS): with SA_RESTART; [STUBS, 2 * STUBS): without. Set once each. */
static _Atomic(interruption_handler *) handlers[2 * STUBS];

/* The kind of the handler that the kernel ran for the interrupted call, and where it interrupted
 * the thread. */
THREAD_LOCAL volatile sig_atomic_t noted;
THREAD_LOCAL volatile uintptr_t noted_at;

/* The instruction before which the handler with this context ran; 0 where this machine's context
 * is not known here: then, of two handlers that come at once and do not mask one another, the
 * wrong one decides. */
static inline uintptr_t interrupted_at(const void *context)
{
	const ucontext_t *const interrupted = context;

#if defined(__x86_64__)
	return (uintptr_t)interrupted->uc_mcontext.gregs[REG_RIP];
#elif defined(__i386__)
	return (uintptr_t)interrupted->uc_mcontext.gregs[REG_EIP];
#elif defined(__aarch64__)
	return (uintptr_t)interrupted->uc_mcontext.pc;
#elif defined(__riscv)
	return (uintptr_t)interrupted->uc_mcontext.__gregs[REG_PC];
#else
	(void)interrupted;
	return 0;
#endif
}

/*
 * The same where the interrupted call can be told by its result, which the first handler sees. After
 * one without SA_RESTART the call fails, whatever comes then.
 */
COLD static void note_watched(bool restarts, void *context, sig_atomic_t noted_before,
			      uintptr_t noted_at_before)
{
	noted = noted_before;
	noted_at = noted_at_before;
	if (noted_before == INTERRUPTION_FAIL || !resume_is_interrupted(context))
		return;
	noted_at = interrupted_at(context);
	noted = restarts ? INTERRUPTION_RESTART : INTERRUPTION_FAIL;
	/* The next one interrupts another wait. */
	if (restarts && resume_interrupted(context))
		noted = INTERRUPTION_NONE;
}

/*
 * Only the first handler that the kernel enters sees the interrupted call. It returns first where
 * it masks the second; where it does not, the second is entered on top of its first instruction,
 * and returns before it. One that interrupts it further on finds and leaves it in charge.
 */
static inline void stub_enter(size_t stub, interruption_handler *self, int number,
			      siginfo_t *information, void *context)
{
	const sig_atomic_t noted_before = noted;
	const uintptr_t noted_at_before = noted_at;
	interruption_handler *const handler =
		atomic_load_explicit(&handlers[stub], memory_order_relaxed);

	const sig_atomic_t suspended = resume_suspend();

	handler(number, information, context);
	resume_restore(suspended);
	if (UNLIKELY(suspended)) {
		note_watched(stub < STUBS, context, noted_before, noted_at_before);
	} else if (noted_before == INTERRUPTION_NONE || noted_at_before == (uintptr_t)self) {
		noted_at = interrupted_at(context);
		noted = stub < STUBS ? INTERRUPTION_RESTART : INTERRUPTION_FAIL;
	} else {
		/* A wait in the handler has begun anew. */
		noted_at = noted_at_before;
		noted = noted_before;
	}
}

#define STUB(n)                                                                                \
	static void stub_##n(int number, siginfo_t *information, void *context)                \
	{                                                                                      \
		stub_enter(n, stub_##n, number, information, context);                         \
	}
#define EIGHT(DO, tens)                                                                        \
	DO(tens##0)                                                                            \
	DO(tens##1) DO(tens##2) DO(tens##3) DO(tens##4) DO(tens##5) DO(tens##6) DO(tens##7)
/* Octal, so that the digits can be pasted: 0000 to 0177. */
#define EVERY(DO)                                                                              \
	EIGHT(DO, 000)                                                                         \
	EIGHT(DO, 001)                                                                         \
	EIGHT(DO, 002)                                                                         \
	EIGHT(DO, 003)                                                                         \
	EIGHT(DO, 004)                                                                         \
	EIGHT(DO, 005)                                                                         \
	EIGHT(DO, 006) EIGHT(DO, 007) EIGHT(DO, 010) EIGHT(DO, 011) EIGHT(DO, 012)             \
		EIGHT(DO, 013) EIGHT(DO, 014) EIGHT(DO, 015) EIGHT(DO, 016) EIGHT(DO, 017)

EVERY(STUB)

#define STUB_ADDRESS(n) stub_##n,
static interruption_handler *const stubs[] = {EVERY(STUB_ADDRESS)};
_Static_assert(COUNT_OF(stubs) == COUNT_OF(handlers), "a stub for each handler");

void interruption_begin(void)
{
	noted = INTERRUPTION_NONE;
	resume_end();
}

enum interruption interruption_seen(void)
{
	return (enum interruption)noted;
}

static bool signal_is_fault(int number)
{
	return number == SIGSEGV || number == SIGBUS || number == SIGILL || number == SIGFPE ||
	       number == SIGTRAP || number == SIGSYS;
}

/* Whether every handler that is no stub of ours was installed with SA_RESTART. */
static bool foreign_handlers_restart(void)
{
	for (int number = 1; number < NSIG; number++) {
		struct sigaction action;

		/* libc refuses its own two signals; the one that can arrive here, SIGSETXID, is
		 * handled with SA_RESTART (glibc nptl/nptl_setxid.c). */
		if (signal_is_fault(number) || REAL(sigaction)(number, NULL, &action) != 0)
			continue;
		if (action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN ||
		    interruption_behind(action.sa_sigaction) != action.sa_sigaction)
			continue;
		if ((action.sa_flags & SA_RESTART) == 0)
			return false;
	}
	return true;
}

bool interruption_restarts(void)
{
	const int saved_errno = errno;
	bool restarts;

	switch (interruption_seen()) {
	case INTERRUPTION_RESTART:
		return true;
	case INTERRUPTION_FAIL:
		return false;
	default:
		restarts = foreign_handlers_restart();
		errno = saved_errno;
		return restarts;
	}
}

interruption_handler *interruption_stub(int number, interruption_handler *handler,
					bool restarts)
{
	const size_t first = restarts ? 0 : STUBS;

	if (signal_is_fault(number))
		return NULL;
	for (size_t stub = first; stub < first + STUBS; stub++) {
		interruption_handler *there =
			atomic_load_explicit(&handlers[stub], memory_order_relaxed);

		if (there == NULL && atomic_compare_exchange_strong_explicit(
					     &handlers[stub], &there, handler,
					     memory_order_relaxed, memory_order_relaxed))
			return stubs[stub];
		/* Also where another thread was faster, with the same handler. */
		if (there == handler)
			return stubs[stub];
	}
	return NULL;
}

interruption_handler *interruption_behind(interruption_handler *installed)
{
	for (size_t stub = 0; stub < COUNT_OF(stubs); stub++)
		if (stubs[stub] == installed)
			return atomic_load_explicit(&handlers[stub], memory_order_relaxed);
	return installed;
}
