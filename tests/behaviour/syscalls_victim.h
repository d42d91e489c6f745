/*
 * What tests/behaviour/syscalls_victim counts with, and its parts.
 */
#ifndef BEHAVIOUR_SYSCALLS_VICTIM_H
#define BEHAVIOUR_SYSCALLS_VICTIM_H

#include "harness.h"

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

/* Receive what there is. */
void drain(int fd);

/* The calls that wait for fd, which peer sends to, to become ready. */
void readiness(int fd, int peer);
/* The calls that are passed on, and watched. */
void watched(void);

#endif
