/*
 * Epoll sets among what is waited for: what they hold is waited for too. An epoll descriptor is
 * readable when something in its set is ready (epoll(7)), so where a member of it has failed, that is
 * what the outer wait is told; then the program asks the inner set, and is told of the member.
 *
 * Cold. Async-signal-safe; leaves errno alone.
 */
#ifndef SHIM_NESTED_H
#define SHIM_NESTED_H

#include <stdbool.h>
#include <stddef.h>

#include "shim/wait/epollset.h"
#include "shim/wait/ready.h"

/* Sets in sets that are looked into; the kernel has no more than 5 (fs/eventpoll.c: EP_MAX_NESTS). */
#define NESTED_LEVELS 3

/* Everything that a wait waits for, one after the other. Zeroed but for ready; to be walked to its
 * end, since files are open meanwhile. */
struct nested_walk {
	struct ready *ready; /* NULL: see nested_shows */
	size_t position;
	int depth;
	struct {
		int set;
		struct epollset_reader reader;
	} levels[NESTED_LEVELS];
};

#define NESTED_WALK_OF(a_ready)                                                                \
	(struct nested_walk)                                                                   \
	{                                                                                      \
		.ready = (a_ready)                                                             \
	}

/* The next one: a set comes before its members. False at the end. */
bool nested_next(struct nested_walk *walk, struct ready_interest *interest);

/* The next member of set that asks for something, of an open listing; false at its end. */
bool nested_member(struct epollset_reader *reader, int set, struct ready_interest *interest);

/* What is to be shown to a wait for events of that descriptor (inode: of the file that it must be, 0
 * for any) while some sockets have failed: what a dead connection shows, or that a set has a member
 * that failed; 0 for nothing. */
short nested_shows(int fd, ino_t inode, short events);

#endif
