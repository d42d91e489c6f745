/*
 * The library's constructor: finds the real functions and reads the settings while the program is
 * still single-threaded. Nothing depends on it: a wrapper that is called before does the same.
 */
#include "config.h"

#include "calls/real.h"
#include "shim/config.h"
#include "shim/ready.h"

__attribute__((constructor)) static void start(void)
{
	real_resolve_all();
	(void)config_get();
	ready_start();
}
