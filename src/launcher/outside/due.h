/*
 * What becomes of a wait for one socket: the facts are taken, the wait is judged, and what is due is
 * done, checked again right before. Owns the entries of sockets in the state.
 */
#ifndef LAUNCHER_OUTSIDE_DUE_H
#define LAUNCHER_OUTSIDE_DUE_H

#include "launcher/outside/state.h"

void due_judge(struct state *state, struct state_process *process,
	       const struct state_wait *wait);

/* The look is over: end the silent connections that are due. */
void due_act(struct state *state);

#endif
