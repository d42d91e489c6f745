/*
 * System calls by their numbers: what a call waits for, and where its arguments say so. Owns the
 * tables of numbers of each machine. Constant.
 */
#ifndef LAUNCHER_OUTSIDE_PROCESS_SYSNO_H
#define LAUNCHER_OUTSIDE_PROCESS_SYSNO_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "calls/calls.h"
#include "policy/operation.h"

enum sysno_shape {
	SYSNO_OTHER,    /* nothing that a socket is waited for with */
	SYSNO_FD,       /* the call waits for one descriptor */
	SYSNO_TWO,      /* splice: for one of two */
	SYSNO_POLL,     /* an array of struct pollfd */
	SYSNO_SELECT,   /* three bit sets */
	SYSNO_EPOLL,    /* an epoll set */
	SYSNO_RESTARTED /* restart_syscall(2): what the thread waited for before */
};

/* How the call's own timeout is given. */
enum sysno_time {
	SYSNO_NO_TIME,
	SYSNO_MILLISECONDS, /* an int, negative for ever */
	SYSNO_SPEC64,       /* a pointer, NULL for ever: two of 64 bits, with nanoseconds */
	SYSNO_SPEC32,
	SYSNO_VAL64, /* with microseconds */
	SYSNO_VAL32
};

/* What a number means. */
struct sysno_entry {
	short number;
	unsigned char shape;         /* enum sysno_shape */
	unsigned char time;          /* enum sysno_time */
	unsigned char time_argument; /* which argument that is */
	unsigned char operation;     /* enum operation, with SYSNO_FD and SYSNO_TWO */
	unsigned short call;         /* enum call: how the log names it */
};

/* A thread's system call: a line of /proc/PID/task/TID/syscall, and its meaning. */
struct sysno_call {
	const struct sysno_entry *entry; /* NULL: of no interest */
	long number;
	uint64_t argument[6]; /* as the call has them; those of socketcall(2) are read */
	uint64_t first;       /* the first argument as the register has it */
	uint64_t stack, instruction;
	bool narrow; /* of a program of 32 bits */
};

/*
 * Read text, the line of a thread of the process, which executes a program of 32 bits (narrow).
 * Returns whether the thread is inside a system call; call->entry is NULL where this call cannot
 * wait for a socket. May read the process's memory (i386: socketcall and select).
 */
bool sysno_read(const char *text, pid_t pid, bool narrow, struct sysno_call *call);

/* What poll(2) is there; NULL: there is none. */
const struct sysno_entry *sysno_poll(bool narrow);

/* The timeout that the call itself has, in nanoseconds; -1: none. Reads the process's memory. */
int64_t sysno_own_timeout(const struct sysno_call *call, pid_t pid);

#endif
