/*
 * Timeouts that were handed to the kernel, as TCP_USER_TIMEOUT: set, taken back when data moves, and logged
 * when the kernel has ended a connection. Owns the entries' part for that.
 */
#ifndef LAUNCHER_OUTSIDE_PENDING_H
#define LAUNCHER_OUTSIDE_PENDING_H

#include "launcher/outside/state.h"

/* Carry out the verdict (JUDGE_SET_TIMEOUT, or JUDGE_WAIT for that) on the duplicate. */
void pending_set(struct state_process *process, const struct state_wait *wait,
		 struct state_socket *socket, const struct facts *facts, int duplicate,
		 const struct judge_verdict *verdict);
/* The socket is still waited for: log it where the kernel has ended the connection, and take the timeout
 * back where restore says so. */
void pending_note(struct state *state, struct state_process *process,
		  struct state_socket *socket, const struct facts *facts, int duplicate,
		  bool restore);
/* See what has become of the sockets that this look has not seen: log those that the kernel has ended,
 * take the timeouts of the others back. With all: take back those of all sockets. */
void pending_settle(struct state *state, bool all);
/* The rules of the process (0: of all) are going away: the log cannot name them any more. */
void pending_forget_rules(struct state *state, pid_t pid);

#endif
