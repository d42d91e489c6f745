/*
 * The start of the library: reads the settings, and connects the rooms.
 */
#ifndef SHIM_START_H
#define SHIM_START_H

#include <stdatomic.h>

#include "base/attributes.h"
#include "shim/fd/fd.h"

/*
 * Start the library, unless that was done. Called by the constructor; and by a wrapper that finds
 * FD_UNSTARTED in the state of its descriptor: constructors of other libraries and signal handlers
 * make calls before our constructor runs.
 *
 * After the return the library is started, and active or not (config_active). Exception: while another
 * thread (or the code that this signal handler has interrupted) is in here, the function returns at
 * once, config_active is false, and the caller makes the native call.
 *
 * Async-signal-safe, no lock; errno is unchanged. Costs one load once the library is started.
 */
COLD void start_once(void);

/* The same for a wrapper that does not look at the state of a descriptor. Hot: one load. */
static inline void start_early(void)
{
	if (UNLIKELY((atomic_load_explicit(&fd_beyond, memory_order_relaxed) & FD_UNSTARTED) !=
		     0))
		start_once();
}

#endif
