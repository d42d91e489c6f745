/*
 * Owns the stubs by which the kernel enters the program's signal handlers, and their notes.
 * A stub costs a few loads and stores for each handled signal; everything else is cold.
 */
#include "config.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <ucontext.h>

#include "base/attributes.h"
#include "calls/real.h"
#include "shim/system/cancellation.h"
#include "shim/system/interruption.h"

/* Programs have a handful of handlers. Further handlers are installed without a stub. */
#define STUBS 128

/* The flags of a handler that a stub needs to know. */
#define STUB_FLAGS (SA_RESTART | SA_SIGINFO)
/* The slot is taken. No flag of sigaction(2) has this value, and a free slot is 0. */
#define SLOT_TAKEN 0x100

_Static_assert((SLOT_TAKEN & STUB_FLAGS) == 0, "the bit is free");

/* What one stub stands for. Set once: flags first, which takes the slot, then handler. */
struct slot {
	atomic_int flags; /* SLOT_TAKEN and STUB_FLAGS, or 0 */
	_Atomic(interruption_handler *) handler;
};
static struct slot slots[STUBS];

_Atomic(void *(*)(void)) interruption_before_handler;
_Atomic(void (*)(void *)) interruption_after_handler;

/* The kind of the handler that decides about the interrupted call (enum interruption); the
 * instruction before which that handler ran, 0 where the kernel did not tell; the stack frame of
 * its stub. */
THREAD_LOCAL volatile sig_atomic_t noted;
THREAD_LOCAL volatile uintptr_t noted_at;
THREAD_LOCAL volatile uintptr_t noted_frame;

/* The stack frame of the outermost stub whose handler runs; 0: no handler runs. After a handler that left by
 * siglongjmp(3) the frame stays here. */
THREAD_LOCAL volatile uintptr_t handler_frame;

/* The kernel gives every handler a context on these machines (arch/x86/kernel/signal_64.c:
 * x64_setup_rt_frame; arch/riscv/kernel/signal.c: setup_rt_frame); on others (i386, arm64) only
 * those with SA_SIGINFO, and the third argument of the rest is any value
 * (arch/x86/kernel/signal_32.c: ia32_setup_frame; arch/arm64/kernel/signal.c: setup_rt_frame). */
#if defined(__x86_64__) || defined(__riscv)
#define CONTEXT_ALWAYS 1
#else
#define CONTEXT_ALWAYS 0
#endif

/* The instruction before which the handler with this context ran; 0 on machines whose context is
 * not known here. */
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
 * i386 has two layouts of a signal's frame, whose sizes differ by 464 bytes. The smaller one, with
 * the state of the floating point unit, has 892 (arch/x86/include/asm/sigframe.h).
 */
#define FRAMES_DIFFER 640

/*
 * The noted handler was entered on top of the stub self, before self's first instruction. Without a
 * context the stack tells: a stub on top of another lies a signal's frame lower, a stub that ran
 * before lies in the same place. (Wrong where one of the two handlers has SA_ONSTACK.)
 */
static inline bool noted_ran_on_top_of(interruption_handler *self, uintptr_t frame)
{
	return noted_at != 0 ? noted_at == (uintptr_t)self
			     : noted_frame + FRAMES_DIFFER < frame;
}

/*
 * Only the first handler that the kernel enters sees the interrupted call. The first handler returns
 * first where it masks the second signal. Where it does not, the kernel enters the second handler
 * on top of the first instruction of the first, and the second returns first. A handler that
 * interrupts the first one later finds nothing noted, and the first overwrites its note.
 */
static inline void stub_enter(const struct slot *slot, interruption_handler *self, int number,
			      siginfo_t *information, void *context)
{
	const uintptr_t frame = (uintptr_t)__builtin_frame_address(0);
	const int flags = atomic_load_explicit(&slot->flags, memory_order_relaxed);
	const sig_atomic_t noted_before = noted;
	const uintptr_t noted_at_before = noted_at, noted_frame_before = noted_frame;
	const bool decides =
		noted_before == INTERRUPTION_NONE || noted_ran_on_top_of(self, frame);
	void *(*const before)(void) =
		atomic_load_explicit(&interruption_before_handler, memory_order_relaxed);
	void (*const after)(void *) =
		atomic_load_explicit(&interruption_after_handler, memory_order_relaxed);
	void *const suspended = before != NULL ? before() : NULL;
	const bool disabled = cancellation_suspend();
	/* A frame that is not above this one belongs to a handler that left by siglongjmp(3). */
	const bool outermost = handler_frame <= frame;

	if (outermost)
		handler_frame = frame;
	atomic_load_explicit(&slot->handler, memory_order_relaxed)(number, information,
								   context);
	if (outermost)
		handler_frame = 0;
	cancellation_resume(disabled);
	if (after != NULL)
		after(suspended);
	if (decides) {
		noted_at = CONTEXT_ALWAYS || (flags & SA_SIGINFO) != 0 ? interrupted_at(context)
								       : 0;
		noted_frame = frame;
		noted = (flags & SA_RESTART) != 0 ? INTERRUPTION_RESTART : INTERRUPTION_FAIL;
	} else {
		/* A wait in the handler has changed them. */
		noted_at = noted_at_before;
		noted_frame = noted_frame_before;
		noted = noted_before;
	}
}

#define STUB(n)                                                                                \
	static void stub_##n(int number, siginfo_t *information, void *context)                \
	{                                                                                      \
		stub_enter(&slots[n], stub_##n, number, information, context);                 \
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
	EIGHT(DO, 006)                                                                         \
	EIGHT(DO, 007) EIGHT(DO, 010) EIGHT(DO, 011) EIGHT(DO, 012) EIGHT(DO, 013)             \
		EIGHT(DO, 014) EIGHT(DO, 015) EIGHT(DO, 016) EIGHT(DO, 017)

EVERY(STUB)

#define STUB_ADDRESS(n) stub_##n,
static interruption_handler *const stubs[] = {EVERY(STUB_ADDRESS)};
_Static_assert(COUNT_OF(stubs) == COUNT_OF(slots), "a stub for each slot");

void interruption_begin(void)
{
	noted = INTERRUPTION_NONE;
}

enum interruption interruption_seen(void)
{
	return (enum interruption)noted;
}

bool interruption_in_handler(void)
{
	return handler_frame > (uintptr_t)__builtin_frame_address(0);
}

static bool signal_is_fault(int number)
{
	return number == SIGSEGV || number == SIGBUS || number == SIGILL || number == SIGFPE ||
	       number == SIGTRAP || number == SIGSYS;
}

/* Every handler without a stub was installed with SA_RESTART. */
static bool foreign_handlers_restart(void)
{
	for (int number = 1; number < NSIG; number++) {
		struct sigaction action;

		/* libc refuses its own two signals. One of them, SIGSETXID, can arrive here, and has
		 * SA_RESTART (glibc nptl/nptl_setxid.c). */
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

interruption_handler *interruption_stub(int number, interruption_handler *handler, int flags)
{
	const int wanted = SLOT_TAKEN | (flags & STUB_FLAGS);

	if (signal_is_fault(number))
		return NULL;
	for (size_t i = 0; i < STUBS; i++) {
		struct slot *const slot = &slots[i];
		int there = 0;

		if (atomic_compare_exchange_strong_explicit(&slot->flags, &there, wanted,
							    memory_order_relaxed,
							    memory_order_relaxed)) {
			atomic_store_explicit(&slot->handler, handler, memory_order_release);
			return stubs[i];
		}
		/* A slot that another thread has just taken, without a handler yet, is passed over:
		 * a second slot for the same handler does no harm. */
		if (there == wanted &&
		    atomic_load_explicit(&slot->handler, memory_order_acquire) == handler)
			return stubs[i];
	}
	return NULL;
}

interruption_handler *interruption_behind(interruption_handler *installed)
{
	for (size_t i = 0; i < STUBS; i++)
		if (stubs[i] == installed)
			return atomic_load_explicit(&slots[i].handler, memory_order_acquire);
	return installed;
}
