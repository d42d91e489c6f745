/*
 * policy/policy: what is built of sources, which rule a call meets. Cold.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy_build.h"

#define ALL (RULE_POLICY_ACTIONS)

/* The line of the rule whose timeout the call has; 0: none. */
static unsigned int timeout_line(const struct policy *policy, const struct policy_call *call)
{
	struct policy_answer answer;

	policy_ask(policy, call, RULE_TIMEOUT, POLICY_COUNTED, &answer);
	return answer.timeout == NULL ? 0 : answer.timeout->line;
}

static const struct {
	const char *criteria;
	enum operation operation;
	const char *where;
	bool met;
} meetings[] = {
	{"op=recv", OPERATION_RECV, "", true},
	{"op=recv", OPERATION_SEND, "", false},
	{"prog=*", OPERATION_WAIT, "", true},
	{"to=10.0.0.0/8", OPERATION_RECV, "10.255.0.1:1", true},
	{"to=10.0.0.0/8", OPERATION_RECV, "11.0.0.1:1", false},
	{"to=10.0.0.0/8", OPERATION_RECV, "[::ffff:10.0.0.1]:1", true},
	{"to=10.0.0.0/8", OPERATION_RECV, "[::10.0.0.1]:1", false},
	{"to=10.0.0.0/8", OPERATION_RECV, "", false},
	{"to=10.0.0.0/8", OPERATION_RECV, "/run/x", false},
	{"to=10.0.0.128/25", OPERATION_RECV, "10.0.0.128:1", true},
	{"to=10.0.0.128/25", OPERATION_RECV, "10.0.0.127:1", false},
	{"to=10.0.0.1", OPERATION_RECV, "10.0.0.1:1", true},
	{"to=10.0.0.1", OPERATION_RECV, "10.0.0.0:1", false},
	{"to=0.0.0.0/0", OPERATION_RECV, "1.2.3.4:1", true},
	{"to=0.0.0.0/0", OPERATION_RECV, "[::1]:1", false},
	{"to=::ffff:10.0.0.0/104", OPERATION_RECV, "10.0.0.1:1", true},
	{"to=::/0", OPERATION_RECV, "[2001:db8::1]:1", true},
	{"to=::/0", OPERATION_RECV, "[::ffff:10.0.0.1]:1", true},
	{"to=::/0", OPERATION_RECV, "10.0.0.1:1", false},
	{"to=2001:db8::/33", OPERATION_RECV, "[2001:db8:7fff::1]:1", true},
	{"to=2001:db8::/33", OPERATION_RECV, "[2001:db8:8000::1]:1", false},
	{"to=/run/x*", OPERATION_CONNECT, "/run/xy", true},
	{"to=/run/x*", OPERATION_CONNECT, "/run/y", false},
	{"to=/run/x*", OPERATION_CONNECT, "@/run/xy", false},
	{"to=@a?c", OPERATION_CONNECT, "@abc", true},
	{"to=@a?c", OPERATION_CONNECT, "@abcd", false},
	{"to=unix:**", OPERATION_CONNECT, "@abc/d", true},
	{"to=unix:**", OPERATION_CONNECT, "1.2.3.4:1", false},
	{"port=80", OPERATION_SEND, "1.2.3.4:80", true},
	{"port=80", OPERATION_SEND, "[::1]:80", true},
	{"port=80", OPERATION_SEND, "1.2.3.4:81", false},
	{"port=80", OPERATION_SEND, "@80", false},
	{"port=80", OPERATION_SEND, "", false},
	{"port=80..90", OPERATION_SEND, "1.2.3.4:80", true},
	{"port=80..90", OPERATION_SEND, "1.2.3.4:90", true},
	{"port=80..90", OPERATION_SEND, "1.2.3.4:91", false},
	{"port=80..90", OPERATION_SEND, "1.2.3.4:79", false},
	{"to=1.2.3.4,port=80", OPERATION_SEND, "1.2.3.5:80", false},
	{"family=AF_INET", OPERATION_RECV, "1.2.3.4:1", true},
	{"family=AF_INET", OPERATION_RECV, "[::ffff:1.2.3.4]:1", false},
	{"family=AF_INET", OPERATION_RECV, "", false},
	{"op=recv,to=1.2.3.4,port=80,family=AF_INET", OPERATION_RECV, "1.2.3.4:80", true},
};

START_TEST(criteria_are_met)
{
	const struct policy_call call = call_to(meetings[_i].operation, meetings[_i].where);
	char rule[128];

	strcpy(rule, meetings[_i].criteria);
	strcat(rule, " timeout=1s");
	ck_assert_msg(timeout_line(build(rule), &call) == meetings[_i].met, "%s and %s", rule,
		      meetings[_i].where);
}
END_TEST

/* To a program's own channel only rules with the empty name apply. */
START_TEST(channel_is_named)
{
	const struct sockaddr_un unnamed = {.sun_family = AF_UNIX};
	struct policy_call call = {.operation = OPERATION_RECV,
				   .family = AF_UNIX,
				   .address = (const void *)&unnamed,
				   .address_length = sizeof unnamed.sun_family,
				   .channel = true};

	ck_assert_uint_eq(
		timeout_line(
			build("prog=* timeout=1s\nto=unix:* timeout=2s\nto=unix: timeout=3s"),
			&call),
		3);
	ck_assert_uint_eq(timeout_line(build("family=AF_UNIX timeout=1s"), &call), 0);
	call.channel = false;
	ck_assert_uint_eq(timeout_line(build("prog=* timeout=1s\nto=unix: timeout=3s"), &call),
			  1);
}
END_TEST

START_TEST(type_and_protocol_are_met)
{
	const struct policy *policy =
		build("type=SOCK_DGRAM timeout=1s\nprotocol=IPPROTO_TCP timeout=2s");
	struct policy_call call = {
		.operation = OPERATION_RECV, .family = AF_INET, .type = 2, .protocol = 17};

	ck_assert_uint_eq(timeout_line(policy, &call), 1);
	call.type = 1;
	ck_assert_uint_eq(timeout_line(policy, &call), 0);
	call.protocol = 6;
	ck_assert_uint_eq(timeout_line(policy, &call), 2);
	call.type = call.protocol = -1;
	ck_assert_uint_eq(timeout_line(policy, &call), 0);
}
END_TEST

/* Addresses that are shorter than they say are nobody's. */
START_TEST(short_addresses_meet_nothing)
{
	const struct policy *policy =
		build("port=0..65535 timeout=1s;to=0.0.0.0/0 timeout=1s;to=::/0 timeout=1s");
	struct policy_call call = call_to(OPERATION_RECV, "1.2.3.4:1");

	ck_assert_uint_eq(timeout_line(policy, &call), 1);
	for (call.address_length = 0; call.address_length < 16; call.address_length++)
		ck_assert_uint_eq(timeout_line(policy, &call), 0);
	call = call_to(OPERATION_RECV, "[::1]:1");
	for (call.address_length = 0; call.address_length < 16; call.address_length++)
		ck_assert_uint_eq(timeout_line(policy, &call), 0);

	policy = build("to=unix:* timeout=1s");
	call = call_to(OPERATION_RECV, "/run");
	call.address_length = 2; /* a socket without a name has the empty one */
	ck_assert_uint_eq(timeout_line(policy, &call), 1);
	call.address_length = 1;
	ck_assert_uint_eq(timeout_line(policy, &call), 0);
	policy = build("to=/aaaa* timeout=1s");
	memset((char *)(uintptr_t)call.address + 2, 'a', 126);
	((char *)(uintptr_t)call.address)[2] = '/';
	call.address_length = 128; /* over a sockaddr_un, and without a NUL */
	ck_assert_uint_eq(timeout_line(policy, &call), 1);
}
END_TEST

/* Each question has the first rule that is met and answers it. */
START_TEST(first_that_answers_wins)
{
	const struct policy *policy = build("op=send timeout=1s\n"
					    "port=2 enforce\n"
					    "port=1..2 idle=3s\n"
					    "port=1..2 timeout=4s,idle=4s,user-timeout=4s\n"
					    "port=1..2 timeout=5s,enforce,keepalive=5s/5s/5\n"
					    "prog=x timeout=6s,idle=6s,user-timeout=6s,"
					    "keepalive=off\n");
	struct policy_call call = call_to(OPERATION_CONNECT, "1.2.3.4:1");
	struct policy_answer answer;

	policy_ask(policy, &call, ALL, POLICY_COUNTED, &answer);
	ck_assert_uint_eq(answer.timeout->line, 4);
	ck_assert_uint_eq(answer.idle->line, 3);
	ck_assert_uint_eq(answer.user_timeout->line, 4);
	ck_assert_uint_eq(answer.keepalive->line, 5);

	call = call_to(OPERATION_CONNECT, "1.2.3.4:2");
	policy_ask(policy, &call, RULE_TIMEOUT, POLICY_COUNTED, &answer);
	ck_assert_uint_eq(answer.timeout->line, 2);
	ck_assert_ptr_null(answer.idle);
	ck_assert_ptr_null(answer.user_timeout);
	ck_assert_ptr_null(answer.keepalive);
	policy_ask(policy, &call, RULE_ENFORCE, POLICY_COUNTED, &answer);
	ck_assert_uint_eq(answer.timeout->line, 2);

	call = call_to(OPERATION_RECV, "1.2.3.4:3");
	policy_ask(policy, &call, ALL, POLICY_COUNTED, &answer);
	ck_assert_uint_eq(answer.timeout->line, 6);
	ck_assert_uint_eq(answer.idle->line, 6);
	ck_assert_ptr_null(answer.user_timeout); /* set where a connection begins */
	ck_assert_ptr_null(answer.keepalive);

	call = call_to(OPERATION_IDLE, "1.2.3.4:3");
	policy_ask(policy, &call, ALL, POLICY_COUNTED, &answer);
	ck_assert_ptr_null(answer.timeout);
	ck_assert_uint_eq(answer.idle->line, 6);
}
END_TEST

START_TEST(idle_is_any_operations)
{
	const struct policy *policy = build("op=idle idle=1s");
	const struct policy_call call = call_to(OPERATION_RECV, "");
	struct policy_answer answer;

	policy_ask(policy, &call, ALL, POLICY_COUNTED, &answer);
	ck_assert_uint_eq(answer.idle->line, 1);
}
END_TEST

/* How many of 12 calls, and which: a bit each from 0x1. */
static unsigned int fired(const char *when)
{
	char rule[64] = "op=recv,when=";
	const struct policy_call call = call_to(OPERATION_RECV, "");
	const struct policy *policy;
	struct policy_fault fault;
	unsigned int timeouts = 0, faults = 0;

	strcat(rule, when);
	strcat(rule, " timeout=1s");
	policy = build(rule);
	for (unsigned int i = 0; i < 12; i++)
		timeouts |= timeout_line(policy, &call) << i;

	*strstr(rule, " timeout") = '\0';
	strcat(rule, " reset");
	policy = build(rule);
	for (unsigned int i = 0; i < 12; i++) {
		policy_ask_fault(policy, &call, RULE_CALL_FAULTS, 1, &fault);
		faults |= (unsigned int)(fault.rule != NULL) << i;
		if (fault.rule != NULL)
			ck_assert_uint_eq(fault.count, i + 1);
	}
	ck_assert_uint_eq(faults, timeouts);
	return faults;
}

START_TEST(when_counts)
{
	ck_assert_uint_eq(fired("1"), 0x001);
	ck_assert_uint_eq(fired("3"), 0x004);
	ck_assert_uint_eq(fired("2..3"), 0x006);
	ck_assert_uint_eq(fired("1+2"), 0x555);
	ck_assert_uint_eq(fired("2+5"), 0x842);
	ck_assert_uint_eq(fired("3+1"), 0xffc);
	ck_assert_uint_eq(fired("2..9+3"), 0x092);
	ck_assert_uint_eq(fired("5..5"), 0x010);
	ck_assert_uint_eq(fired("13"), 0);
}
END_TEST

/* A rule is counted when its other criteria are met, and only when it is looked at. */
START_TEST(counts_only_what_is_met)
{
	const struct policy *policy = build("port=1,when=2 timeout=1s\n"
					    "port=1..2,when=2 timeout=2s\n");
	const struct policy_call one = call_to(OPERATION_RECV, "1.2.3.4:1");
	struct policy_answer answer;
	struct sockaddr_in two_address;
	struct policy_call two = one;

	memcpy(&two_address, one.address, sizeof two_address);
	two_address.sin_port = htons(2);
	two.address = (void *)&two_address;
	policy_ask(policy, &one, RULE_TIMEOUT, POLICY_UNCOUNTED, &answer);
	ck_assert_ptr_null(answer.timeout);
	policy_ask(policy, &one, RULE_TIMEOUT, POLICY_MAY_FIRE, &answer);
	ck_assert_uint_eq(answer.timeout->line, 1);
	ck_assert_uint_eq(timeout_line(policy, &two), 0); /* 2: the first time */
	ck_assert_uint_eq(timeout_line(policy, &one), 2); /* 1: the first, 2: the second */
	ck_assert_uint_eq(timeout_line(policy, &one), 1); /* 1: the second; 2 counts too */
	ck_assert_uint_eq(policy_rule(policy, 0)->met, 2);
	ck_assert_uint_eq(policy_rule(policy, 1)->met, 3);
	policy_ask(policy, &one, RULE_IDLE, POLICY_COUNTED, &answer);
	ck_assert_uint_eq(policy_rule(policy, 0)->met, 2);
}
END_TEST

START_TEST(asks_for_what_matters)
{
	const struct policy *policy = build("op=recv,port=1 timeout=1s\n"
					    "op=send,type=SOCK_DGRAM timeout=1s\n"
					    "family=AF_INET reset\n"
					    "protocol=IPPROTO_TCP keepalive=off\n");

	ck_assert_uint_eq(policy_asks(policy, OPERATION_RECV, RULE_TIMEOUT),
			  POLICY_ASKS_ADDRESS);
	ck_assert_uint_eq(policy_asks(policy, OPERATION_SEND, RULE_TIMEOUT), POLICY_ASKS_TYPE);
	ck_assert_uint_eq(policy_asks(policy, OPERATION_WAIT, RULE_TIMEOUT), 0);
	ck_assert_uint_eq(policy_asks(policy, OPERATION_RECV, RULE_CHAOS_ACTIONS),
			  POLICY_ASKS_FAMILY);
	ck_assert_uint_eq(policy_asks(policy, OPERATION_CONNECT, ALL), POLICY_ASKS_PROTOCOL);
	ck_assert_uint_eq(policy_asks(policy, OPERATION_RECV, RULE_KEEPALIVE), 0);
	ck_assert_uint_eq(policy_actions(policy), RULE_TIMEOUT | RULE_RESET | RULE_KEEPALIVE);
}
END_TEST

/* The sources in their order, with their places. */
START_TEST(sources_have_their_places)
{
	static const char first[] = "port=1 timeout=1s;  port=2 timeout=2s # timeout ; x\n"
				    "; ;\n\t\r\n# nothing\n\nport=3 timeout=3s\r\n";
	static const char second[] = "to=/a\\;b\\#c timeout=4s";
	static const char *const places[] = {"A:1", "A:1", "A:6", "B:1"};
	const struct policy_source sources[] = {
		{"A", first, strlen(first)}, {"none", NULL, 0}, {"B", second, strlen(second)}};
	const struct policy *policy;
	struct policy_error error;
	void *memory = NULL;

	ck_assert_int_eq(posix_memalign(&memory, 16, policy_size(sources, 3)), 0);
	memset(memory, 0, policy_size(sources, 3));
	ck_assert_int_eq(policy_build(memory, sources, 3, NULL, &policy, &error), 0);
	ck_assert_uint_eq(policy_count(policy), 4);
	for (size_t i = 0; i < 4; i++) {
		char buffer[32];
		struct text text;

		ck_assert_int_eq(policy_rule(policy, i)->timeout,
				 (int64_t)(i + 1) * 1000000000);
		text_begin(&text, buffer, sizeof buffer);
		policy_put_place(&text, policy, policy_rule(policy, i));
		ck_assert_str_eq(buffer, places[i]);
	}
	free(memory);
}
END_TEST

static const struct {
	const char *rules, *error;
} errors[] = {
	{"x=1 timeout=1",
	 "rules:1:1: no such criterion, expected op, prog, to, port, family, type, protocol, host, user, unit, after, from, until, when"},
	{"port=1 timeout=1\n  port=1 timeout=x",
	 "rules:2:18: not a duration, expected a number with us, ms, s, m, h or d, or off"},
	{"port=1 timeout=1; port=x timeout=1",
	 "rules:1:24: not a number, expected 0..65535: a port, or LOW..HIGH"},
	{"# x\n\n;;port=1 reset,reset", "rules:3:16: twice in one rule, expected each once"},
};

START_TEST(error_has_its_place)
{
	const struct policy_source source = {"rules", errors[_i].rules,
					     strlen(errors[_i].rules)};
	const struct policy *policy;
	struct policy_error error;
	void *memory = NULL;
	char buffer[256];
	struct text text;

	ck_assert_int_eq(posix_memalign(&memory, 16, policy_size(&source, 1)), 0);
	memset(memory, 0, policy_size(&source, 1));
	ck_assert_int_eq(policy_build(memory, &source, 1, NULL, &policy, &error), -EINVAL);
	text_begin(&text, buffer, sizeof buffer);
	policy_put_error(&text, &error);
	ck_assert_str_eq(buffer, errors[_i].error);
	free(memory);
}
END_TEST

START_TEST(nothing_is_a_policy)
{
	const struct policy *policy = build(" \n;# only this");
	const struct policy_call call = call_to(OPERATION_RECV, "");
	struct policy_fault fault;

	ck_assert_uint_eq(policy_count(policy), 0);
	ck_assert_uint_eq(policy_actions(policy), 0);
	ck_assert_uint_eq(timeout_line(policy, &call), 0);
	policy_ask_fault(policy, &call, RULE_CALL_FAULTS, 0, &fault);
	ck_assert_ptr_null(fault.rule);
	ck_assert(!policy_may_fault(policy, &call));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("policy");
	TCase *test = tcase_create("policy");

	tcase_add_loop_test(test, criteria_are_met, 0, COUNT(meetings));
	tcase_add_test(test, channel_is_named);
	tcase_add_test(test, type_and_protocol_are_met);
	tcase_add_test(test, short_addresses_meet_nothing);
	tcase_add_test(test, first_that_answers_wins);
	tcase_add_test(test, idle_is_any_operations);
	tcase_add_test(test, when_counts);
	tcase_add_test(test, counts_only_what_is_met);
	tcase_add_test(test, asks_for_what_matters);
	tcase_add_test(test, sources_have_their_places);
	tcase_add_loop_test(test, error_has_its_place, 0, COUNT(errors));
	tcase_add_test(test, nothing_is_a_policy);
	suite_add_tcase(suite, test);
	return unit_run(suite);
}
