/*
 * The judgement of waits, by facts that are made up: what is due when, and what is done about it.
 */
#include "config.h"

#include <check.h>
#include <string.h>

#include "../unit/run.h"
#include "base/duration.h"
#include "launcher/outside/judge.h"

#define SECOND NANOSECONDS_PER_SECOND
#define MILLI  NANOSECONDS_PER_MILLISECOND

/* The time at which everything here is judged, and when watching began. */
#define NOW   (1000 * SECOND)
#define BEGAN (900 * SECOND)

static struct judge_wait wait;
static struct facts facts;
static struct limits limits;
static struct judge_verdict verdict;

/* A thread that has been blocked in recv for 5 s, on a connection that has been silent for as long, under
 * a timeout of 2 s. */
static void setup(void)
{
	wait = (struct judge_wait){.operation = OPERATION_RECV,
				   .may_inject = true,
				   .since = NOW - 5 * SECOND,
				   .own_timeout = -1,
				   .floor = BEGAN,
				   .moved_before = NOW - 6 * SECOND,
				   .moved_after = NOW - 5 * SECOND};
	facts = (struct facts){.family = AF_INET,
			       .type = SOCK_STREAM,
			       .tcp = true,
			       .state = FACTS_ESTABLISHED,
			       .since_received = 5 * SECOND,
			       .since_sent = 5 * SECOND,
			       .since_acknowledged = 5 * SECOND};
	limits = (struct limits){.timeout = {2 * SECOND, NULL}};
}

static enum judge_action judged(void)
{
	judge(&wait, &facts, &limits, NOW, &verdict);
	return verdict.action;
}

START_TEST(a_call_is_due)
{
	ck_assert_int_eq(judged(), JUDGE_FAIL_CALL);
	ck_assert_int_eq(verdict.operation, OPERATION_RECV);
	ck_assert_int_eq(verdict.timeout, 2 * SECOND);
	wait.may_inject = false;
	ck_assert_int_eq(judged(), JUDGE_FAIL_SILENT);
	wait.may_inject = true;
	wait.in_set = true;
	ck_assert_int_eq(judged(), JUDGE_FAIL_SILENT);
}
END_TEST

START_TEST(a_silence_begins_last)
{
	wait.since = NOW - 1 * SECOND;
	ck_assert_int_eq(judged(), JUDGE_WAIT);
	ck_assert_int_eq(verdict.at, NOW + 1 * SECOND);
	wait.since = NOW - 5 * SECOND;
	/* The kernel's times may be too long by a tick. */
	facts.since_received = 2 * SECOND + FACTS_SLACK / 2;
	ck_assert_int_eq(judged(), JUDGE_WAIT);
	facts.since_received = 2 * SECOND + FACTS_SLACK;
	ck_assert_int_eq(judged(), JUDGE_FAIL_CALL);
	facts.since_sent = 1 * SECOND;
	ck_assert_int_eq(judged(), JUDGE_WAIT);
	facts.since_sent = 5 * SECOND;
	wait.floor = NOW - SECOND;
	ck_assert_int_eq(judged(), JUDGE_WAIT);
	ck_assert_int_eq(verdict.at, NOW + 1 * SECOND);
}
END_TEST

/* The kernel's keepalive timer needs a second without any segment. */
START_TEST(a_recent_acknowledgement)
{
	wait.in_set = true;
	facts.since_acknowledged = 700 * MILLI;
	limits.timeout.length = 5 * SECOND - FACTS_SLACK;
	ck_assert_int_eq(judged(), JUDGE_WAIT);
	ck_assert_int_eq(verdict.at, NOW + 320 * MILLI);
	/* Acknowledgements that never cease do not keep the connection. */
	limits.timeout.length = 2 * SECOND;
	ck_assert_int_eq(judged(), JUDGE_FAIL_SILENT);
	wait.in_set = false;
	ck_assert_int_eq(judged(), JUDGE_FAIL_CALL);
}
END_TEST

START_TEST(what_is_exempt)
{
	facts.queued = 1;
	ck_assert_int_eq(judged(), JUDGE_EXEMPT);
	setup();
	facts.state = FACTS_CLOSE_WAIT;
	ck_assert_int_eq(judged(), JUDGE_EXEMPT);
	setup();
	limits.timeout.length = DURATION_NONE;
	ck_assert_int_eq(judged(), JUDGE_EXEMPT);
	setup();
	facts.own_receive_timeout = true;
	ck_assert_int_eq(judged(), JUDGE_EXEMPT);
	limits.enforce = true;
	ck_assert_int_eq(judged(), JUDGE_FAIL_CALL);
	setup();
	facts.user_timeout = 30000;
	ck_assert_int_eq(judged(), JUDGE_EXEMPT);
	wait.user_timeout_set = 30000;
	ck_assert_int_eq(judged(), JUDGE_FAIL_CALL);
	ck_assert(verdict.restore);
	setup();
	facts.listening = true;
	ck_assert_int_eq(judged(), JUDGE_EXEMPT);
	wait.operation = OPERATION_ACCEPT;
	ck_assert_int_eq(judged(), JUDGE_FAIL_CALL);
}
END_TEST

START_TEST(own_timeouts_of_sets)
{
	wait.in_set = true;
	wait.own_timeout = 1 * SECOND;
	ck_assert_int_eq(judged(), JUDGE_FAIL_SILENT);
	wait.own_timeout = 2 * SECOND;
	ck_assert_int_eq(judged(), JUDGE_EXEMPT);
	/* It has found nothing, and was made again. */
	wait.repeated = true;
	ck_assert_int_eq(judged(), JUDGE_FAIL_SILENT);
	wait.own_timeout = 5 * SECOND;
	ck_assert_int_eq(judged(), JUDGE_WAIT);
}
END_TEST

START_TEST(without_a_clock)
{
	facts.tcp = false;
	facts.type = SOCK_DGRAM;
	ck_assert_int_eq(judged(), JUDGE_FAIL_CALL);
	wait.since = NOW - 1 * SECOND;
	ck_assert_int_eq(judged(), JUDGE_WAIT);
	wait.since = NOW - 5 * SECOND;
	wait.may_inject = false;
	ck_assert_int_eq(judged(), JUDGE_EXEMPT);
	wait.may_inject = true;
	wait.in_set = true;
	ck_assert_int_eq(judged(), JUDGE_EXEMPT);
	wait.in_set = false;
	facts.channel = true;
	ck_assert_int_eq(judged(), JUDGE_EXEMPT);
}
END_TEST

START_TEST(connecting)
{
	facts.state = FACTS_SYN_SENT;
	facts.outstanding = true;
	wait.since = NOW - 1 * SECOND;
	wait.moved_before = NOW - 1 * SECOND - 250 * MILLI;
	ck_assert_int_eq(judged(), JUDGE_SET_TIMEOUT);
	ck_assert_int_eq(verdict.operation, OPERATION_CONNECT);
	ck_assert_int_eq(verdict.user_timeout, 2000);
	/* The kernel may end it so early, for the attempt may be so old. */
	ck_assert_int_eq(verdict.deadline, NOW + 750 * MILLI);
	wait.user_timeout_set = facts.user_timeout = 2000;
	ck_assert_int_eq(judged(), JUDGE_WAIT);
	ck_assert_int_lt(verdict.at, NOW + 750 * MILLI);
	/* An attempt that was begun before the watch may end at any time. */
	facts.retransmitted = true;
	wait.floor = NOW - 1 * SECOND;
	ck_assert_int_eq(judged(), JUDGE_WAIT);
	ck_assert_int_eq(verdict.deadline, NOW);
	ck_assert_int_lt(verdict.at, NOW + 60 * MILLI);
	wait.floor = BEGAN;
	/* It has not. */
	wait.since = NOW - 5 * SECOND;
	ck_assert_int_eq(judged(), JUDGE_FAIL_CALL);
	wait.in_set = true;
	ck_assert_int_eq(judged(), JUDGE_DISCONNECT);
}
END_TEST

START_TEST(stalled)
{
	wait.operation = OPERATION_SEND;
	facts.outstanding = facts.unsent = true;
	ck_assert_int_eq(judged(), JUDGE_FAIL_CALL);
	wait.moved_after = NOW;
	ck_assert_int_eq(judged(), JUDGE_WAIT);
	wait.in_set = true;
	wait.moved_after = NOW - 500 * MILLI;
	wait.moved_before = NOW - 700 * MILLI;
	ck_assert_int_eq(judged(), JUDGE_SET_TIMEOUT);
	/* The kernel counts from when the data stopped to move, which was 0.5 to 0.7 s ago. */
	ck_assert_int_eq(verdict.user_timeout, 2200);
	wait.user_timeout_set = facts.user_timeout = 2200;
	ck_assert_int_eq(judged(), JUDGE_WAIT);
	wait.moved_after = NOW;
	ck_assert_int_eq(judged(), JUDGE_WAIT);
	ck_assert(verdict.restore);
	/* Nothing that waits to be sent: the program does not wait. */
	facts.outstanding = facts.unsent = false;
	ck_assert_int_eq(judged(), JUDGE_EXEMPT);
}
END_TEST

START_TEST(idle)
{
	wait.in_set = true;
	limits.timeout.length = 60 * SECOND;
	limits.idle.length = 4 * SECOND;
	ck_assert_int_eq(judged(), JUDGE_FAIL_SILENT);
	ck_assert_int_eq(verdict.operation, OPERATION_IDLE);
	/* Whatever timeout the wait has itself. */
	wait.own_timeout = 100 * SECOND;
	ck_assert_int_eq(judged(), JUDGE_FAIL_SILENT);
	wait.floor = NOW - 1 * SECOND;
	ck_assert_int_eq(judged(), JUDGE_WAIT);
	ck_assert_int_eq(verdict.at, NOW + 3 * SECOND);
}
END_TEST

START_TEST(reply)
{
	limits.timeout.length = DURATION_NONE;
	limits.reply.length = 3 * SECOND;
	ck_assert_int_eq(judged(), JUDGE_EXEMPT);
	wait.owed = true;
	ck_assert_int_eq(judged(), JUDGE_FAIL_CALL);
	ck_assert_int_eq(verdict.operation, OPERATION_REPLY);
	ck_assert_int_eq(verdict.timeout, 3 * SECOND);
	/* However short this wait is: the time counts from what was sent last. */
	wait.since = NOW;
	ck_assert_int_eq(judged(), JUDGE_FAIL_CALL);
	facts.since_sent = 1 * SECOND + FACTS_SLACK;
	ck_assert_int_eq(judged(), JUDGE_WAIT);
	ck_assert_int_eq(verdict.at, NOW + 2 * SECOND);
	/* A wait to send is none for an answer. */
	wait.operation = OPERATION_SEND;
	ck_assert_int_eq(judged(), JUDGE_EXEMPT);
}
END_TEST

START_TEST(reply_in_sets)
{
	limits.timeout.length = DURATION_NONE;
	limits.reply.length = 3 * SECOND;
	wait.in_set = wait.owed = true;
	ck_assert_int_eq(judged(), JUDGE_FAIL_SILENT);
	wait.own_timeout = 3 * SECOND;
	ck_assert_int_eq(judged(), JUDGE_EXEMPT);
	wait.own_timeout = 2 * SECOND;
	ck_assert_int_eq(judged(), JUDGE_FAIL_SILENT);
	/* What was sent is not acknowledged. */
	facts.outstanding = true;
	wait.moved_after = NOW - 1 * SECOND;
	wait.moved_before = NOW - 1 * SECOND;
	ck_assert_int_eq(judged(), JUDGE_SET_TIMEOUT);
	ck_assert_int_eq(verdict.operation, OPERATION_REPLY);
	ck_assert_int_eq(verdict.user_timeout, 3000);
}
END_TEST

/* The earliest limit ends a wait; those of centuries do not overflow. */
START_TEST(several_limits)
{
	wait.owed = true;
	limits.reply.length = INT64_MAX;
	limits.idle.length = INT64_MAX;
	ck_assert_int_eq(judged(), JUDGE_FAIL_CALL);
	ck_assert_int_eq(verdict.operation, OPERATION_RECV);
	limits.timeout.length = INT64_MAX;
	ck_assert_int_eq(judged(), JUDGE_EXEMPT);
	limits.idle.length = 8 * SECOND;
	limits.reply.length = 7 * SECOND;
	ck_assert_int_eq(judged(), JUDGE_WAIT);
	ck_assert_int_eq(verdict.operation, OPERATION_REPLY);
	limits.idle.length = 6 * SECOND;
	ck_assert_int_eq(judged(), JUDGE_WAIT);
	ck_assert_int_eq(verdict.operation, OPERATION_IDLE);
}
END_TEST

int main(void)
{
	Suite *const suite = suite_create("judge");
	TCase *const group = tcase_create("judge");

	tcase_add_checked_fixture(group, setup, NULL);
	tcase_add_test(group, a_call_is_due);
	tcase_add_test(group, a_silence_begins_last);
	tcase_add_test(group, a_recent_acknowledgement);
	tcase_add_test(group, what_is_exempt);
	tcase_add_test(group, own_timeouts_of_sets);
	tcase_add_test(group, without_a_clock);
	tcase_add_test(group, connecting);
	tcase_add_test(group, stalled);
	tcase_add_test(group, idle);
	tcase_add_test(group, reply);
	tcase_add_test(group, reply_in_sets);
	tcase_add_test(group, several_limits);
	suite_add_tcase(suite, group);
	return unit_run(suite);
}
