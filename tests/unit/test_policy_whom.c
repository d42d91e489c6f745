/*
 * Rules by user, unit and host, and by what a connection and a program have behind them.
 */
#include "base/attributes.h"
#include "policy/glob.h"
#include "policy_build.h"

static const struct {
	const char *rule;
	struct policy_program program;
	bool meant;
} processes[] = {
	{"user=33", {.uid = 33}, true},
	{"user=33", {.uid = 3}, false},
	{"user=www", {.uid = 33, .user = "www"}, true},
	{"user=w*", {.uid = 33, .user = "www"}, true},
	{"user=www", {.uid = 33}, false},
	{"user=www", {.any_user = true}, true},
	{"unit=nginx.service", {.group = "/system.slice/nginx.service"}, true},
	{"unit=nginx*", {.group = "/system.slice/nginx.service/worker"}, true},
	{"unit=system.slice", {.group = "/system.slice/nginx.service"}, true},
	{"unit=ginx.service", {.group = "/system.slice/nginx.service"}, false},
	{"unit=/system.slice/*", {.group = "/system.slice/nginx.service"}, true},
	{"unit=/system.slice", {.group = "/system.slice/nginx.service"}, false},
	{"unit=*", {.group = "/"}, false},
	{"unit=*", {.group = NULL}, false},
	{"unit=x", {.any_unit = true}, true},
};

START_TEST(rules_for_others_are_left_out)
{
	char rules[128];

	strcat(strcpy(rules, processes[_i].rule), " timeout=1s");
	ck_assert_uint_eq(policy_count(build_for(rules, &processes[_i].program)),
			  processes[_i].meant);
	ck_assert_uint_eq(policy_count(build(rules)), 1);
}
END_TEST

/* 1.2.3.4 is db.example.com. */
static bool has_name(struct rule_string glob, int family, const unsigned char *octet)
{
	static const unsigned char known[] = {1, 2, 3, 4};

	return family == AF_INET && memcmp(octet, known, sizeof known) == 0 &&
	       glob_matches(glob.start, glob.length, "db.example.com",
			    strlen("db.example.com"));
}

static bool has_timeout(const struct policy *policy, const struct policy_call *call)
{
	struct policy_answer answer;

	policy_ask(policy, call, RULE_TIMEOUT, POLICY_COUNTED, &answer);
	return answer.timeout != NULL;
}

START_TEST(host_is_the_name_of_the_address)
{
	const struct policy *policy = build("host=*.Example.com timeout=1s");
	struct policy_call call = call_to(OPERATION_RECV, "1.2.3.4:80");

	ck_assert(!has_timeout(policy, &call));
	call.has_name = has_name;
	ck_assert(has_timeout(policy, &call));
	call = call_to(OPERATION_RECV, "[::ffff:1.2.3.4]:80");
	call.has_name = has_name;
	ck_assert(has_timeout(policy, &call));
	call = call_to(OPERATION_RECV, "1.2.3.5:80");
	call.has_name = has_name;
	ck_assert(!has_timeout(policy, &call));
	call = call_to(OPERATION_RESOLVE, "");
	ck_assert(!has_timeout(policy, &call));
	call.host = "www.example.com";
	ck_assert(has_timeout(policy, &call));
	call.host = "example.com";
	ck_assert(!has_timeout(policy, &call));
	ck_assert_uint_eq(policy_asks(policy, OPERATION_RECV, RULE_TIMEOUT),
			  POLICY_ASKS_HOST | POLICY_ASKS_ADDRESS);
}
END_TEST

static bool fires(const struct policy *policy, uint64_t moved, int64_t age)
{
	struct policy_call call = call_to(OPERATION_RECV, "1.2.3.4:80");
	struct policy_fault fault;

	call.moved = moved;
	call.age = age;
	policy_ask_fault(policy, &call, RULE_CALL_FAULTS, 1, &fault);
	return fault.rule != NULL;
}

START_TEST(after_so_many_bytes)
{
	const struct policy *policy = build("op=recv,after=1Ki reset\nafter=100 delay=1s\n"
					    "op=send,after=10 reset");
	struct policy_call call = call_to(OPERATION_RECV, "1.2.3.4:80");

	ck_assert(!fires(policy, 0, 0));
	ck_assert(!fires(policy, 99, 0));
	ck_assert(fires(policy, 100, 0));
	ck_assert_uint_eq(policy_bytes_left(policy, &call), 100);
	call.moved = 100;
	ck_assert_uint_eq(policy_bytes_left(policy, &call), 924);
	call.moved = 1024;
	ck_assert(policy_bytes_left(policy, &call) == UINT64_MAX);
}
END_TEST

START_TEST(from_and_until)
{
	const struct policy *policy = build("op=recv,from=1s,until=2s reset");
	struct policy_call call = call_to(OPERATION_RECV, "1.2.3.4:80");

	ck_assert(!fires(policy, 0, 0));
	ck_assert(!fires(policy, 0, 999999999));
	ck_assert(fires(policy, 0, 1000000000));
	ck_assert(fires(policy, 0, 1999999999));
	ck_assert(!fires(policy, 0, 2000000000));
	call.age = 1;
	ck_assert(policy_may_fault(policy, &call));
	call.age = 2000000000;
	ck_assert(!policy_may_fault(policy, &call));
}
END_TEST

/* A fault at the end of a stream is no fault of a call. */
START_TEST(slow_close_is_asked_for_apart)
{
	const struct policy *policy = build("op=recv slow-close=1s\nop=recv reset");
	struct policy_call call = call_to(OPERATION_RECV, "1.2.3.4:80");
	struct policy_fault fault;

	policy_ask_fault(policy, &call, RULE_CALL_FAULTS, 1, &fault);
	ck_assert_uint_eq(fault.rule->actions, RULE_RESET);
	policy_ask_fault(policy, &call, RULE_END_FAULTS, 1, &fault);
	ck_assert_uint_eq(fault.rule->actions, RULE_SLOW_CLOSE);
}
END_TEST

static const struct {
	const char *glob;
	struct policy_program program;
	bool meant;
} programs[] = {
	{"psql", {.path = "/usr/bin/psql", .invoked = NULL}, true},
	{"psql", {.path = "/usr/bin/psqlx", .invoked = NULL}, false},
	{"psql", {.path = "/usr/psql/x", .invoked = NULL}, false},
	{"psql", {.path = NULL, .invoked = "/usr/local/bin/psql"}, true},
	{"psql", {.path = NULL, .invoked = NULL}, false},
	{"p*", {.path = "/usr/bin/python3.11", .invoked = "./script"}, true},
	{"script", {.path = "/usr/bin/python3.11", .invoked = "./script"}, true},
	{"/usr/bin/*", {.path = "/usr/bin/python3.11", .invoked = "./script"}, true},
	{"/usr/*", {.path = "/usr/bin/python3.11", .invoked = "./script"}, false},
	{"/usr/**", {.path = "/usr/bin/python3.11", .invoked = "./script"}, true},
	{"*/psql", {.path = "/usr/bin/psql", .invoked = NULL}, false},
	{"**/psql", {.path = "/usr/bin/psql", .invoked = NULL}, true},
};

START_TEST(rules_for_other_programs_are_left_out)
{
	const struct policy *policy;
	char rules[128] = "prog=";

	strcat(rules, programs[_i].glob);
	strcat(rules, " timeout=1s\nport=1 timeout=2s");
	policy = build_for(rules, &programs[_i].program);
	ck_assert_uint_eq(policy_count(policy), programs[_i].meant ? 2 : 1);
	ck_assert_uint_eq(policy_rule(policy, policy_count(policy) - 1)->line, 2);
	ck_assert_uint_eq(policy_count(build(rules)), 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("policy whom");
	TCase *cases = tcase_create("policy whom");

	tcase_add_loop_test(cases, rules_for_others_are_left_out, 0, COUNT_OF(processes));
	tcase_add_loop_test(cases, rules_for_other_programs_are_left_out, 0,
			    COUNT_OF(programs));
	tcase_add_test(cases, host_is_the_name_of_the_address);
	tcase_add_test(cases, after_so_many_bytes);
	tcase_add_test(cases, from_and_until);
	tcase_add_test(cases, slow_close_is_asked_for_apart);
	suite_add_tcase(suite, cases);
	return unit_run(suite);
}
