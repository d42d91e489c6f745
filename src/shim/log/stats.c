/*
 * Owns the probes, and passes measurements on to the counters. Cold.
 */
#include "config.h"

#include <netinet/in.h>

#include "base/clock.h"
#include "shim/config/configuration.h"
#include "shim/log/counters.h"
#include "shim/log/stats.h"
#include "shim/system/kernel.h"

#ifdef HAVE_SYS_SDT_H

#define _SDT_HAS_SEMAPHORES 1
#include <sys/sdt.h>

#define SEMAPHORE __attribute__((section(".probes"))) volatile unsigned short
SEMAPHORE socktimeout_wait__begin_semaphore;
SEMAPHORE socktimeout_wait__end_semaphore;
SEMAPHORE socktimeout_timeout_semaphore;
SEMAPHORE socktimeout_fault_semaphore;

#else

#define DTRACE_PROBE3(provider, name, a, b, c)    ((void)(a), (void)(b), (void)(c))
#define DTRACE_PROBE4(provider, name, a, b, c, d) ((void)(a), (void)(b), (void)(c), (void)(d))

#endif

atomic_bool stats_counted;

void stats_start(void)
{
	atomic_store_explicit(&stats_counted, true, memory_order_relaxed);
}

static bool is_counted(void)
{
	return atomic_load_explicit(&stats_counted, memory_order_relaxed);
}

/* The port of the other side; 0: none. */
static uint16_t port_of(int fd)
{
	struct sockaddr_storage address;
	const void *const any = &address;
	socklen_t length;

	if (fd < 0 || kernel_address(fd, true, &address, &length) != 0)
		return 0;
	if (address.ss_family == AF_INET)
		return ntohs(((const struct sockaddr_in *)any)->sin_port);
	return address.ss_family == AF_INET6
		       ? ntohs(((const struct sockaddr_in6 *)any)->sin6_port)
		       : 0;
}

int64_t stats_note_begin(int fd, enum operation operation, int64_t timeout, int64_t now)
{
	if (STATS_TRACED(wait__begin))
		DTRACE_PROBE3(socktimeout, wait__begin, fd, operation_name(operation), timeout);
	return now != 0 ? now : clock_now();
}

void stats_note_end(const struct summary_peer *peer, enum operation operation,
		    int64_t waiting_since, int error)
{
	const int64_t now = clock_now();
	const int fd = peer->fd;

	if (is_counted() && config_get()->stats != NULL)
		counters_wait(operation, port_of(fd), now - waiting_since, now);
	if (is_counted())
		summary_note(SUMMARY_WAIT, operation, peer, now - waiting_since);
	if (STATS_TRACED(wait__end))
		DTRACE_PROBE4(socktimeout, wait__end, fd, operation_name(operation),
			      now - waiting_since, error);
}

void stats_timeout(struct summary_peer peer, enum operation operation, int64_t timeout)
{
	const int fd = peer.fd;

	if (is_counted())
		summary_note(SUMMARY_TIMEOUT, operation, &peer, 0);
	if (is_counted() && config_get()->stats != NULL)
		counters_timeout(operation, clock_now());
	if (STATS_TRACED(timeout))
		DTRACE_PROBE3(socktimeout, timeout, fd, operation_name(operation), timeout);
}

void stats_fault(int fd, enum operation operation, unsigned int rule, uint64_t count)
{
	if (is_counted() && config_get()->stats != NULL)
		counters_fault(operation, clock_now());
	if (STATS_TRACED(fault))
		DTRACE_PROBE4(socktimeout, fault, fd, operation_name(operation), rule, count);
}
