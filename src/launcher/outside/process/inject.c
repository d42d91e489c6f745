/*
 * One-shot ptrace(2). Owns no state.
 *
 * A tracer is a thread, so each act has a thread of its own: when that ends, the kernel lets go of
 * the tracee, whatever state the tracee is in (kernel/ptrace.c: exit_ptrace). That is also what
 * happens when the launcher is killed. In both cases an interrupted call is restarted, as after a
 * signal without a handler.
 */
#include "launcher/outside/process/inject.h"

#include <elf.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/duration.h"
#include "launcher/proc.h"

/* The results by which the kernel has a call restarted (include/linux/errno.h); -EINTR is the
 * result of calls that are not. */
#define RESTART_SYS   (-512)
#define RESTART_NO    (-513)
#define RESTART_HAND  (-514)
#define RESTART_BLOCK (-516)

/* How long a thread may take to stop. One that sleeps uninterruptibly takes longer: it is left
 * alone. */
#define STOP_LIMIT    (100 * NANOSECONDS_PER_MILLISECOND)
#define STOP_INTERVAL (50 * NANOSECONDS_PER_MICROSECOND)

/* PTRACE_EVENT_STOP where <sys/ptrace.h> lacks it. */
#define EVENT_STOP 128

struct act {
	pid_t pid, thread;
	const struct sysno_call *call;
	long switches;
	enum inject_result result;
};

#ifndef __aarch64__
static bool is_interrupted(long result)
{
	return result == RESTART_SYS || result == RESTART_NO || result == RESTART_HAND ||
	       result == RESTART_BLOCK || result == -EINTR;
}
#endif

#if defined __x86_64__

/* Change the result of the call that the stopped thread was interrupted in. */
static enum inject_result change_result(pid_t thread, const struct sysno_call *call)
{
	struct user_regs_struct registers;
	long number, result;
	uint64_t first, stack;

	if (ptrace(PTRACE_GETREGS, thread, NULL, &registers) != 0)
		return INJECT_LATE;
	number = (long)registers.orig_rax;
	result = (long)registers.rax;
	first = registers.rdi;
	stack = registers.rsp;
	if (call->narrow) {
		number = (int32_t)registers.orig_rax;
		result = (int32_t)registers.rax;
		first = (uint32_t)registers.rbx;
		stack = (uint32_t)registers.rsp;
	}
	if (number != call->number || first != call->first || stack != call->stack)
		return INJECT_LATE;
	if (!is_interrupted(result))
		return result > 0 ? INJECT_PARTIAL : INJECT_LATE;
	registers.rax = (unsigned long long)-ETIMEDOUT;
	return ptrace(PTRACE_SETREGS, thread, NULL, &registers) == 0 ? INJECT_DONE
								     : INJECT_LATE;
}

#elif defined __i386__

static enum inject_result change_result(pid_t thread, const struct sysno_call *call)
{
	struct user_regs_struct registers;

	if (ptrace(PTRACE_GETREGS, thread, NULL, &registers) != 0 ||
	    registers.orig_eax != call->number ||
	    (uint32_t)registers.ebx != (uint32_t)call->first ||
	    (uint32_t)registers.esp != (uint32_t)call->stack)
		return INJECT_LATE;
	if (!is_interrupted(registers.eax))
		return registers.eax > 0 ? INJECT_PARTIAL : INJECT_LATE;
	registers.eax = -ETIMEDOUT;
	return ptrace(PTRACE_SETREGS, thread, NULL, &registers) == 0 ? INJECT_DONE
								     : INJECT_LATE;
}

#elif defined __aarch64__

/* The kernel has prepared the restart before the thread stops: x0 is the first argument again, and
 * pc is the call's own instruction (arch/arm64/kernel/signal.c: do_signal). */
static enum inject_result change_result(pid_t thread, const struct sysno_call *call)
{
	struct user_regs_struct registers;
	struct iovec vector = {&registers, sizeof registers};
	int number = -1;
	struct iovec of_number = {&number, sizeof number};

	if (ptrace(PTRACE_GETREGSET, thread, (void *)(uintptr_t)NT_PRSTATUS, &vector) != 0 ||
	    ptrace(PTRACE_GETREGSET, thread, (void *)(uintptr_t)NT_ARM_SYSTEM_CALL,
		   &of_number) != 0)
		return INJECT_LATE;
	if (number != call->number || registers.sp != call->stack)
		return INJECT_LATE;
	if (registers.pc == call->instruction - 4 && registers.regs[0] == call->first)
		registers.pc += 4;
	else if (registers.pc != call->instruction || (long)registers.regs[0] != -EINTR)
		return (long)registers.regs[0] > 0 ? INJECT_PARTIAL : INJECT_LATE;
	registers.regs[0] = (unsigned long long)-ETIMEDOUT;
	vector.iov_len = sizeof registers;
	return ptrace(PTRACE_SETREGSET, thread, (void *)(uintptr_t)NT_PRSTATUS, &vector) == 0
		       ? INJECT_DONE
		       : INJECT_LATE;
}

#else
#define NO_REGISTERS
#endif

#ifdef NO_REGISTERS

static void *run(void *context)
{
	struct act *const act = context;

	(void)is_interrupted;
	act->result = INJECT_REFUSED;
	return NULL;
}

#else

/* Wait until the thread has stopped. Returns whether it has. The stop is only looked at (WNOWAIT), so
 * that a child of the launcher that ends meanwhile is still there for its parent. */
static bool has_stopped(pid_t thread, siginfo_t *information)
{
	const int64_t deadline = clock_deadline(clock_now(), STOP_LIMIT);
	const struct timespec interval = {.tv_nsec = STOP_INTERVAL};

	for (;;) {
		information->si_pid = 0;
		if (waitid(P_PID, (id_t)thread, information,
			   WSTOPPED | WEXITED | WNOHANG | WNOWAIT | __WALL) != 0)
			return false;
		if (information->si_pid != 0)
			return information->si_code == CLD_TRAPPED ||
			       information->si_code == CLD_STOPPED;
		if (clock_now() >= deadline)
			return false;
		(void)nanosleep(&interval, NULL);
	}
}

/* The tracee has ended. Only its tracer can let its own parent know: the kernel waits for that. */
static void let_end(const struct act *act)
{
	struct proc_stat stat;
	siginfo_t information;

	if (act->thread == act->pid &&
	    (proc_stat(act->pid, &stat) != 0 || stat.parent == getpid()))
		return;
	(void)waitid(P_PID, (id_t)act->thread, &information, WEXITED | WNOHANG | __WALL);
}

/* Whether the thread has run since it was seen to wait. The stop itself is one context switch. */
static bool has_run(const struct act *act)
{
	const long switches = proc_switches(act->pid, act->thread);

	return act->switches < 0 || switches < 0 || switches > act->switches + 1;
}

/* Look at the stop, act, and let go. */
static enum inject_result act_on_stop(const struct act *act, const siginfo_t *information)
{
	const int event = information->si_status >> 8;
	int number = information->si_status & 0xff;
	enum inject_result result = INJECT_LATE;

	/* Another event is a signal's delivery, which goes on, or a stop of the whole process. */
	if (event == EVENT_STOP && number == SIGTRAP && !has_run(act))
		result = change_result(act->thread, act->call);
	if (event == EVENT_STOP)
		number = 0;
	(void)ptrace(PTRACE_DETACH, act->thread, NULL, (void *)(uintptr_t)number);
	return result;
}

static void *run(void *context)
{
	struct act *const act = context;
	siginfo_t information = {0};

	if (ptrace(PTRACE_SEIZE, act->thread, NULL, NULL) != 0) {
		act->result = errno == ESRCH ? INJECT_LATE : INJECT_REFUSED;
		return NULL;
	}
	if (ptrace(PTRACE_INTERRUPT, act->thread, NULL, NULL) == 0 &&
	    has_stopped(act->thread, &information))
		act->result = act_on_stop(act, &information);
	else if (information.si_pid != 0)
		let_end(act);
	return NULL; /* detaches, if nothing else did */
}

#endif

enum inject_result inject(pid_t pid, pid_t thread, const struct sysno_call *call, long switches)
{
	struct act act = {pid, thread, call, switches, INJECT_LATE};
	pthread_t tracer;

	if (pthread_create(&tracer, NULL, run, &act) != 0)
		return INJECT_REFUSED;
	(void)pthread_join(tracer, NULL);
	return act.result;
}
