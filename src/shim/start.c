/*
 * The library's constructor: reads the settings while the program is still single-threaded, finds the
 * real functions where that cannot wait (calls/real.h), and bounds the sockets that it was started with.
 * Nothing depends on it: a wrapper that is called before does the same. Cold, but every program pays
 * for it: what can wait until it is needed is not done here.
 */
#include "config.h"

#include <sys/socket.h>
#include <unistd.h>

#include "calls/real.h"
#include "shim/io/bound.h"
#include "shim/fault/chaos.h"
#include "shim/config/configuration.h"
#include "shim/system/kernel.h"
#include "shim/wait/ready.h"
#include "shim/config/rules.h"
#include "shim/fault/seed.h"
#include "shim/log/stats.h"

__attribute__((constructor)) static void start(void)
{
	int type;

	real_resolve_early();
	(void)config_get();
	if (rules_any(~0U)) {
		seed_start();
		chaos_renew();
	}
	ready_start();
	if (config_get()->stats != NULL)
		stats_start();
	/* What libc's streams are opened on already: an inetd service's client. For others not even
	 * the page of their hints is touched. */
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (kernel_socket_option(fd, SO_TYPE, &type) == 0)
			bound_set(fd);
}
