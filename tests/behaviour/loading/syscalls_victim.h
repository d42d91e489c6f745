/*
 * What tests/behaviour/loading/syscalls_victim counts with, and its parts.
 */
#ifndef BEHAVIOUR_SYSCALLS_VICTIM_H
#define BEHAVIOUR_SYSCALLS_VICTIM_H

#include "harness/harness.h"

/* A write to no descriptor: a call begins, or ends ("begin", "end"), of that name, and may take so
 * many system calls more. */
void mark(const char *kind, const char *what, int most);

/* The call, which must give expected, may take so many system calls more than natively. */
#define TAKES(what, most, expected, call)                                                      \
	do {                                                                                   \
		long count_result;                                                             \
		mark("begin", what, most);                                                     \
		count_result = (long)(call);                                                   \
		mark("end", what, most);                                                       \
		ck_assert_msg(count_result == (expected), "%s: %ld, %s", what, count_result,   \
			      strerror(errno));                                                \
	} while (0)
/* For descriptors. */
#define TAKES_NEW(what, most, fd, call) TAKES(what, most, 0, ((fd) = (call)) < 0)

/* In a child: wait until the parent sleeps in a system call, then do something to fd. */
pid_t when_blocked(void (*what)(int fd), int fd);
/* That child has ended. */
void done(pid_t child);
/* Send until there is no room for a byte more. */
void stuff(int fd);
/* Receive what there is. */
void drain(int fd);

/* sendfile and splice, on fd, whose other side is peer; and of much, on a pair of its own. */
void files(int fd, int peer);
void files_much(int family);

/* The calls that wait for fd, which peer sends to, to become ready. */
void readiness(int fd, int peer);
/* The calls that are passed on, and watched. */
void watched(void);

#endif
