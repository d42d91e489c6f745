/*
 * What is done to a socket of another process, on a duplicate of its descriptor. Owns no state.
 */
#ifndef LAUNCHER_OUTSIDE_PROCESS_ACT_H
#define LAUNCHER_OUTSIDE_PROCESS_ACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "launcher/outside/process/facts.h"

/* Set TCP_USER_TIMEOUT to `now` milliseconds, if it still is `before`. Returns whether it was. */
bool act_change_timeout(int duplicate, int before, int now);

enum act_result {
	ACT_DONE,         /* the program gets ETIMEDOUT */
	ACT_DISCONNECTED, /* the program gets ECONNRESET, or the end of the stream */
	ACT_LATE,         /* data came after all: nothing was changed */
	ACT_FAILED        /* nothing worked, and nothing was changed */
};

/* The options of a socket that are changed, as they were; -1: not known. */
struct act_saved {
	int barrier[2], trigger[5];
};

/* A connection on which nothing moves, to be ended. The duplicates are made here. */
struct act_silent {
	int pidfd, fd;
	ino_t inode;
	uint64_t moved; /* facts.moved when the connection was judged */
	enum act_result result;
	/* Of act_fail_silent. */
	struct act_saved saved;
	bool pending;
};

/* Have the kernel give up on these connections: it reports ETIMEDOUT to whoever waits for them, or
 * asks them next. Takes about 10 ms for all, at most 200. A connection on which something has moved
 * since is left as it was. */
void act_fail_silent(struct act_silent *connections, size_t count);

/* Abort the connection: ECONNRESET for the program. */
enum act_result act_disconnect(int duplicate);

#endif
