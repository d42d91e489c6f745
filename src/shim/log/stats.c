/*
 * Passes on to the counters and the probes. Cold.
 */
#include "config.h"

#include "base/clock.h"
#include "shim/config/configuration.h"
#include "shim/log/counters.h"
#include "shim/log/stats.h"

atomic_bool stats_counted;

void stats_start(void)
{
	atomic_store_explicit(&stats_counted, true, memory_order_relaxed);
}

static bool counted(void)
{
	return atomic_load_explicit(&stats_counted, memory_order_relaxed);
}

int64_t stats_note_begin(int fd, enum operation operation, int64_t timeout, int64_t now)
{
	if (PROBE_TRACED(wait__begin))
		probe_wait_begin(fd, operation, timeout);
	return now != 0 ? now : clock_now();
}

void stats_note_end(int fd, enum operation operation, int64_t since, int error)
{
	const int64_t now = clock_now();

	if (counted())
		counters_wait(operation, now - since, now);
	if (PROBE_TRACED(wait__end))
		probe_wait_end(fd, operation, now - since, error);
}

void stats_timeout(int fd, enum operation operation, int64_t timeout)
{
	if (counted())
		counters_timeout(operation, clock_now());
	if (PROBE_TRACED(timeout))
		probe_timeout(fd, operation, timeout);
}

void stats_fault(int fd, enum operation operation, unsigned int rule, uint64_t count)
{
	if (counted())
		counters_fault(operation, clock_now());
	if (PROBE_TRACED(fault))
		probe_fault(fd, operation, rule, count);
}
