/*
 * Fault injection: rules make calls fail, late, short, reset, or never end (socktimeout.conf(5),
 * "Faults"). The rooms below call fault injection through pointers: io_before and io_after (calls
 * on descriptors), wait_fault (readiness waits), resolver_fault (lookups). A pointer is set only
 * while some rule may concern such a call.
 *
 * Cold.
 */
#ifndef SHIM_FAULT_FAULT_H
#define SHIM_FAULT_FAULT_H

#include "shim/fault/fault_call.h"

/* From the constructor, where there are rules, or may be later (rules_watched): register the
 * fork handlers (pthread_atfork(3)), then do the work of fault_changed. Not async-signal-safe. */
void fault_start(void);

/* The rules are new: set the pointers, and hook the descriptors. Where calls are logged
 * (traced_wanted), io_after is left to the log, whose hook calls fault_after. Goes through all known
 * descriptors. Async-signal-safe; errno is unchanged. */
void fault_changed(void);

#endif
