/*
 * Which real functions are libc's own. Cold: asked once each, when they are looked up.
 */
#include "config.h"

#include "calls/direct.h"

atomic_bool direct_functions[CALL_COUNT];
static atomic_bool forbidden;

void direct_allow(enum call call)
{
#ifdef DIRECT_CALLS
	switch (call) {
	case CALL_recv:
	case CALL_recvfrom:
	case CALL_recvmsg:
	case CALL_send:
	case CALL_sendto:
	case CALL_sendmsg:
		/* In this order: who forbids meanwhile clears it, or is seen here. */
		atomic_store(&direct_functions[call], true);
		if (atomic_load(&forbidden))
			atomic_store(&direct_functions[call], false);
		break;
	default:
		break;
	}
#else
	(void)call;
#endif
}

void direct_forbid(void)
{
	atomic_store(&forbidden, true);
	for (enum call call = 0; call < CALL_COUNT; call++)
		atomic_store_explicit(&direct_functions[call], false, memory_order_relaxed);
}
