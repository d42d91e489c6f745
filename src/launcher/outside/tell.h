/*
 * Tells of a wait that was ended: a record for the log, and the counters. Also what a process is
 * called, and whether it has loaded the library. Owns no state.
 */
#ifndef LAUNCHER_OUTSIDE_TELL_H
#define LAUNCHER_OUTSIDE_TELL_H

#include "launcher/outside/state.h"

/* Take down the socket's kind and addresses, which are lost with a connection. */
void tell_take(int duplicate, const struct facts *facts, struct state_names *names);

/* A wait of the process has been ended. by: "ptrace" or "kernel". */
void tell_timeout(struct state *state, const struct state_process *process, pid_t thread,
		  enum call call, int fd, const struct state_names *names,
		  const struct judge_verdict *verdict, const char *by);

/* Find out about the process, whose stat is that: whether it is exempt, its word size, its names. */
void tell_inspect(struct state_process *process, const struct proc_stat *stat);
/* Whether the library bounds the process. A Go program makes its calls past the library. */
bool tell_has_library(const struct state_process *process);

#endif
