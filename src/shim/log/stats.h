/*
 * Measurements of the waits: the counters (SOCKTIMEOUT_STATS), and the static probes of provider
 * `socktimeout` for SystemTap, perf and bpftrace (USDT). Called where a wait begins and ends, where a
 * wait has timed out, and where a fault is injected. Owns whether there are counters, and the
 * semaphores of the probes.
 *
 *     waiting_since = stats_begin(fd, operation, timeout, now);
 *     (the wait)
 *     stats_end(peer, operation, waiting_since, error);
 *
 * A probe is a nop. A tracer counts the semaphore of a probe up while the tracer watches the probe. A
 * build without sys/sdt.h has no probes.
 *
 * Cold; without counters and tracers, a few loads. Async-signal-safe; errno is unchanged. Times are in
 * nanoseconds. fd is -1 for a lookup, and for a wait for many descriptors.
 */
#ifndef SHIM_STATS_H
#define SHIM_STATS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "policy/operation.h"
#include "shim/log/summary.h"

#ifdef HAVE_SYS_SDT_H
/* Of the probes wait__begin and wait__end. Written by the kernel. */
extern volatile unsigned short socktimeout_wait__begin_semaphore;
extern volatile unsigned short socktimeout_wait__end_semaphore;

/* A tracer watches the probe. */
#define STATS_TRACED(probe) (socktimeout_##probe##_semaphore != 0)
#else
#define STATS_TRACED(probe) false
#endif

/* SOCKTIMEOUT_STATS or SOCKTIMEOUT_SUMMARY is set. Written once, by stats_start. */
extern atomic_bool stats_counted;

/* Count from now on. Called by start.c, where one of the two is set. */
void stats_start(void);

/* Waits are measured. */
static inline bool stats_watched(void)
{
	return UNLIKELY(atomic_load_explicit(&stats_counted, memory_order_relaxed) ||
			STATS_TRACED(wait__begin) || STATS_TRACED(wait__end));
}

/* stats_begin and stats_end where stats_watched. */
COLD int64_t stats_note_begin(int fd, enum operation operation, int64_t timeout, int64_t now);
COLD void stats_note_end(const struct summary_peer *peer, enum operation operation,
			 int64_t waiting_since, int error);

/* A wait begins. timeout: DURATION_NONE where the library does not bound the wait. now:
 * CLOCK_MONOTONIC, or 0 to read the clock. Returns the argument for stats_end; 0: waits are not
 * measured. */
static inline int64_t stats_begin(int fd, enum operation operation, int64_t timeout,
				  int64_t now)
{
	return stats_watched() ? stats_note_begin(fd, operation, timeout, now) : 0;
}

/* The wait has ended, with that errno or 0. */
static inline void stats_end(struct summary_peer peer, enum operation operation,
			     int64_t waiting_since, int error)
{
	if (waiting_since != 0)
		stats_note_end(&peer, operation, waiting_since, error);
}

/* A wait has timed out, and the program gets ETIMEDOUT. */
COLD void stats_timeout(struct summary_peer peer, enum operation operation, int64_t timeout);

/* A fault is injected. rule: the number of the rule in the policy; count: how often the rule matched, from
 * 1. */
COLD void stats_fault(int fd, enum operation operation, unsigned int rule, uint64_t count);

#endif
