/*
 * Owns the pages that are known to be readable. See memory.h. Hot for these pages and for the stack;
 * cold for others.
 */
#include "config.h"

#include <sys/auxv.h>

#include "shim/system/kernel.h"
#include "shim/system/memory.h"

/* The smallest page size. */
#define PAGE 4096

/* A page is remembered as its number + 1, so 0 means empty, at the index number modulo PAGES. */
#define PAGES 64
static _Atomic uintptr_t pages[PAGES];

_Thread_local __attribute__((tls_model("initial-exec"))) char memory_above;
_Atomic uintptr_t memory_end;

/* The page of address can be read. Tests the word of address, not another word of the page: the
 * program's access to this word is legal for tools that trace memory (valgrind). */
static bool page_readable(uintptr_t address)
{
	const uintptr_t page = address / PAGE, words = ~(uintptr_t)(sizeof(uint64_t) - 1);
	_Atomic uintptr_t *const place = &pages[page % PAGES];

	if (LIKELY(atomic_load_explicit(place, memory_order_relaxed) == page + 1))
		return true;
	/* NOLINTNEXTLINE(performance-no-int-to-ptr) */
	if (!kernel_can_read((const void *)(address & words)))
		return false;
	atomic_store_explicit(place, page + 1, memory_order_relaxed);
	return true;
}

/* The program's name is the highest string on the first thread's stack (fs/binfmt_elf.c:
 * create_elf_tables). */
COLD static void find_end(void)
{
	const uintptr_t name = (uintptr_t)getauxval(AT_EXECFN);

	atomic_store_explicit(&memory_end, name != 0 ? name : 1, memory_order_relaxed);
}

bool memory_known(const void *address, size_t size)
{
	const uintptr_t start = (uintptr_t)address, last = start + size - 1;

	if (size == 0)
		return true;
	/* Until memory_end is known, no address counts as the first thread's stack. */
	if (UNLIKELY(atomic_load_explicit(&memory_end, memory_order_relaxed) == 0)) {
		find_end();
		return memory_readable(address, size);
	}
	if (last < start || !page_readable(start))
		return false;
	for (uintptr_t page = start / PAGE + 1; page <= last / PAGE; page++)
		if (!page_readable(page * PAGE))
			return false;
	return true;
}

bool memory_writable(void *address, size_t size)
{
	const uintptr_t start = (uintptr_t)address, last = start + size - 1;
	const uintptr_t words = ~(uintptr_t)(sizeof(uint32_t) - 1);

	if (last < start)
		return false;
	/* NOLINTBEGIN(performance-no-int-to-ptr) */
	if (!kernel_can_write((uint32_t *)(start & words)))
		return false;
	for (uintptr_t page = start / PAGE + 1; page <= last / PAGE; page++)
		if (!kernel_can_write((uint32_t *)(page * PAGE)))
			return false;
	/* NOLINTEND(performance-no-int-to-ptr) */
	return true;
}
