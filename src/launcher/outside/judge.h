/*
 * Whether a wait is due, and what to do about it: a decision from facts alone. Asks nobody, changes
 * nothing, owns nothing. Times are nanoseconds on CLOCK_MONOTONIC.
 */
#ifndef LAUNCHER_OUTSIDE_JUDGE_H
#define LAUNCHER_OUTSIDE_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "launcher/outside/process/facts.h"
#include "launcher/outside/limits.h"

/* A wait for a socket, and what is remembered about it. */
struct judge_wait {
	enum operation operation; /* what a single call does; in a set: RECV where it is to be
				     readable, SEND for writable alone */
	bool in_set;              /* poll, select or epoll_wait */
	bool may_inject;          /* a single call can be ended by ptrace */
	int64_t since;            /* the wait is at least so old */
	int64_t own_timeout;      /* of the wait itself, -1: none */
	bool repeated; /* the thread ran since it was first seen in this wait, and is in it again */
	int64_t floor;        /* no silence counts from before: when watching began */
	int user_timeout_set; /* TCP_USER_TIMEOUT that we have set, in milliseconds; 0: none */
	int64_t moved_before; /* data outstanding now may have last moved then, not earlier (while
				 connecting: the attempt began then, or later) … */
	int64_t moved_after; /* … and not later */
	bool owed;           /* the other side owes an answer */
};

enum judge_action {
	JUDGE_EXEMPT,      /* not bounded: do nothing, and nothing will be due */
	JUDGE_WAIT,        /* nothing is due before `at` */
	JUDGE_FAIL_CALL,   /* end the system call by ptrace */
	JUDGE_FAIL_SILENT, /* let the kernel give up on a silent TCP connection */
	JUDGE_SET_TIMEOUT, /* set TCP_USER_TIMEOUT to user_timeout */
	JUDGE_DISCONNECT   /* the kernel had its time, and has not given up */
};

struct judge_verdict {
	enum judge_action action;
	bool restore; /* data moved: TCP_USER_TIMEOUT is to be put back, if it is ours */
	int64_t at;   /* with JUDGE_WAIT and JUDGE_SET_TIMEOUT: when to look at the latest */
	int user_timeout; /* milliseconds */
	int64_t deadline; /* with SET_TIMEOUT, and WAIT for that: when the kernel
			      ends the wait at the earliest */
	/* For the log. */
	enum operation operation;
	int64_t ends; /* when the timeout ends the wait; INT64_MAX: never */
	int64_t elapsed, timeout;
	const struct rule *rule;
};

/* Judge at the time now. Where ptrace then turns out to be refused, judge again without may_inject. */
void judge(const struct judge_wait *wait, const struct facts *facts,
	   const struct limits *limits, int64_t now, struct judge_verdict *verdict);

#endif
