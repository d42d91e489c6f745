/*
 * Looks at the threads of one process: what they wait for, and with due.h what becomes of that.
 */
#ifndef LAUNCHER_OUTSIDE_LOOK_H
#define LAUNCHER_OUTSIDE_LOOK_H

#include "launcher/outside/state.h"

/* Look at a thread of the process. */
void look_thread(struct state *state, struct state_process *process, pid_t thread);
/* Look into the epoll sets that threads of the process use, and none waits in now. */
void look_epolls(struct state *state, struct state_process *process);

#endif
