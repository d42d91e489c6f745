/*
 * From a thread's system call to the sockets that it waits for. Owns no state but what it notes in
 * the threads' entries.
 */
#include "launcher/outside/look.h"

#include <errno.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/duration.h"
#include "launcher/outside/due.h"
#include "launcher/proc.h"

/* A set of a process with one thread counts as waited for so many looks after the last wait in it. With
 * more threads it always counts: Go's run time has no thread in epoll_wait while all are busy. */
#define EPOLL_LOOKS 3

/* When to look again at a set that was too large. The kernel locks the set while it is listed: the program
 * must not meet that often. */
#define LARGE_INTERVAL (60 * NANOSECONDS_PER_SECOND)

/* Note what the thread is in. Another call, another place on the stack or another socket: the wait
 * begins now. */
static void note(struct state_thread *entry, pid_t pid, const struct sysno_call *call,
		 ino_t inode)
{
	const bool same = entry->call.entry == call->entry && entry->pid == pid &&
			  entry->call.first == call->first &&
			  entry->call.stack == call->stack && entry->inode == inode;

	if (!same) {
		entry->since = entry->steady = clock_now();
		entry->switches = -1;
		entry->repeated = false;
	}
	entry->call = *call;
	entry->pid = pid;
	entry->inode = inode;
}

/* Find out whether the thread ran since it was first seen in this wait. */
static void note_switches(struct state_thread *entry, pid_t pid, pid_t thread)
{
	const long switches = proc_switches(pid, thread);

	if (entry->switches >= 0 && switches == entry->switches)
		return;
	entry->repeated |= entry->switches >= 0;
	entry->switches = switches;
	entry->steady = clock_now();
}

/* A call on one descriptor. */
static void look_call(struct state *state, struct state_process *process, pid_t thread,
		      struct state_thread *entry, const struct sysno_call *call)
{
	struct state_wait wait = {.thread = thread,
				  .fd = (int)call->argument[0],
				  .operation = (enum operation)call->entry->operation,
				  .call = (enum call)call->entry->call,
				  .own_timeout = -1,
				  .blocked = entry};

	wait.inode = proc_socket(process->pid, wait.fd, NULL);
	if (wait.inode == 0 && call->entry->shape == SYSNO_TWO) {
		wait.fd = (int)call->argument[2];
		wait.operation = OPERATION_SEND;
		wait.inode = proc_socket(process->pid, wait.fd, NULL);
	}
	note(entry, process->pid, call, wait.inode);
	if (wait.inode == 0)
		return;
	note_switches(entry, process->pid, thread);
	due_judge(state, process, &wait);
}

/* What the set holds, all waited for by the thread. */
static void judge_items(struct state *state, struct state_process *process,
			const struct state_wait *common)
{
	if (state->sets.terminal)
		return;
	for (size_t i = 0; i < state->sets.count && process->budget > 0;
	     i++, process->budget--) {
		const struct sets_item *const item = &state->sets.items[i];
		struct state_wait wait = *common;

		wait.fd = item->fd;
		wait.inode = item->inode;
		wait.writes = item->writes;
		wait.operation = item->reads ? OPERATION_RECV : OPERATION_SEND;
		due_judge(state, process, &wait);
	}
}

/* poll and select. */
static void look_set(struct state *state, struct state_process *process, pid_t thread,
		     struct state_thread *entry, const struct sysno_call *call)
{
	struct state_wait wait = {.thread = thread,
				  .call = (enum call)call->entry->call,
				  .own_timeout = sysno_own_timeout(call, process->pid)};

	note(entry, process->pid, call, 0);
	if (wait.own_timeout >= 0)
		note_switches(entry, process->pid, thread);
	wait.repeated = entry->repeated;
	if (process->budget > 0 && sets_of_call(&state->sets, process->pid, call) == 0)
		judge_items(state, process, &wait);
}

static void look_into(struct state *state, struct state_process *process, pid_t thread,
		      struct state_epoll *epoll, enum call call)
{
	const struct state_wait wait = {.thread = thread, .call = call, .own_timeout = -1};
	int error;

	epoll->looked = state->look;
	if (clock_now() < epoll->again)
		return;
	error = sets_of_epoll(&state->sets, process->pid, epoll->fd);
	if (error == 0)
		judge_items(state, process, &wait);
	else if (error == -E2BIG)
		epoll->again = clock_now() + LARGE_INTERVAL;
	else
		epoll->waited = 0; /* closed */
}

/* The remembered set of that descriptor; a new one takes the place of the one that was waited in
 * least recently. */
static struct state_epoll *find_epoll(struct state_process *process, int fd)
{
	size_t oldest = 0;

	for (size_t i = 0; i < process->epoll_count; i++) {
		if (process->epolls[i].fd == fd)
			return &process->epolls[i];
		if (process->epolls[i].waited < process->epolls[oldest].waited)
			oldest = i;
	}
	if (process->epoll_count < STATE_EPOLLS)
		oldest = process->epoll_count++;
	process->epolls[oldest] = (struct state_epoll){.fd = fd};
	return &process->epolls[oldest];
}

static void look_epoll(struct state *state, struct state_process *process, pid_t thread,
		       const struct sysno_call *call)
{
	struct state_epoll *const epoll = find_epoll(process, (int)call->argument[0]);

	epoll->waited = state->look;
	if (epoll->looked != state->look)
		look_into(state, process, thread, epoll, (enum call)call->entry->call);
}

void look_epolls(struct state *state, struct state_process *process)
{
	for (size_t i = 0; i < process->epoll_count; i++) {
		struct state_epoll *const epoll = &process->epolls[i];

		if (epoll->looked == state->look || epoll->waited == 0)
			continue;
		if (process->threads > 1 || epoll->waited + EPOLL_LOOKS >= state->look)
			look_into(state, process, process->pid, epoll, CALL_epoll_wait);
	}
}

/* A poll that a signal or a tracer has interrupted goes on as restart_syscall(2), with the registers that
 * it had. */
static void resume(const struct state_thread *entry, pid_t pid, struct sysno_call *call)
{
	const struct sysno_entry *const before = entry == NULL ? NULL : entry->call.entry;

	if (before != NULL && before->shape == SYSNO_POLL && entry->call.first == call->first &&
	    entry->call.stack == call->stack)
		call->entry = before;
	else
		call->entry = sets_is_poll(pid, call) ? sysno_poll(call->narrow) : NULL;
}

void look_thread(struct state *state, struct state_process *process, pid_t thread)
{
	struct state_thread *entry = known_find(&state->threads, (uint64_t)thread);
	struct sysno_call call;
	char text[256];
	bool fresh, inside;

	if (proc_read(text, sizeof text, "/proc/%d/task/%d/syscall", (int)process->pid,
		      (int)thread) <= 0)
		return;
	inside = sysno_read(text, process->pid, process->narrow, &call);
	if (inside && call.entry != NULL && call.entry->shape == SYSNO_RESTARTED)
		resume(entry, process->pid, &call);
	if (!inside || call.entry == NULL) {
		if (entry != NULL)
			entry->call.entry = NULL;
		return;
	}
	entry = known_get(&state->threads, (uint64_t)thread, state->look, &fresh);
	switch (call.entry->shape) {
	case SYSNO_FD:
	case SYSNO_TWO:
		look_call(state, process, thread, entry, &call);
		break;
	case SYSNO_EPOLL:
		note(entry, process->pid, &call, 0);
		look_epoll(state, process, thread, &call);
		break;
	default:
		look_set(state, process, thread, entry, &call);
		break;
	}
}
