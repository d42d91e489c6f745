/*
 * The tables of system calls. Owns them. See the kernel's arch/x86/entry/syscalls/syscall_64.tbl,
 * syscall_32.tbl, and net/socket.c for socketcall(2).
 */
#include "config.h"

#include "launcher/outside/process/sysno.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/attributes.h"
#include "base/duration.h"
#include "launcher/proc.h"

#ifdef HAVE_EPOLL_PWAIT2
#define CALL_OF_EPOLL_PWAIT2 CALL_epoll_pwait2
#else
#define CALL_OF_EPOLL_PWAIT2 CALL_epoll_pwait
#endif

/* The rows: a call on one descriptor; a wait with a timeout in an argument. */
#define ON_FD(number, operation, name)                                                         \
	{                                                                                      \
		number, SYSNO_FD, SYSNO_NO_TIME, 0, OPERATION_##operation, CALL_##name         \
	}
#define ON_TWO(number, name)                                                                   \
	{                                                                                      \
		number, SYSNO_TWO, SYSNO_NO_TIME, 0, OPERATION_RECV, CALL_##name               \
	}
#define ON_SET(number, shape, time, argument, name)                                            \
	{                                                                                      \
		number, SYSNO_##shape, SYSNO_##time, argument, OPERATION_WAIT, name            \
	}
#define RESTARTED(number)                                                                      \
	{                                                                                      \
		number, SYSNO_RESTARTED, SYSNO_NO_TIME, 0, OPERATION_WAIT, CALL_COUNT          \
	}

/* Whether the launcher itself is a program of 32 bits. */
#define NARROW (sizeof(long) == 4)

#ifndef __i386__
static const struct sysno_entry native[] = {
	ON_FD(SYS_read, RECV, read),
	ON_FD(SYS_readv, RECV, readv),
	ON_FD(SYS_recvfrom, RECV, recvfrom),
	ON_FD(SYS_recvmsg, RECV, recvmsg),
	ON_FD(SYS_recvmmsg, RECV, recvmmsg),
	ON_FD(SYS_write, SEND, write),
	ON_FD(SYS_writev, SEND, writev),
	ON_FD(SYS_sendto, SEND, sendto),
	ON_FD(SYS_sendmsg, SEND, sendmsg),
	ON_FD(SYS_sendmmsg, SEND, sendmmsg),
	ON_FD(SYS_sendfile, SEND, sendfile),
	ON_FD(SYS_connect, CONNECT, connect),
#ifdef SYS_accept
	ON_FD(SYS_accept, ACCEPT, accept),
#endif
	ON_FD(SYS_accept4, ACCEPT, accept4),
	ON_TWO(SYS_splice, splice),
#ifdef SYS_poll
	ON_SET(SYS_poll, POLL, MILLISECONDS, 2, CALL_poll),
#endif
	ON_SET(SYS_ppoll, POLL, SPEC64, 2, CALL_ppoll),
#ifdef SYS_select
	ON_SET(SYS_select, SELECT, VAL64, 4, CALL_select),
#endif
	ON_SET(SYS_pselect6, SELECT, SPEC64, 4, CALL_pselect),
#ifdef SYS_epoll_wait
	ON_SET(SYS_epoll_wait, EPOLL, MILLISECONDS, 3, CALL_epoll_wait),
#endif
	ON_SET(SYS_epoll_pwait, EPOLL, MILLISECONDS, 3, CALL_epoll_pwait),
#ifdef SYS_epoll_pwait2
	ON_SET(SYS_epoll_pwait2, EPOLL, SPEC64, 3, CALL_OF_EPOLL_PWAIT2),
#endif
	RESTARTED(SYS_restart_syscall),
};
#endif

#if defined __x86_64__ || defined __i386__
#define SOCKETCALL 102

static const struct sysno_entry i386[] = {
	ON_FD(3, RECV, read),
	ON_FD(145, RECV, readv),
	ON_FD(371, RECV, recvfrom),
	ON_FD(372, RECV, recvmsg),
	ON_FD(337, RECV, recvmmsg),
	ON_FD(417, RECV, recvmmsg),
	ON_FD(4, SEND, write),
	ON_FD(146, SEND, writev),
	ON_FD(369, SEND, sendto),
	ON_FD(370, SEND, sendmsg),
	ON_FD(345, SEND, sendmmsg),
	ON_FD(187, SEND, sendfile),
	ON_FD(239, SEND, sendfile),
	ON_FD(362, CONNECT, connect),
	ON_FD(364, ACCEPT, accept4),
	ON_TWO(313, splice),
	ON_SET(168, POLL, MILLISECONDS, 2, CALL_poll),
	ON_SET(309, POLL, SPEC32, 2, CALL_ppoll),
	ON_SET(414, POLL, SPEC64, 2, CALL_ppoll),
	ON_SET(142, SELECT, VAL32, 4, CALL_select),
	ON_SET(308, SELECT, SPEC32, 4, CALL_pselect),
	ON_SET(413, SELECT, SPEC64, 4, CALL_pselect),
	ON_SET(256, EPOLL, MILLISECONDS, 3, CALL_epoll_wait),
	ON_SET(319, EPOLL, MILLISECONDS, 3, CALL_epoll_pwait),
	ON_SET(441, EPOLL, SPEC64, 3, CALL_OF_EPOLL_PWAIT2),
	RESTARTED(0),
};

/* socketcall(2): by the first argument, SYS_CONNECT … of linux/net.h. */
static const struct sysno_entry socketcalls[] = {
	ON_FD(3, CONNECT, connect), ON_FD(5, ACCEPT, accept),  ON_FD(9, SEND, send),
	ON_FD(10, RECV, recv),      ON_FD(11, SEND, sendto),   ON_FD(12, RECV, recvfrom),
	ON_FD(16, SEND, sendmsg),   ON_FD(17, RECV, recvmsg),  ON_FD(18, ACCEPT, accept4),
	ON_FD(19, RECV, recvmmsg),  ON_FD(20, SEND, sendmmsg),
};
#endif

static const struct sysno_entry *find(const struct sysno_entry *table, size_t count,
				      long number)
{
	for (size_t i = 0; i < count; i++)
		if (table[i].number == number)
			return &table[i];
	return NULL;
}

#if defined __x86_64__ || defined __i386__
/* The arguments of socketcall(2) are an array of 32-bit words in memory. */
static void read_socketcall(struct sysno_call *call, pid_t pid)
{
	uint32_t words[6] = {0};
	const size_t size = 3 * sizeof *words; /* no call of interest has less */

	call->entry = find(socketcalls, COUNT_OF(socketcalls), (long)call->argument[0]);
	if (call->entry == NULL)
		return;
	if (proc_memory(pid, call->argument[1], words, size) != 0) {
		call->entry = NULL;
		return;
	}
	for (size_t i = 0; i < COUNT_OF(words); i++)
		call->argument[i] = words[i];
}
#endif

/* Of a program whose word size is not known to this machine's tables, nothing is of interest. */
static void find_entry(struct sysno_call *call, pid_t pid)
{
#if defined __x86_64__ || defined __i386__
	if (call->narrow && call->number == SOCKETCALL)
		read_socketcall(call, pid);
	else if (call->narrow)
		call->entry = find(i386, COUNT_OF(i386), call->number);
#endif
#ifndef __i386__
	if (call->narrow == NARROW)
		call->entry = find(native, COUNT_OF(native), call->number);
#endif
	(void)pid;
}

const struct sysno_entry *sysno_poll(bool narrow)
{
#if defined __x86_64__ || defined __i386__
	if (narrow)
		return find(i386, COUNT_OF(i386), 168);
#endif
#ifndef __i386__
	if (narrow == NARROW)
#ifdef SYS_poll
		return find(native, COUNT_OF(native), SYS_poll);
#else
		return find(native, COUNT_OF(native), SYS_ppoll);
#endif
#endif
	return NULL;
}

bool sysno_read(const char *text, pid_t pid, bool narrow, struct sysno_call *call)
{
	unsigned long a[6], stack, instruction;

	*call = (struct sysno_call){.narrow = narrow};
	/* "running", or "-1 SP PC" outside of a system call. The numbers are the kernel's.
	 * NOLINTNEXTLINE(cert-err34-c) */
	if (sscanf(text, "%ld %lx %lx %lx %lx %lx %lx %lx %lx", &call->number, &a[0], &a[1],
		   &a[2], &a[3], &a[4], &a[5], &stack, &instruction) != 9 ||
	    call->number < 0)
		return false;
	for (size_t i = 0; i < COUNT_OF(a); i++)
		call->argument[i] = a[i];
	call->first = a[0];
	call->stack = stack;
	call->instruction = instruction;
	find_entry(call, pid);
	return true;
}

/* Seconds and a fraction of which unit has so many nanoseconds. */
static int64_t in_nanoseconds(int64_t seconds, int64_t fraction, int64_t unit)
{
	if (seconds < 0 || fraction < 0)
		return 0;
	if (seconds > INT64_MAX / NANOSECONDS_PER_SECOND / 2)
		return INT64_MAX;
	return seconds * NANOSECONDS_PER_SECOND + fraction % NANOSECONDS_PER_SECOND * unit;
}

int64_t sysno_own_timeout(const struct sysno_call *call, pid_t pid)
{
	const struct sysno_entry *const entry = call->entry;
	const uint64_t value = call->argument[entry->time_argument];
	const int64_t unit = entry->time == SYSNO_VAL64 || entry->time == SYSNO_VAL32
				     ? NANOSECONDS_PER_MICROSECOND
				     : 1;
	int64_t wide[2];
	int32_t narrow[2];

	switch (entry->time) {
	case SYSNO_MILLISECONDS:
		return (int32_t)value < 0 ? -1 : (int32_t)value * NANOSECONDS_PER_MILLISECOND;
	case SYSNO_SPEC64:
	case SYSNO_VAL64:
		if (value == 0 || proc_memory(pid, value, wide, sizeof wide) != 0)
			return -1;
		return in_nanoseconds(wide[0], wide[1], unit);
	case SYSNO_SPEC32:
	case SYSNO_VAL32:
		if (value == 0 || proc_memory(pid, value, narrow, sizeof narrow) != 0)
			return -1;
		return in_nanoseconds(narrow[0], narrow[1], unit);
	default:
		return -1;
	}
}
