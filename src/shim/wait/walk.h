/*
 * Walks through all descriptors that a wait waits for, and through the members of epoll sets among them:
 * an epoll descriptor is readable when a member of its set is ready (epoll(7)).
 *
 * Cold. Async-signal-safe; errno is unchanged.
 */
#ifndef SHIM_WAIT_WALK_H
#define SHIM_WAIT_WALK_H

#include <stdbool.h>
#include <stddef.h>

#include "shim/wait/epollset.h"
#include "shim/wait/wait.h"

/* The wait's own epoll set, and sets in sets; the kernel has no more of these than 4 (fs/eventpoll.c:
 * EP_MAX_NESTS). */
#define WALK_LEVELS 4

/* A walk is to be made to its end, since listings are open meanwhile. */
struct walk {
	const struct wait *wait; /* NULL: only the members of a set, see walk_shows */
	bool nested;             /* into sets in sets, too */
	bool disabled;           /* members that ask for no event (EPOLLONESHOT), too */
	bool begun;
	size_t position;
	int depth;
	struct epollset_reader levels[WALK_LEVELS];
};

/* Start a walk through the descriptors of the wait, without the members of sets in sets; or with them. */
#define WALK_TOP(of_wait)                                                                      \
	{                                                                                      \
		.wait = (of_wait)                                                              \
	}
#define WALK_ALL(of_wait)                                                                      \
	{                                                                                      \
		.wait = (of_wait), .nested = true                                              \
	}

/* The next descriptor; a set comes before its members. False at the end. */
bool walk_next(struct walk *walk, struct wait_interest *interest);

/* The events that a wait for these events of fd reports while sockets have pending errors: those of a
 * dead connection; or input, of a set that has a member with a pending error; or 0. inode: the file
 * that fd must be; 0: any. */
short walk_shows(int fd, ino_t inode, short events);

#endif
