/*
 * The static probes of provider `socktimeout`, for SystemTap, perf and bpftrace (USDT). Where
 * sys/sdt.h was missing when this was configured there are none. Cold: on the slow path only. A
 * probe is a nop and a semaphore, that whoever traces counts up, so that what a probe tells is not
 * even computed while nobody does.
 */
#ifndef SHIM_PROBE_H
#define SHIM_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/operation.h"

#ifdef HAVE_SYS_SDT_H
/* wait__begin, wait__end, timeout and fault, in this order. Written by the kernel. */
extern volatile unsigned short socktimeout_wait__begin_semaphore;
extern volatile unsigned short socktimeout_wait__end_semaphore;
extern volatile unsigned short socktimeout_timeout_semaphore;
extern volatile unsigned short socktimeout_fault_semaphore;

#define PROBE_TRACED(name) (socktimeout_##name##_semaphore != 0)
#else
#define PROBE_TRACED(name) false
#endif

/* The arguments as the probes have them; the operation by its name. */
void probe_wait_begin(int fd, enum operation operation, int64_t timeout);
void probe_wait_end(int fd, enum operation operation, int64_t elapsed, int error);
void probe_timeout(int fd, enum operation operation, int64_t timeout);
void probe_fault(int fd, enum operation operation, unsigned int rule, uint64_t count);

#endif
