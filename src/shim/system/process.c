/*
 * Owns the page that names the owner of this memory. Cold.
 *
 * The page is anonymous and has MADV_WIPEONFORK: the kernel fills the page with zeros in every copy
 * of the memory (kernel/fork.c: dup_mmap), whichever way the copy was made. A child with CLONE_VM
 * gets no copy and sees the process id of the owner. libc's cached thread id is no substitute: a raw
 * clone(2) leaves the parent's id there.
 */
#include "config.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>
#include <time.h>

#include "shim/system/kernel.h"
#include "shim/system/kernel_inside.h"
#include "shim/system/process.h"

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

/* The smallest page size. The kernel rounds up. */
#define PAGE 4096

/* The process id of the owner, in the page; 0 in a new copy. NULL: no page yet. */
static _Atomic(atomic_int *) page;
/* The page cannot be had. */
static atomic_bool refused;
/* The last owner that was stored. Unlike the page, copies keep this value. */
static atomic_int last_owner;

/* libc's idea of this thread's id is not the kernel's. */
static bool thread_id_is_stale(void)
{
	clockid_t clock;

	/* A thread's clock contains the id that libc has cached
	 * (include/linux/posix-timers_types.h: CPUCLOCK_PID). */
	return pthread_getcpuclockid(pthread_self(), &clock) != 0 ||
	       ~(clock >> 3) != kernel_thread();
}

static void store_owner(atomic_int *owner, int process)
{
	atomic_store_explicit(&last_owner, process, memory_order_relaxed);
	atomic_store_explicit(owner, process, memory_order_relaxed);
}

static atomic_int *map_page(void)
{
	atomic_int *const mapped = kernel_allocate(PAGE);

	if (mapped == NULL)
		return NULL;
	if (KERNEL(SYS_madvise, mapped, PAGE, MADV_WIPEONFORK) != 0) {
		kernel_free(mapped, PAGE);
		return NULL;
	}
	store_owner(mapped, kernel_process());
	return mapped;
}

void process_remember(void)
{
	atomic_int *none = NULL, *mapped;

	if (atomic_load_explicit(&page, memory_order_acquire) != NULL ||
	    atomic_load_explicit(&refused, memory_order_relaxed))
		return;
	mapped = map_page();
	if (mapped == NULL)
		atomic_store_explicit(&refused, true, memory_order_relaxed);
	else if (!atomic_compare_exchange_strong_explicit(
			 &page, &none, mapped, memory_order_acq_rel, memory_order_acquire))
		/* Another thread was faster. */
		kernel_free(mapped, PAGE);
}

void process_forked(void)
{
	atomic_int *const owner = atomic_load_explicit(&page, memory_order_acquire);

	if (owner != NULL)
		store_owner(owner, kernel_process());
}

/*
 * The page is zero: this process, or a process whose memory it borrows, was made past the fork
 * handlers. Only a child of the last owner is known to be the former. Any other process must not
 * store its id: a borrower would make the owner a borrower for ever.
 */
static void adopt(atomic_int *owner, int process)
{
	if ((int)KERNEL(SYS_getppid) == atomic_load_explicit(&last_owner, memory_order_relaxed))
		store_owner(owner, process);
}

int process_owner(void)
{
	atomic_int *const owner = atomic_load_explicit(&page, memory_order_acquire);
	const int known =
		owner != NULL ? atomic_load_explicit(owner, memory_order_relaxed) : 0;

	return known != 0 ? known : kernel_process();
}

bool process_memory_is_borrowed(void)
{
	atomic_int *owner = atomic_load_explicit(&page, memory_order_acquire);
	int process, known;

	if (owner == NULL) {
		/* A borrower must not become the owner. */
		if (thread_id_is_stale())
			return true;
		process_remember();
		return false;
	}
	process = kernel_process();
	known = atomic_load_explicit(owner, memory_order_relaxed);
	if (known == 0)
		adopt(owner, process);
	return known != 0 && known != process;
}
