/*
 * Which real functions are libc's own. Cold: asked once each, when they are looked up.
 */
#include "config.h"

#include <dlfcn.h>
#include <errno.h>

#include "calls/direct.h"

atomic_bool direct_functions[CALL_COUNT];
static atomic_bool forbidden;

#ifdef DIRECT_CALLS
/* By the linker's table for the unwinder: reading it takes no lock (glibc elf/dl-find_object.c). */
static bool is_in_libc(const void *function)
{
	struct dl_find_object libc, found;

	return _dl_find_object(__extension__(void *) __errno_location, &libc) == 0 &&
	       _dl_find_object((void *)(uintptr_t)function, &found) == 0 &&
	       found.dlfo_link_map == libc.dlfo_link_map;
}
#endif

void direct_consider(enum call call, const void *function)
{
#ifdef DIRECT_CALLS
	switch (call) {
	case CALL_recv:
	case CALL_recvfrom:
	case CALL_recvmsg:
	case CALL_send:
	case CALL_sendto:
	case CALL_sendmsg:
		atomic_store(&direct_functions[call],
			     is_in_libc(function) && !atomic_load(&forbidden));
		break;
	default:
		break;
	}
#else
	(void)call, (void)function;
#endif
}

void direct_forbid(void)
{
	atomic_store(&forbidden, true);
	for (enum call call = 0; call < CALL_COUNT; call++)
		atomic_store_explicit(&direct_functions[call], false, memory_order_relaxed);
}
