/*
 * Has an interrupted read or write of libc's begin again. Cold.
 */
#include "config.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <ucontext.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "shim/io/bound.h"
#include "shim/system/resume.h"

#if defined(__x86_64__) && defined(__LP64__)
#define CAN_RESUME 1
#else
#define CAN_RESUME 0
#endif

struct place {
	_Atomic uintptr_t start;
	_Atomic size_t size;
};
static struct place reading, writing;

THREAD_LOCAL volatile sig_atomic_t watching;
/* When the call was interrupted first; 0: not yet. */
THREAD_LOCAL volatile int64_t since;
THREAD_LOCAL volatile int expired;
THREAD_LOCAL volatile enum operation expired_operation;

static void place_set(struct place *place, const struct resume_place *known)
{
	atomic_store_explicit(&place->start, (uintptr_t)known->start, memory_order_relaxed);
	atomic_store_explicit(&place->size, known->size, memory_order_release);
}

void resume_learn(const struct resume_place *reads, const struct resume_place *writes)
{
	place_set(&writing, writes);
	place_set(&reading, reads);
}

bool resume_learnt(void)
{
	return atomic_load_explicit(&reading.size, memory_order_acquire) != 0;
}

void resume_begin(void)
{
	since = 0;
	expired = -1;
	resume_continue();
}

void resume_continue(void)
{
	watching = CAN_RESUME;
}

void resume_end(void)
{
	watching = 0;
}

sig_atomic_t resume_suspend(void)
{
	const sig_atomic_t before = watching;

	watching = 0;
	return before;
}

void resume_restore(sig_atomic_t before)
{
	watching = before;
}

bool resume_allowed(int fd, enum operation operation)
{
	const int64_t now = clock_now();

	if (since == 0)
		since = now;
	if (now - since < bound_timer(fd, operation))
		return true;
	expired = fd;
	expired_operation = operation;
	return false;
}

int resume_expired(enum operation *operation)
{
	*operation = expired_operation;
	return expired;
}

#if CAN_RESUME

/* syscall */
static const unsigned char instruction[] = {0x0f, 0x05};

/* The instruction before address is a system call, in place. */
static bool comes_from(uintptr_t address, const struct place *place)
{
	const size_t size = atomic_load_explicit(&place->size, memory_order_acquire);
	const uintptr_t start = atomic_load_explicit(&place->start, memory_order_relaxed);
	const unsigned char *const code = (const unsigned char *)address - sizeof instruction;

	return size != 0 && address >= start + sizeof instruction && address < start + size &&
	       code[0] == instruction[0] && code[1] == instruction[1];
}

bool resume_is_interrupted(const void *context)
{
	return ((const ucontext_t *)context)->uc_mcontext.gregs[REG_RAX] == -EINTR;
}

/* The kernel leaves the call's arguments in their registers, all but rcx and r11, which it changes
 * again. */
bool resume_interrupted(void *context)
{
	greg_t *const registers = ((ucontext_t *)context)->uc_mcontext.gregs;
	const uintptr_t address = (uintptr_t)registers[REG_RIP];
	const int fd = (int)registers[REG_RDI];
	const bool reads = comes_from(address, &reading);
	const enum operation operation = reads ? OPERATION_RECV : OPERATION_SEND;

	if ((!reads && !comes_from(address, &writing)) || !bound_holds(fd, operation) ||
	    !resume_allowed(fd, operation))
		return false;
	registers[REG_RAX] = reads ? SYS_read : SYS_write;
	registers[REG_RIP] -= (greg_t)sizeof instruction;
	return true;
}

#else

bool resume_is_interrupted(const void *context)
{
	(void)context;
	return false;
}

bool resume_interrupted(void *context)
{
	(void)context;
	return false;
}

#endif
