/*
 * policy/policy: which faults fire, and that it reproduces; what many rules cost. Cold.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "policy_build.h"

START_TEST(first_fault_that_fires_wins)
{
	const struct policy *policy = build("port=1 timeout=1s\n"
					    "op=resolve error=EAI_AGAIN\n"
					    "op=recv,when=1 error=ECONNRESET\n"
					    "op=recv short=1\n"
					    "prog=x delay=1s\n");
	const struct policy_call recv = call_to(OPERATION_RECV, "");
	const struct policy_call connect = call_to(OPERATION_CONNECT, "");
	const struct policy_call idle = call_to(OPERATION_IDLE, "");
	struct policy_fault fault;

	policy_ask_fault(policy, &recv, RULE_CALL_FAULTS, 0, &fault);
	ck_assert_uint_eq(fault.rule->line, 3);
	policy_ask_fault(policy, &recv, RULE_CALL_FAULTS, 0, &fault);
	ck_assert_uint_eq(fault.rule->line, 4);
	ck_assert_uint_eq(fault.count, 2);
	policy_ask_fault(policy, &connect, RULE_CALL_FAULTS, 0, &fault);
	ck_assert_uint_eq(fault.rule->line, 5);
	policy_ask_fault(policy, &idle, RULE_CALL_FAULTS, 0, &fault);
	ck_assert_ptr_null(fault.rule);
	/* What is short is what is received and sent. */
	policy = build("prog=x short=1");
	policy_ask_fault(policy, &connect, RULE_CALL_FAULTS, 0, &fault);
	ck_assert_ptr_null(fault.rule);
	ck_assert_uint_eq(policy_rule(policy, 0)->met, 0);
	policy_ask_fault(policy, &recv, RULE_CALL_FAULTS, 0, &fault);
	ck_assert_ptr_nonnull(fault.rule);
}
END_TEST

#define CALLS 10000

/* Which of CALLS calls fire, a byte each; returns how many. */
static unsigned int draw(const char *rules, uint64_t seed, unsigned char drawn[CALLS])
{
	const struct policy *policy = build(rules);
	const struct policy_call call = call_to(OPERATION_RECV, "");
	struct policy_fault fault;
	unsigned int sum = 0;

	for (int i = 0; i < CALLS; i++) {
		policy_ask_fault(policy, &call, RULE_CALL_FAULTS, seed, &fault);
		drawn[i] = fault.rule != NULL;
		sum += drawn[i];
	}
	return sum;
}

/* The same twice of one seed and rule, others of another; and the share is within 3.3 standard
 * deviations (99.9 %). */
START_TEST(probability_reproduces)
{
	static const char rule[] = "op=recv reset,probability=0.3";
	static unsigned char first[CALLS], again[CALLS];

	for (uint64_t seed = 0; seed < 20; seed++) {
		const unsigned int sum = draw(rule, seed, first);

		ck_assert_uint_ge(sum, 3000 - 152);
		ck_assert_uint_le(sum, 3000 + 152);
		draw(rule, seed, again);
		ck_assert_mem_eq(first, again, CALLS);
		draw(rule, seed + 1, again);
		ck_assert_mem_ne(first, again, CALLS);
		/* Said otherwise it is the same rule; another is another. */
		draw("# one\nop=recv   reset,probability=.30", seed, again);
		ck_assert_mem_eq(first, again, CALLS);
		draw("prog=*,op=recv reset,probability=0.3", seed, again);
		ck_assert_mem_ne(first, again, CALLS);
	}
	ck_assert_uint_eq(draw("op=recv reset,probability=0", 1, first), 0);
	ck_assert_uint_eq(draw("op=recv reset,probability=1", 1, first), CALLS);
	ck_assert_uint_eq(draw("op=recv reset", 1, first), CALLS);
}
END_TEST

/* Jitter is not tied to what made the rule fire. */
START_TEST(random_is_spread)
{
	const struct policy *policy = build("op=recv delay=1s,jitter=1s,probability=0.01");
	const struct policy_call call = call_to(OPERATION_RECV, "");
	struct policy_fault fault;
	unsigned int upper = 0, sum = 0;

	for (int i = 0; i < 100000; i++) {
		policy_ask_fault(policy, &call, RULE_CALL_FAULTS, 4711, &fault);
		sum += fault.rule != NULL;
		upper += fault.rule != NULL && fault.random >> 63 != 0;
	}
	ck_assert_uint_ge(sum, 850);
	ck_assert_uint_ge(upper, sum * 2 / 5);
	ck_assert_uint_le(upper, sum * 3 / 5);
}
END_TEST

START_TEST(may_fault_is_cautious)
{
	struct policy_call inet = {
		.operation = OPERATION_RECV, .family = AF_INET, .type = 1, .protocol = 6};
	struct policy_call local = {
		.operation = OPERATION_RECV, .family = AF_UNIX, .type = 1, .protocol = 0};
	struct policy_call unknown = {
		.operation = OPERATION_RECV, .family = -1, .type = -1, .protocol = -1};
	struct policy_call there = call_to(OPERATION_RECV, "1.2.3.4:80");
	struct policy_fault fault;
	const struct policy *policy = build("op=recv timeout=1s;op=resolve error=EAI_AGAIN");

	ck_assert(!policy_may_fault(policy, &unknown));
	policy = build("op=recv,to=1.2.3.4 reset");
	ck_assert(policy_may_fault(policy, &inet));
	ck_assert(policy_may_fault(policy, &unknown));
	ck_assert(policy_may_fault(policy, &there));
	ck_assert(!policy_may_fault(policy, &local));
	/* A descriptor that gets no address. */
	inet.settled = unknown.settled = true;
	ck_assert(!policy_may_fault(policy, &inet));
	ck_assert(!policy_may_fault(policy, &unknown));
	inet.settled = unknown.settled = false;
	/* A wait cannot be reset. */
	ck_assert(!policy_may_fault(build("prog=* reset"),
				    &(struct policy_call){.operation = OPERATION_WAIT}));
	inet.operation = OPERATION_SEND;
	ck_assert(!policy_may_fault(policy, &inet));
	inet.operation = OPERATION_RECV;
	policy = build("port=81 reset");
	ck_assert(policy_may_fault(policy, &inet));
	ck_assert(!policy_may_fault(policy, &there));
	ck_assert(!policy_may_fault(policy, &local));
	policy = build("type=SOCK_DGRAM reset");
	ck_assert(policy_may_fault(policy, &unknown));
	ck_assert(!policy_may_fault(policy, &inet));
	ck_assert(!policy_may_fault(build("port=80 reset,probability=0"), &there));

	/* What `when` has used up is over. */
	policy = build("op=recv,when=2 reset");
	for (int i = 0; i < 2; i++) {
		ck_assert(policy_may_fault(policy, &there));
		policy_ask_fault(policy, &there, RULE_CALL_FAULTS, 0, &fault);
	}
	ck_assert(!policy_may_fault(policy, &there));
	policy = build("op=recv,when=1..3+2 reset");
	for (int i = 0; i < 3; i++) {
		ck_assert(policy_may_fault(policy, &there));
		policy_ask_fault(policy, &there, RULE_CALL_FAULTS, 0, &fault);
	}
	ck_assert(!policy_may_fault(policy, &there));
	policy = build("op=recv,when=1+2 reset");
	for (int i = 0; i < 9; i++)
		policy_ask_fault(policy, &there, RULE_CALL_FAULTS, 0, &fault);
	ck_assert(policy_may_fault(policy, &there));
}
END_TEST

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* count rules, of all kinds, that no call of these meets. */
static char *many_rules(size_t count)
{
	static const char *const kinds[] = {
		"op=recv,to=10.%zu.%zu.0/24,port=5432 timeout=30s\n",
		"op=recv,to=/run/x%zu*y%zu*.sock timeout=1s\n",
		"op=recv,family=AF_INET6,type=%zu,port=%zu timeout=1s,enforce\n",
		"to=2001:db8:%zu:%zu::/64 timeout=1s,idle=5s\n",
		"prog=other%zu,port=1%zu error=ECONNRESET,probability=0.5\n",
	};
	char *rules = malloc(count * 80);
	char *end = rules;

	for (size_t i = 0; i < count; i++)
		end += sprintf(end, kinds[i % COUNT(kinds)], i / 100, i % 100);
	return rules;
}

/* The shortest of some runs, and ten times of what is promised: a machine may be slow, but what
 * grows faster than the rules do is far over it. */
START_TEST(many_rules_are_built_in_time)
{
	char *rules = many_rules(10000);
	int64_t best = INT64_MAX;

	for (int i = 0; i < 5; i++) {
		const int64_t started = now();

		ck_assert_uint_eq(policy_count(build(rules)), 10000);
		if (now() - started < best)
			best = now() - started;
	}
	free(rules);
	ck_assert_int_le(best, 10 * 20 * 1000000);
}
END_TEST

START_TEST(many_rules_are_asked_in_time)
{
	char *rules = many_rules(10000);
	const struct policy *policy = build(rules);
	static const char *const places[] = {"10.255.0.1:1", "/run/x5ayyyyyyyyyyyyyyyyy.sock"};

	free(rules);
	for (int place = 0; place < COUNT(places); place++) {
		const struct policy_call call = call_to(OPERATION_RECV, places[place]);
		int64_t best = INT64_MAX;

		for (int i = 0; i < 20; i++) {
			const int64_t started = now();
			struct policy_answer answer;

			policy_ask(policy, &call, RULE_POLICY_ACTIONS, POLICY_COUNTED, &answer);
			ck_assert_ptr_null(answer.timeout);
			if (now() - started < best)
				best = now() - started;
		}
		ck_assert_int_le(best, 10 * 1000 * (10000 / 100));
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("policy faults");
	TCase *test = tcase_create("policy faults");
	TCase *timed = tcase_create("policy faults in time");

	tcase_add_test(test, first_fault_that_fires_wins);
	tcase_add_test(test, probability_reproduces);
	tcase_add_test(test, random_is_spread);
	tcase_add_test(test, may_fault_is_cautious);
	tcase_set_tags(timed, "time");
	tcase_add_test(timed, many_rules_are_built_in_time);
	tcase_add_test(timed, many_rules_are_asked_in_time);
	suite_add_tcase(suite, test);
	suite_add_tcase(suite, timed);
	return unit_run(suite);
}
