/*
 * Judges waits and acts on them. Owns the entries of sockets.
 */
#include "launcher/outside/due.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/duration.h"
#include "launcher/allocate.h"
#include "launcher/outside/act.h"
#include "launcher/outside/inject.h"
#include "launcher/outside/proc.h"
#include "launcher/outside/tell.h"

/* How long ptrace is not tried again on a process where it was refused: it may have a tracer. */
#define REFUSED_FOR (10 * NANOSECONDS_PER_SECOND)

/* A socket that was handed to the kernel, and is gone, was ended by the kernel if it was seen to wait
 * so shortly before. */
#define SETTLE_SLACK (60 * NANOSECONDS_PER_MILLISECOND)

/* Of net/tcp_states.h in the kernel. */
enum { SYN_SENT = 2, CLOSED = 7 };

/* Note what the facts say about the socket, compared with the last look at it. */
static struct state_socket *note(struct state *state, const struct facts *facts, ino_t inode,
				 int64_t now)
{
	bool fresh;
	struct state_socket *const socket =
		known_get(&state->sockets, (uint64_t)inode, state->look, &fresh);

	if (fresh || socket->last + 1 < state->look) {
		const int64_t silent = facts->since_acknowledged > facts->since_sent
					       ? facts->since_acknowledged
					       : facts->since_sent;

		socket->since = now;
		socket->moved_before =
			facts->state == SYN_SENT ? state->previous : now - silent - FACTS_SLACK;
		socket->moved_after = now;
	} else if (socket->moved != facts->moved || !socket->outstanding) {
		socket->moved_before = socket->seen;
		socket->moved_after = now;
	}
	socket->last = state->look;
	socket->seen = now;
	socket->moved = facts->moved;
	socket->outstanding = facts->outstanding;
	return socket;
}

/* Whether the process still is what it was when it was looked at, runs, and has not loaded the
 * library since. */
static bool may_act(struct state *state, struct state_process *process)
{
	struct proc_stat stat;

	if (proc_stat(process->pid, &stat) != 0 || stat.started != process->started ||
	    stat.image != process->image || stat.state == 'T' || stat.state == 't')
		return false;
	if (process->checked != state->look) {
		process->checked = state->look;
		process->exempt = tell_has_library(process);
	}
	return !process->exempt;
}

/* What the program waits for, in the facts' light. */
static enum operation operation_of(const struct due_wait *wait, const struct facts *facts)
{
	if (facts->tcp && facts->state == SYN_SENT)
		return OPERATION_CONNECT;
	if (wait->blocked == NULL && wait->writes && facts->unsent)
		return OPERATION_SEND;
	return wait->operation;
}

static void ask_limits(const struct state_process *process, const struct facts *facts,
		       enum operation operation, bool in_set, int duplicate,
		       struct limits *limits)
{
	struct record_address local = {.length = 0}, peer = {.length = 0};
	const struct record_address *end = &peer;
	struct policy_call call = {.operation = operation,
				   .family = facts->family,
				   .type = facts->type,
				   .protocol = facts->protocol};

	if (limits_have_rules(process->program)) {
		facts_name(duplicate, &local, &peer);
		if (operation == OPERATION_ACCEPT)
			end = &local;
		if (end->length != 0) {
			call.address = (const struct sockaddr *)&end->address;
			call.address_length = end->length;
		}
	}
	limits_ask(process->program, &call, in_set, limits);
}

static void set_timeout(struct state_process *process, const struct due_wait *wait,
			struct state_socket *socket, const struct facts *facts, int duplicate,
			const struct judge_verdict *verdict, int64_t now)
{
	struct state_pending *const pending = &socket->pending;

	if (verdict->action == JUDGE_SET_TIMEOUT &&
	    act_change_timeout(duplicate, facts->user_timeout, verdict->user_timeout))
		pending->user_timeout = verdict->user_timeout;
	if (pending->user_timeout == 0)
		return;
	tell_take(duplicate, facts, &pending->names);
	pending->deadline = verdict->deadline;
	pending->seen = now;
	pending->verdict = *verdict;
	pending->pid = process->pid;
	pending->thread = wait->thread;
	pending->started = process->started;
	pending->fd = wait->fd;
	pending->call = wait->call;
}

/* A connection that is to be ended after the look. */
static void add_due(struct state *state, const struct state_process *process,
		    const struct due_wait *wait, const struct facts *facts,
		    const struct judge_verdict *verdict)
{
	if (state->due_count == state->due_capacity) {
		state->due_capacity = state->due_capacity * 2 + 16;
		state->due =
			allocate_array(state->due, state->due_capacity, sizeof *state->due);
	}
	state->due[state->due_count++] = (struct state_due){.pid = process->pid,
							    .thread = wait->thread,
							    .started = process->started,
							    .fd = wait->fd,
							    .inode = wait->inode,
							    .call = wait->call,
							    .received = facts->received,
							    .verdict = *verdict};
}

/* End the thread's call. Returns false where ptrace is refused: the wait is to be judged without. */
static bool fail_call(struct state *state, struct state_process *process,
		      const struct due_wait *wait, const struct state_names *names,
		      const struct judge_verdict *verdict, int64_t now)
{
	switch (inject(process->pid, wait->thread, &wait->blocked->call)) {
	case INJECT_DONE:
		tell_timeout(state, process, wait->thread, wait->call, wait->fd, names, verdict,
			     "ptrace");
		wait->blocked->since = wait->blocked->steady = clock_now();
		return true;
	case INJECT_PARTIAL:
		/* The program sends on: the silence lasts, and counts. */
		tell_timeout(state, process, wait->thread, wait->call, wait->fd, names, verdict,
			     "ptrace");
		state->earliest = now;
		return true;
	case INJECT_REFUSED:
		process->refused_until = now + REFUSED_FOR;
		return false;
	default:
		return true;
	}
}

/* Carry out the verdict. Returns false where the wait is to be judged again, without ptrace. */
static bool carry_out(struct state *state, struct state_process *process,
		      const struct due_wait *wait, struct state_socket *socket,
		      const struct facts *facts, int duplicate,
		      const struct judge_verdict *verdict, int64_t now)
{
	struct state_names names;

	if (verdict->action == JUDGE_FAIL_CALL || verdict->action == JUDGE_DISCONNECT)
		tell_take(duplicate, facts, &names);
	switch (verdict->action) {
	case JUDGE_WAIT:
	case JUDGE_SET_TIMEOUT:
		if (verdict->deadline != 0 && may_act(state, process))
			set_timeout(process, wait, socket, facts, duplicate, verdict, now);
		if (verdict->at < state->earliest)
			state->earliest = verdict->at;
		return true;
	case JUDGE_FAIL_CALL:
		return !may_act(state, process) ||
		       fail_call(state, process, wait, &names, verdict, now);
	case JUDGE_FAIL_SILENT:
		if (may_act(state, process))
			add_due(state, process, wait, facts, verdict);
		return true;
	case JUDGE_DISCONNECT:
		if (may_act(state, process) && act_disconnect(duplicate) == ACT_DISCONNECTED)
			tell_timeout(state, process, wait->thread, wait->call, wait->fd, &names,
				     verdict, "kernel");
		return true;
	default:
		return true;
	}
}

/* What came of a timeout that the kernel was given, where the socket is still waited for. */
static void note_pending(struct state *state, struct state_process *process,
			 struct state_socket *socket, const struct facts *facts, int duplicate,
			 bool restore)
{
	struct state_pending *const pending = &socket->pending;

	if (pending->user_timeout == 0)
		return;
	if (facts->state == CLOSED) {
		tell_timeout(state, process, pending->thread, pending->call, pending->fd,
			     &pending->names, &pending->verdict, "kernel");
		pending->user_timeout = 0;
	} else if (restore) {
		(void)act_change_timeout(duplicate, pending->user_timeout, 0);
		pending->user_timeout = 0;
	}
}

static void judge_duplicate(struct state *state, struct state_process *process,
			    const struct due_wait *wait, int duplicate)
{
	const int64_t now = clock_now();
	struct state_socket *socket;
	struct judge_verdict verdict;
	struct judge_wait judged = {.own_timeout = wait->own_timeout,
				    .repeated = wait->repeated,
				    .in_set = wait->blocked == NULL};
	struct limits limits;
	struct facts facts;

	if (facts_take(duplicate, &facts) != 0)
		return;
	socket = note(state, &facts, wait->inode, now);
	judged.operation = operation_of(wait, &facts);
	judged.since = wait->blocked == NULL ? socket->since
		       : facts.tcp           ? wait->blocked->since
					     : wait->blocked->steady;
	judged.floor = process->floor > state->floor ? process->floor : state->floor;
	judged.moved_before = socket->moved_before;
	judged.moved_after = socket->moved_after;
	judged.user_timeout_set = socket->pending.user_timeout;
	judged.may_inject = state->may_inject && now >= process->refused_until;
	ask_limits(process, &facts, judged.operation, judged.in_set, duplicate, &limits);
	judge(&judged, &facts, &limits, now, &verdict);
	note_pending(state, process, socket, &facts, duplicate, verdict.restore);
	if (carry_out(state, process, wait, socket, &facts, duplicate, &verdict, now))
		return;
	judged.may_inject = false;
	judge(&judged, &facts, &limits, now, &verdict);
	(void)carry_out(state, process, wait, socket, &facts, duplicate, &verdict, now);
}

void due_judge(struct state *state, struct state_process *process, const struct due_wait *wait)
{
	const int pidfd = state_pidfd(process);
	int duplicate;

	if (pidfd < 0)
		return;
	duplicate = facts_duplicate(pidfd, wait->fd, wait->inode);
	if (duplicate < 0)
		return;
	judge_duplicate(state, process, wait, duplicate);
	close(duplicate);
}

/* A duplicate of a socket of a process that was looked at before; or -Exxx. */
static int duplicate_of(struct state *state, pid_t pid, uint64_t started, int fd, ino_t inode,
			struct state_process **process)
{
	int duplicate;

	*process = known_find(&state->processes, (uint64_t)pid);
	if (*process == NULL || (*process)->started != started)
		return -ESRCH;
	if (state_pidfd(*process) < 0)
		return -ESRCH;
	duplicate = facts_duplicate((*process)->pidfd, fd, inode);
	close((*process)->pidfd);
	(*process)->pidfd = -1;
	return duplicate;
}

/* Connections that are ended together. */
#define DUE_BATCH 64

static void act_on(struct state *state, const struct state_due *due, size_t count)
{
	struct act_silent silent[DUE_BATCH];
	struct state_process *process[DUE_BATCH];
	struct state_names names[DUE_BATCH]; /* lost with the connection */
	const struct state_due *which[DUE_BATCH];
	size_t found = 0;
	struct facts facts;

	for (size_t i = 0; i < count; i++) {
		const int duplicate = duplicate_of(state, due[i].pid, due[i].started, due[i].fd,
						   due[i].inode, &process[found]);

		if (duplicate < 0)
			continue;
		if (facts_take(duplicate, &facts) != 0) {
			close(duplicate);
			continue;
		}
		tell_take(duplicate, &facts, &names[found]);
		silent[found] = (struct act_silent){duplicate, due[i].received, ACT_FAILED};
		which[found++] = &due[i];
	}
	act_fail_silent(silent, found);
	for (size_t i = 0; i < found; i++)
		if (silent[i].result == ACT_DONE || silent[i].result == ACT_DISCONNECTED)
			tell_timeout(state, process[i], which[i]->thread, which[i]->call,
				     which[i]->fd, &names[i], &which[i]->verdict, "kernel");
}

void due_act(struct state *state)
{
	for (size_t at = 0; at < state->due_count; at += DUE_BATCH)
		act_on(state, state->due + at,
		       state->due_count - at < DUE_BATCH ? state->due_count - at : DUE_BATCH);
	state->due_count = 0;
}

/* A socket with a timeout in the kernel, and who is asked what has become of them. */
struct settling {
	struct state *state;
	bool all;
};

/* Whether the kernel ended the socket, which is gone, as far as can be told: it went when its time had
 * come. */
static bool was_kept(const struct state_pending *pending, int64_t now)
{
	return now >= pending->deadline && pending->seen >= pending->deadline - SETTLE_SLACK;
}

static void settle(void *entry, void *context)
{
	struct state_socket *const socket = entry;
	const struct settling *const settling = context;
	struct state *const state = settling->state;
	struct state_pending *const pending = &socket->pending;
	struct state_process *process;
	bool kept;
	int duplicate;

	if (pending->user_timeout == 0 || (!settling->all && socket->last == state->look))
		return;
	duplicate = duplicate_of(state, pending->pid, pending->started, pending->fd,
				 (ino_t)socket->known.key, &process);
	kept = was_kept(pending, clock_now());
	if (duplicate >= 0) {
		struct facts facts;

		kept = facts_take(duplicate, &facts) == 0 && facts.state == CLOSED;
		if (!kept)
			(void)act_change_timeout(duplicate, pending->user_timeout, 0);
		close(duplicate);
	}
	if (kept && process != NULL)
		tell_timeout(state, process, pending->thread, pending->call, pending->fd,
			     &pending->names, &pending->verdict, "kernel");
	pending->user_timeout = 0;
}

void due_settle(struct state *state, bool all)
{
	struct settling settling = {state, all};

	known_each(&state->sockets, settle, &settling);
}
