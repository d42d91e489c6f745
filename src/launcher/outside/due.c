/*
 * Judges waits and acts on them. Owns the entries of sockets.
 */
#include "launcher/outside/due.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/duration.h"
#include "launcher/allocate.h"
#include "launcher/outside/process/act.h"
#include "launcher/outside/process/inject.h"
#include "launcher/outside/pending.h"
#include "launcher/proc.h"
#include "launcher/outside/tell.h"

/* How long ptrace is not tried again on a process where it was refused: it may have a tracer. */
#define REFUSED_FOR (10 * NANOSECONDS_PER_SECOND)

/* When to look again at a thread that has run since the look, or was interrupted by something else. */
#define AGAIN_AFTER (20 * NANOSECONDS_PER_MILLISECOND)

/* The socket's entry. *gap: the last look did not see it waited for. */
static struct state_socket *enter(struct state *state, ino_t inode, bool *gap)
{
	bool fresh;
	struct state_socket *const socket =
		known_get(&state->sockets, (uint64_t)inode, state->look, &fresh);

	*gap = fresh || socket->last + 1 < state->look;
	if (*gap) {
		socket->since = clock_now();
		socket->seen = 0;
		socket->begun = state->previous;
	}
	socket->last = state->look;
	return socket;
}

/* Note what the facts say about the socket, compared with the last look at it. */
static void note(struct state_socket *socket, const struct facts *facts, int64_t now)
{
	const int64_t silent = facts->since_acknowledged > facts->since_sent
				       ? facts->since_acknowledged
				       : facts->since_sent;

	if (socket->seen == 0) {
		socket->moved_before = facts->state == FACTS_SYN_SENT
					       ? socket->begun
					       : now - silent - FACTS_SLACK;
		socket->moved_after = now;
	} else if (socket->moved != facts->moved || !socket->outstanding) {
		socket->moved_before = socket->seen;
		socket->moved_after = now;
	}
	/* The facts do not show it any more after a keepalive probe. */
	socket->owed = facts->owed ||
		       (socket->owed && socket->seen != 0 && socket->moved == facts->moved);
	socket->seen = now;
	socket->moved = facts->moved;
	socket->outstanding = facts->outstanding;
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
static enum operation operation_of(const struct state_wait *wait, const struct facts *facts)
{
	if (facts->tcp && facts->state == FACTS_SYN_SENT)
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

/* A connection that is to be ended after the look. */
static void add_due(struct state *state, const struct state_process *process,
		    const struct state_wait *wait, const struct facts *facts,
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
							    .moved = facts->moved,
							    .verdict = *verdict};
}

/* End the thread's call. Returns false where ptrace is refused: the wait is to be judged without. */
static bool fail_call(struct state *state, struct state_process *process,
		      const struct state_wait *wait, const struct state_names *names,
		      const struct judge_verdict *verdict)
{
	const enum inject_result result = inject(process->pid, wait->thread,
						 &wait->blocked->call, wait->blocked->switches);

	if (result == INJECT_REFUSED)
		process->refused_until = clock_now() + REFUSED_FOR;
	if (result == INJECT_DONE || result == INJECT_PARTIAL)
		tell_timeout(state, process, wait->thread, wait->call, wait->fd, names, verdict,
			     "ptrace");
	if (result == INJECT_DONE)
		wait->blocked->since = wait->blocked->steady = clock_now();
	else if (result == INJECT_PARTIAL)
		state->earliest = clock_now(); /* the program goes on: the silence counts */
	else if (result == INJECT_LATE && state->earliest > clock_now() + AGAIN_AFTER)
		state->earliest = clock_now() + AGAIN_AFTER;
	return result != INJECT_REFUSED;
}

/* Whether the socket still is as it was judged. */
static bool has_not_moved(int duplicate, const struct facts *facts)
{
	struct facts now;

	return facts_take(duplicate, &now) == 0 && now.state == facts->state &&
	       now.moved == facts->moved;
}

/* Carry out a verdict that needs a duplicate. */
static void carry_out(struct state *state, struct state_process *process,
		      const struct state_wait *wait, struct state_socket *socket,
		      const struct facts *facts, int duplicate,
		      const struct judge_verdict *verdict)
{
	struct state_names names;

	switch (verdict->action) {
	case JUDGE_WAIT:
	case JUDGE_SET_TIMEOUT:
		if (verdict->deadline != 0 && may_act(state, process))
			pending_set(process, wait, socket, facts, duplicate, verdict);
		if (verdict->at < state->earliest)
			state->earliest = verdict->at;
		break;
	case JUDGE_FAIL_SILENT:
		if (may_act(state, process))
			add_due(state, process, wait, facts, verdict);
		break;
	case JUDGE_DISCONNECT:
		tell_take(duplicate, facts, &names);
		if (may_act(state, process) && has_not_moved(duplicate, facts) &&
		    act_disconnect(duplicate) == ACT_DISCONNECTED)
			tell_timeout(state, process, wait->thread, wait->call, wait->fd, &names,
				     verdict, "kernel");
		break;
	default:
		break;
	}
}

/* Judge the wait by the duplicate, and do what is due but for ending a call. */
static void judge_duplicate(struct state *state, struct state_process *process,
			    const struct state_wait *wait, int duplicate,
			    struct judge_verdict *verdict, struct state_names *names)
{
	const int64_t now = clock_now();
	struct judge_wait judged = {.own_timeout = wait->own_timeout,
				    .repeated = wait->repeated,
				    .in_set = wait->blocked == NULL};
	struct state_socket *socket;
	struct limits limits;
	struct facts facts;
	bool gap;

	if (facts_take(duplicate, &facts) != 0)
		return;
	socket = enter(state, wait->inode, &gap);
	note(socket, &facts, now);
	judged.operation = operation_of(wait, &facts);
	judged.since = wait->blocked == NULL ? socket->since
		       : facts.tcp           ? wait->blocked->since
					     : wait->blocked->steady;
	judged.floor = process->floor > state->floor ? process->floor : state->floor;
	judged.moved_before = socket->moved_before;
	judged.moved_after = socket->moved_after;
	judged.owed = socket->owed;
	judged.user_timeout_set = socket->pending.user_timeout;
	judged.may_inject = state->may_inject && now >= process->refused_until;
	ask_limits(process, &facts, judged.operation, judged.in_set, duplicate, &limits);
	judge(&judged, &facts, &limits, now, verdict);
	pending_note(state, process, socket, &facts, duplicate, verdict->restore);
	if (verdict->action == JUDGE_FAIL_CALL)
		tell_take(duplicate, &facts, names);
	else
		carry_out(state, process, wait, socket, &facts, duplicate, verdict);
}

/* Whether the socket in a set was there in the last look as well. Others are left alone: a duplicate
 * that is open while the program closes its descriptor keeps the socket in the epoll set. */
static bool is_settled(struct state *state, const struct state_wait *wait)
{
	bool gap;

	if (wait->blocked != NULL)
		return true;
	(void)enter(state, wait->inode, &gap);
	return !gap;
}

void due_judge(struct state *state, struct state_process *process,
	       const struct state_wait *wait)
{
	const int pidfd = state_pidfd(process);
	struct judge_verdict verdict = {.action = JUDGE_EXEMPT};
	struct state_names names;
	bool done = false;

	if (pidfd < 0 || !is_settled(state, wait))
		return;
	/* A second time, where ptrace turns out to be refused. */
	for (int tries = 0; tries < 2 && !done; tries++) {
		const int duplicate = facts_duplicate(pidfd, wait->fd, wait->inode);

		if (duplicate < 0)
			return;
		judge_duplicate(state, process, wait, duplicate, &verdict, &names);
		close(duplicate);
		done = verdict.action != JUDGE_FAIL_CALL || !may_act(state, process) ||
		       fail_call(state, process, wait, &names, &verdict);
	}
}

/* Connections that are ended together: each has two descriptors open meanwhile. */
#define DUE_BATCH 64

/* What is known of a connection that is being ended, and is lost with the connection. */
struct ending {
	const struct state_due *due;
	struct state_process *process;
	struct state_names names;
};

/* Take down what the log needs. Returns whether the connection is still there. */
static bool prepare(struct state *state, const struct state_due *due, struct ending *ending,
		    struct act_silent *silent)
{
	const int duplicate = state_duplicate(state, due->pid, due->started, due->fd,
					      due->inode, &ending->process);
	struct facts facts;
	bool good;

	if (duplicate < 0)
		return false;
	good = facts_take(duplicate, &facts) == 0;
	if (good)
		tell_take(duplicate, &facts, &ending->names);
	close(duplicate);
	ending->due = due;
	*silent = (struct act_silent){.pidfd = good ? state_pidfd(ending->process) : -1,
				      .fd = due->fd,
				      .inode = due->inode,
				      .moved = due->moved};
	return silent->pidfd >= 0;
}

static void act_on(struct state *state, const struct state_due *due, size_t count)
{
	struct act_silent silent[DUE_BATCH];
	struct ending ending[DUE_BATCH];
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		found += prepare(state, &due[i], &ending[found], &silent[found]);
	act_fail_silent(silent, found);
	for (size_t i = 0; i < found; i++) {
		const struct state_due *const ended = ending[i].due;

		state_close_pidfd(ending[i].process);
		if (silent[i].result == ACT_DONE || silent[i].result == ACT_DISCONNECTED)
			tell_timeout(state, ending[i].process, ended->thread, ended->call,
				     ended->fd, &ending[i].names, &ended->verdict, "kernel");
	}
}

void due_act(struct state *state)
{
	for (size_t at = 0; at < state->due_count; at += DUE_BATCH)
		act_on(state, state->due + at,
		       state->due_count - at < DUE_BATCH ? state->due_count - at : DUE_BATCH);
	state->due_count = 0;
}
