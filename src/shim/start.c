/*
 * The start of the library. Owns whether the library is started. Reads the settings, decides whether
 * the library is active, and connects the rooms: a room that must call a room above gets a pointer
 * here. Cold; every program pays for the start, so most work is left for the first use.
 *
 * An inactive library has read its settings, and does nothing else.
 */
#include "config.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "calls/real.h"
#include "shim/config/configuration.h"
#include "shim/config/rules_slots.h"
#include "shim/config/standard_error.h"
#include "shim/fault/fault.h"
#include "shim/fd/fd.h"
#include "shim/io/io.h"
#include "shim/io/timer.h"
#include "shim/log/report.h"
#include "shim/log/stats.h"
#include "shim/log/traced.h"
#include "shim/start.h"
#include "shim/stdio/standard.h"
#include "shim/system/interruption.h"
#include "shim/system/process.h"
#include "shim/wait/limits.h"

enum { UNSTARTED, STARTING, STARTED };
static atomic_int state = UNSTARTED;

/* The hook after each call on a descriptor, where calls are logged. fault_changed leaves this hook in
 * place. */
static ssize_t end_fault_and_log(struct io *io, ssize_t result)
{
	struct traced traced = {.call = io->call,
				.operation = io->operation,
				.fd = io->fd,
				.count = io->argument_count,
				.started = io->entered_at};

	memcpy(traced.arguments, io->arguments, sizeof traced.arguments);
	result = fault_after(io, result);
	traced_report(&traced, result);
	return result;
}

/* Other rules are in force. */
static void rules_changed(void)
{
	fault_changed();
	limits_find();
}

/* A source of rules was refused. */
static void rules_refused(const char *message)
{
	if (!report_notice(message))
		standard_error_complain(message);
}

static const struct rules_events rules_events = {.on_change = rules_changed,
						 .on_refusal = rules_refused};

/* The library is active. Descriptors are known first: hooks are bits of their states. */
static void connect_rooms(const struct config *config)
{
	fd_start(true);
	atomic_store(&interruption_before_handler, timer_suspend);
	atomic_store(&interruption_after_handler, timer_resume);
	if (config->stats != NULL || config->summary_path != NULL)
		stats_start();
	if (config->log_calls) {
		atomic_store(&traced_calls, true);
		atomic_store(&io_after, end_fault_and_log);
		fd_hook_all(FD_HOOKED);
	}
	if (rules_any(RULE_CHAOS_ACTIONS))
		fault_changed();
	limits_find();
}

static void start(void)
{
	struct config *const config = config_read();

	if (sources_any(&config->sources))
		rules_start(&config->sources, &rules_events);
	config_publish();
	if (config->active)
		connect_rooms(config);
	else
		fd_start(false);
}

void start_once(void)
{
	int before = atomic_load_explicit(&state, memory_order_acquire);
	int saved_errno;

	if (before != UNSTARTED ||
	    !atomic_compare_exchange_strong_explicit(
		    &state, &before, STARTING, memory_order_acquire, memory_order_acquire))
		return;
	saved_errno = errno;
	start();
	errno = saved_errno;
	atomic_store_explicit(&state, STARTED, memory_order_release);
}

/* The constructor also does the work that a signal handler must not do: dlsym(3), pthread_atfork(3),
 * changes of stdio's streams. */
__attribute__((constructor)) static void construct(void)
{
	real_resolve_early();
	start_once();
	if (!config_active())
		return;
	process_start();
	/* Rules may come later, where a file is watched; by then this is no longer safe. */
	if (sources_any(&config_get()->sources))
		fault_start();
	standard_start();
}
