/*
 * Timeouts in the kernel. Owns no state but the entries' part for that.
 */
#include "launcher/outside/pending.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/duration.h"
#include "launcher/outside/process/act.h"
#include "launcher/outside/tell.h"

/* A socket that is gone was ended by the kernel if it was seen to wait so shortly before its time. */
#define SETTLE_SLACK (60 * NANOSECONDS_PER_MILLISECOND)

void pending_set(struct state_process *process, const struct state_wait *wait,
		 struct state_socket *socket, const struct facts *facts, int duplicate,
		 const struct judge_verdict *verdict)
{
	struct state_pending *const pending = &socket->pending;

	if (verdict->action == JUDGE_SET_TIMEOUT &&
	    act_change_timeout(duplicate, facts->user_timeout, verdict->user_timeout)) {
		if (pending->user_timeout == 0 || facts->user_timeout != pending->user_timeout)
			pending->original = facts->user_timeout;
		pending->user_timeout = verdict->user_timeout;
	}
	if (pending->user_timeout == 0)
		return;
	tell_take(duplicate, facts, &pending->names);
	pending->deadline = verdict->deadline;
	pending->seen = socket->seen;
	pending->verdict = *verdict;
	pending->pid = process->pid;
	pending->thread = wait->thread;
	pending->started = process->started;
	pending->fd = wait->fd;
	pending->call = wait->call;
}

/* Take the timeout back, if it is still ours. */
static void take_back(struct state_pending *pending, int duplicate)
{
	(void)act_change_timeout(duplicate, pending->user_timeout, pending->original);
	pending->user_timeout = pending->original = 0;
}

static void tell(struct state *state, const struct state_process *process,
		 struct state_pending *pending)
{
	const int64_t over = clock_now() - pending->seen;

	pending->verdict.elapsed += over > 0 ? over : 0;
	tell_timeout(state, process, pending->thread, pending->call, pending->fd,
		     &pending->names, &pending->verdict, "kernel");
	pending->user_timeout = 0;
}

void pending_note(struct state *state, struct state_process *process,
		  struct state_socket *socket, const struct facts *facts, int duplicate,
		  bool restore)
{
	struct state_pending *const pending = &socket->pending;

	if (pending->user_timeout == 0)
		return;
	if (facts->state == FACTS_CLOSED) {
		tell(state, process, pending);
	} else if (restore) {
		take_back(pending, duplicate);
	}
}

/* Whether the kernel ended the socket, as far as that can be told of one that is gone: it went when
 * its time had come. */
static bool was_kept(const struct state_pending *pending, int64_t now)
{
	return now >= pending->deadline && pending->seen >= pending->deadline - SETTLE_SLACK;
}

struct settling {
	struct state *state;
	bool all;
};

static void settle(void *entry, void *context)
{
	struct state_socket *const socket = entry;
	const struct settling *const settling = context;
	struct state *const state = settling->state;
	struct state_pending *const pending = &socket->pending;
	struct state_process *process;
	struct facts facts;
	bool kept;
	int duplicate;

	if (pending->user_timeout == 0 || (!settling->all && socket->last == state->look))
		return;
	kept = was_kept(pending, clock_now());
	duplicate = state_duplicate(state, pending->pid, pending->started, pending->fd,
				    (ino_t)socket->known.key, &process);
	if (duplicate >= 0) {
		kept = facts_take(duplicate, &facts) == 0 && facts.state == FACTS_CLOSED;
		if (!kept)
			take_back(pending, duplicate);
		close(duplicate);
	}
	if (process != NULL) {
		state_close_pidfd(process);
		if (kept)
			tell(state, process, pending);
	}
	pending->user_timeout = 0;
}

void pending_settle(struct state *state, bool all)
{
	struct settling settling = {state, all};

	known_each(&state->sockets, settle, &settling);
}

static void forget_rule(void *entry, void *context)
{
	struct state_socket *const socket = entry;
	const pid_t pid = *(const pid_t *)context;

	if (pid == 0 || socket->pending.pid == pid)
		socket->pending.verdict.rule = NULL;
}

void pending_forget_rules(struct state *state, pid_t pid)
{
	known_each(&state->sockets, forget_rule, &pid);
}
