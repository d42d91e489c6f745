/*
 * The probes themselves. Cold.
 */
#include "config.h"

#include "shim/log/probe.h"

#ifdef HAVE_SYS_SDT_H

#define _SDT_HAS_SEMAPHORES 1
#include <sys/sdt.h>

#define SEMAPHORE __attribute__((section(".probes"))) volatile unsigned short
SEMAPHORE socktimeout_wait__begin_semaphore;
SEMAPHORE socktimeout_wait__end_semaphore;
SEMAPHORE socktimeout_timeout_semaphore;
SEMAPHORE socktimeout_fault_semaphore;

void probe_wait_begin(int fd, enum operation operation, int64_t timeout)
{
	DTRACE_PROBE3(socktimeout, wait__begin, fd, operation_name(operation), timeout);
}

void probe_wait_end(int fd, enum operation operation, int64_t elapsed, int error)
{
	DTRACE_PROBE4(socktimeout, wait__end, fd, operation_name(operation), elapsed, error);
}

void probe_timeout(int fd, enum operation operation, int64_t timeout)
{
	DTRACE_PROBE3(socktimeout, timeout, fd, operation_name(operation), timeout);
}

void probe_fault(int fd, enum operation operation, unsigned int rule, uint64_t count)
{
	DTRACE_PROBE4(socktimeout, fault, fd, operation_name(operation), rule, count);
}

#else

void probe_wait_begin(int fd, enum operation operation, int64_t timeout)
{
	(void)fd, (void)operation, (void)timeout;
}

void probe_wait_end(int fd, enum operation operation, int64_t elapsed, int error)
{
	(void)fd, (void)operation, (void)elapsed, (void)error;
}

void probe_timeout(int fd, enum operation operation, int64_t timeout)
{
	(void)fd, (void)operation, (void)timeout;
}

void probe_fault(int fd, enum operation operation, unsigned int rule, uint64_t count)
{
	(void)fd, (void)operation, (void)rule, (void)count;
}

#endif
