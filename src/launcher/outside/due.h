/*
 * What becomes of a wait for one socket: the facts are taken, the wait is judged, and what is due is
 * done, checked again right before. Owns the entries of sockets in the state.
 */
#ifndef LAUNCHER_OUTSIDE_DUE_H
#define LAUNCHER_OUTSIDE_DUE_H

#include "launcher/outside/state.h"

/* A wait for a socket. */
struct due_wait {
	pid_t thread;
	int fd;
	ino_t inode;
	enum call call;
	enum operation operation;
	bool writes; /* in a set: also for writing */
	int64_t own_timeout;
	bool repeated;
	struct state_thread
		*blocked; /* the thread is in a call on this socket alone; NULL: a set */
};

void due_judge(struct state *state, struct state_process *process, const struct due_wait *wait);

/* The look is over: end the silent connections that are due. */
void due_act(struct state *state);

#endif
