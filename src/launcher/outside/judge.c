/*
 * Judges waits. Owns no state. What the kernel does with its timers is in net/ipv4/tcp_timer.c:
 * tcp_retransmit_timer, tcp_probe_timer and tcp_keepalive_timer.
 */
#include "launcher/outside/judge.h"

#include <limits.h>

#include "base/duration.h"

/* How long the kernel has, after a timeout that was set for it, to end a connection: a part of the
 * timeout and its least retransmission time, with some more. */
#define GRACE_PART  8
#define GRACE_LEAST (300 * NANOSECONDS_PER_MILLISECOND)
#define BEFORE      (20 * NANOSECONDS_PER_MILLISECOND)
#define AFTER       (60 * NANOSECONDS_PER_MILLISECOND)

/* The keepalive timer, by which a silent connection is ended, needs so much time without any segment
 * from the other side, also without an acknowledgement: 1 s, and some ticks. */
#define KEEPALIVE_LEAST (FACTS_KEEPALIVE_LEAST + 20 * NANOSECONDS_PER_MILLISECOND)

/* While data is on its way, looks are so close, to know well when it has stopped to move. */
#define STALL_PART 16

/* A wait that the program has repeated is one of a series only so long after its own timeout. */
#define REPEAT_SLACK (50 * NANOSECONDS_PER_MILLISECOND)

static int64_t later(int64_t one, int64_t other)
{
	return one > other ? one : other;
}

/* The time that was so long ago, or shortly after: the kernel's times are exact to a tick. */
static int64_t ago(int64_t now, int64_t elapsed)
{
	return elapsed > FACTS_SLACK ? now - elapsed + FACTS_SLACK : now;
}

static void wait_until(struct judge_verdict *verdict, int64_t at)
{
	verdict->action = JUDGE_WAIT;
	verdict->at = at;
}

/* Longer limits, of decades, would overflow: they are none. */
#define LIMIT_MOST (INT64_MAX / 4)

/* Have the limit end a silence which began at `start`, but not before own_end, unless another limit ends
 * the silence earlier. Fills in what the log says. */
static void consider(struct judge_verdict *verdict, enum operation operation,
		     const struct limit *limit, int64_t start, int64_t own_end, int64_t now)
{
	if (limit->length <= 0 || limit->length > LIMIT_MOST ||
	    later(start + limit->length, own_end) >= verdict->ends)
		return;
	verdict->ends = later(start + limit->length, own_end);
	verdict->operation = operation;
	verdict->elapsed = now - start;
	verdict->timeout = limit->length;
	verdict->rule = limit->rule;
}

/* Whether the program has bounded the wait itself. */
static bool is_own_bound(const struct judge_wait *wait, const struct facts *facts,
			 const struct limits *limits)
{
	if (limits->enforce)
		return false;
	if (facts->tcp && facts->user_timeout != 0 &&
	    facts->user_timeout != wait->user_timeout_set)
		return true;
	if (wait->in_set)
		return false;
	return wait->operation == OPERATION_RECV || wait->operation == OPERATION_ACCEPT
		       ? facts->own_receive_timeout
		       : facts->own_send_timeout;
}

/* When a wait with a timeout of its own, which is as long as the limit or longer, has shown that this is
 * no bound, but one of a series; 0 where there is no such timeout. */
static int64_t end_of_own_timeout(const struct judge_wait *wait, const struct limits *limits,
				  const struct limit *limit)
{
	if (wait->own_timeout < limit->length || limits->enforce)
		return 0;
	if (!wait->repeated || wait->own_timeout > LIMIT_MOST)
		return INT64_MAX;
	return wait->since + wait->own_timeout + REPEAT_SLACK;
}

/* Consider all limits: the wait has met with silence since `start`, on a connection that has been silent
 * since `silent`, and owes an answer since `owed`. `idle` bounds also a wait with a timeout of its own. */
static void consider_all(struct judge_verdict *verdict, const struct judge_wait *wait,
			 const struct limits *limits, int64_t silent, int64_t owed, int64_t now)
{
	consider(verdict, wait->operation, &limits->timeout, later(wait->since, silent),
		 end_of_own_timeout(wait, limits, &limits->timeout), now);
	consider(verdict, OPERATION_IDLE, &limits->idle, silent, 0, now);
	if (wait->owed && wait->operation == OPERATION_RECV)
		consider(verdict, OPERATION_REPLY, &limits->reply, owed,
			 end_of_own_timeout(wait, limits, &limits->reply), now);
}

/* A call that the kernel keeps no clock for: only how long it has lasted is known. */
static void judge_call(const struct judge_wait *wait, const struct facts *facts,
		       const struct limits *limits, int64_t now, struct judge_verdict *verdict)
{
	consider(verdict, wait->operation, &limits->timeout, later(wait->since, wait->floor), 0,
		 now);
	if (wait->in_set || !wait->may_inject || facts->channel || verdict->ends == INT64_MAX ||
	    facts->listening != (wait->operation == OPERATION_ACCEPT))
		return;
	if (now < verdict->ends)
		wait_until(verdict, verdict->ends);
	else
		verdict->action = JUDGE_FAIL_CALL;
}

/* Have the kernel end the connection in time, by its own timers, which count from `start` or a little
 * later. Beyond that and the time that the kernel takes, do it otherwise. */
static void judge_by_timer(const struct judge_wait *wait, int64_t start, int64_t now,
			   struct judge_verdict *verdict)
{
	const int64_t ends = verdict->ends;
	const int64_t grace = verdict->timeout / GRACE_PART + GRACE_LEAST;
	const int64_t length = later(ends - start, verdict->timeout);
	const int64_t milliseconds =
		(length + NANOSECONDS_PER_MILLISECOND - 1) / NANOSECONDS_PER_MILLISECOND;

	if (now >= ends + grace) {
		verdict->action =
			wait->may_inject && !wait->in_set ? JUDGE_FAIL_CALL : JUDGE_DISCONNECT;
		return;
	}
	verdict->deadline = ends;
	/* Looks shortly before and after tell whether it was the kernel that ended the wait. */
	verdict->at = now < ends - BEFORE  ? ends - BEFORE
		      : now < ends + AFTER ? ends + AFTER
					   : ends + grace;
	verdict->user_timeout = milliseconds > INT_MAX ? INT_MAX : (int)milliseconds;
	verdict->action =
		wait->user_timeout_set < verdict->user_timeout ? JUDGE_SET_TIMEOUT : JUDGE_WAIT;
}

/* How often to look at an attempt to connect that the kernel may end at any time. */
#define OFTEN (40 * NANOSECONDS_PER_MILLISECOND)

/* The kernel knows when the connection was begun, and counts from then. */
static void judge_connecting(const struct judge_wait *wait, const struct facts *facts,
			     const struct limits *limits, int64_t now,
			     struct judge_verdict *verdict)
{
	const int64_t start = later(wait->since, wait->floor);

	consider(verdict, OPERATION_CONNECT, &limits->timeout, start, 0, now);
	if (verdict->ends == INT64_MAX)
		return;
	judge_by_timer(wait, start, now, verdict);
	verdict->deadline = later(wait->moved_before, wait->floor) + verdict->timeout;
	if (verdict->action == JUDGE_WAIT && now < verdict->deadline - BEFORE)
		verdict->at = verdict->deadline - BEFORE;
	/* Begun before the watch: only a look shortly before the end tells that the kernel ended it. */
	if (wait->moved_before < wait->floor && facts->retransmitted &&
	    verdict->action != JUDGE_DISCONNECT) {
		verdict->deadline = now;
		verdict->at = now + OFTEN;
	}
}

/* Data is on its way, and none of it arrives. */
static void judge_stalled(const struct judge_wait *wait, const struct limits *limits,
			  int64_t now, struct judge_verdict *verdict)
{
	const int64_t silent = later(wait->moved_after, wait->floor);

	consider_all(verdict, wait, limits, silent, silent, now);
	if (verdict->ends == INT64_MAX)
		return;
	if (wait->moved_after >= now)
		wait_until(verdict, now + verdict->timeout / STALL_PART);
	else if (wait->in_set || !wait->may_inject)
		judge_by_timer(wait, wait->moved_before, now, verdict);
	else if (now < verdict->ends)
		wait_until(verdict, verdict->ends);
	else
		verdict->action = JUDGE_FAIL_CALL;
}

/* Nothing is on its way, and the program waits for the other side. */
static void judge_silent(const struct judge_wait *wait, const struct facts *facts,
			 const struct limits *limits, int64_t now,
			 struct judge_verdict *verdict)
{
	const int64_t sent = later(ago(now, facts->since_sent), wait->floor);

	consider_all(verdict, wait, limits, later(ago(now, facts->since_received), sent), sent,
		     now);
	if (verdict->ends == INT64_MAX)
		return;
	if (now < verdict->ends)
		wait_until(verdict, verdict->ends);
	else if (!wait->in_set && wait->may_inject)
		verdict->action = JUDGE_FAIL_CALL;
	else if (facts->since_acknowledged < KEEPALIVE_LEAST &&
		 now < verdict->ends + KEEPALIVE_LEAST)
		wait_until(verdict, now + KEEPALIVE_LEAST - facts->since_acknowledged);
	else
		verdict->action = JUDGE_FAIL_SILENT;
}

static void judge_tcp(const struct judge_wait *wait, const struct facts *facts,
		      const struct limits *limits, int64_t now, struct judge_verdict *verdict)
{
	if (facts->state == FACTS_SYN_SENT) {
		judge_connecting(wait, facts, limits, now, verdict);
		return;
	}
	if (facts->state != FACTS_ESTABLISHED && facts->state != FACTS_CLOSE_WAIT &&
	    facts->state != FACTS_FIN_WAIT1 && facts->state != FACTS_FIN_WAIT2)
		return;
	if (facts->outstanding) {
		if (wait->operation == OPERATION_RECV &&
		    (facts->queued > 0 || facts->state == FACTS_CLOSE_WAIT))
			return;
		judge_stalled(wait, limits, now, verdict);
	} else if (wait->operation == OPERATION_RECV && facts->queued == 0 &&
		   facts->state != FACTS_CLOSE_WAIT) {
		judge_silent(wait, facts, limits, now, verdict);
	}
}

void judge(const struct judge_wait *wait, const struct facts *facts,
	   const struct limits *limits, int64_t now, struct judge_verdict *verdict)
{
	*verdict = (struct judge_verdict){
		.action = JUDGE_EXEMPT, .ends = INT64_MAX, .operation = wait->operation};
	verdict->restore = wait->user_timeout_set != 0 && facts->tcp &&
			   facts->user_timeout == wait->user_timeout_set &&
			   facts->state != FACTS_SYN_SENT && facts->state != FACTS_CLOSED &&
			   (!facts->outstanding || wait->moved_after >= now);
	if (is_own_bound(wait, facts, limits))
		return;
	if (facts->tcp && !facts->listening)
		judge_tcp(wait, facts, limits, now, verdict);
	else
		judge_call(wait, facts, limits, now, verdict);
}
