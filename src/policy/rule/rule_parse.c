/*
 * Parses rules. Cold; owns no state. First each word sets its field, then the combination is checked.
 */
#include "policy/rule/rule.h"

#include <errno.h>
#include <string.h>

#include "policy/rule/place.h"
#include "policy/rule/rule_sense.h"
#include "policy/rule/rule_string.h"
#include "policy/rule/rule_value.h"
#include "policy/rule/rule_word.h"

/* The kernel stores a user timeout as an int of milliseconds: tcp(7), do_tcp_setsockopt in
 * net/ipv4/tcp.c. */
#define USER_TIMEOUT_MAX (INT64_C(2147483647) * 1000000)

struct parsing {
	const char *text;
	size_t length, at;
	char **strings;
	struct rule *rule;
	struct rule_error *error;
	struct rule_columns columns;
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The length of the character at `at`: a backslash and the next byte are one character, unless that
 * byte is a newline, which always ends a rule. */
static size_t step(const char *text, size_t length, size_t at)
{
	return text[at] == '\\' && at + 1 < length && text[at + 1] != '\n' ? 2 : 1;
}

size_t rule_extent(const char *text, size_t length)
{
	size_t at = 0;

	while (at < length && text[at] != '\n' && text[at] != ';' && text[at] != '#')
		at += step(text, length, at);
	return at;
}

/* The bytes up to an unescaped comma, white space or, with up_to_equals, `=`. */
static struct rule_value take(struct parsing *parsing, bool up_to_equals)
{
	const size_t start = parsing->at;

	while (parsing->at < parsing->length) {
		const char c = parsing->text[parsing->at];

		if (is_space(c) || c == ',' || (up_to_equals && c == '='))
			break;
		parsing->at += step(parsing->text, parsing->length, parsing->at);
	}
	return (struct rule_value){parsing->text + start, parsing->at - start, start + 1};
}

static int fail(struct parsing *parsing, size_t column, const char *what, const char *expected)
{
	return rule_fail(parsing->error, -EINVAL, column, what, expected);
}

static int set_operation(struct rule_value value, struct rule *rule, struct rule_error *error)
{
	rule->operation = operation_find(value.text, value.length);
	if (rule->operation != OPERATION_COUNT)
		return 0;
	return rule_fail(error, -EINVAL, value.column, "no such operation", OPERATION_NAMES);
}

/* The names of hosts are compared in lower case. */
static int set_host(struct rule_value value, char **strings, struct rule_string *host,
		    struct rule_error *error)
{
	char *const start = *strings;
	const int code = rule_string_read(value, strings, host, error);

	for (char *c = start; code == 0 && c < start + host->length; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return code;
}

static int set_criterion(struct parsing *parsing, unsigned int bit, struct rule_value value)
{
	struct rule *rule = parsing->rule;
	struct rule_error *error = parsing->error;

	switch (bit) {
	case RULE_OPERATION:
		return set_operation(value, rule, error);
	case RULE_PROGRAM:
		return rule_string_read(value, parsing->strings, &rule->program, error);
	case RULE_TO:
		return place_parse(value, parsing->strings, &rule->to, error);
	case RULE_PORT:
		return rule_value_ports(value, &rule->port_low, &rule->port_high, error);
	case RULE_FAMILY:
		return rule_value_constant(value, CONSTANTS_AF, "no such family",
					   "an AF_ name, as in AF_INET6, or its number",
					   &rule->family, error);
	case RULE_TYPE:
		return rule_value_constant(value, CONSTANTS_SOCK, "no such type",
					   "a SOCK_ name, as in SOCK_DGRAM, or its number",
					   &rule->type, error);
	case RULE_PROTOCOL:
		return rule_value_constant(value, CONSTANTS_IPPROTO, "no such protocol",
					   "an IPPROTO_ name, as in IPPROTO_TCP, or its number",
					   &rule->protocol, error);
	case RULE_HOST:
		return set_host(value, parsing->strings, &rule->host, error);
	case RULE_USER:
		return rule_string_read(value, parsing->strings, &rule->user, error);
	case RULE_UNIT:
		return rule_string_read(value, parsing->strings, &rule->unit, error);
	case RULE_AFTER:
		return rule_value_bytes(value, &rule->after, error);
	case RULE_FROM:
		return rule_value_pause(value, &rule->from, error);
	case RULE_UNTIL:
		return rule_value_pause(value, &rule->until, error);
	default:
		return rule_value_when(value, &rule->when, error);
	}
}

static int set_action(struct parsing *parsing, unsigned int bit, struct rule_value value)
{
	struct rule *rule = parsing->rule;
	struct rule_error *error = parsing->error;

	switch (bit) {
	case RULE_TIMEOUT:
		return rule_value_duration(value, INT64_MAX, NULL, &rule->timeout, error);
	case RULE_IDLE:
		return rule_value_duration(value, INT64_MAX, NULL, &rule->idle, error);
	case RULE_REPLY:
		return rule_value_duration(value, INT64_MAX, NULL, &rule->reply, error);
	case RULE_USER_TIMEOUT:
		return rule_value_duration(value, USER_TIMEOUT_MAX, "at most 24d",
					   &rule->user_timeout, error);
	case RULE_KEEPALIVE:
		return rule_value_keepalive(value, &rule->keepalive, error);
	case RULE_ERROR:
		return rule_value_error(value, &rule->error, error);
	case RULE_DELAY:
		return rule_value_pause(value, &rule->delay, error);
	case RULE_JITTER:
		return rule_value_pause(value, &rule->jitter, error);
	case RULE_SHORT:
		return rule_value_number(value, 1, UINT64_MAX, "a number of bytes, at least 1",
					 &rule->limit, error);
	case RULE_RATE:
		return rule_value_rate(value, &rule->rate, error);
	case RULE_SLOW_CLOSE:
		return rule_value_pause(value, &rule->slow_close, error);
	case RULE_PROBABILITY:
		return rule_value_probability(value, &rule->probability, error);
	default:
		return 0; /* RULE_BARE_ACTIONS */
	}
}

/* Fill in the error for an unknown name. */
static int fail_name(struct parsing *parsing, bool action, struct rule_value name)
{
	const char *expected = action ? RULE_ACTIONS_NAMES : RULE_CRITERIA_NAMES;

	if (name.length == 0)
		return fail(parsing, name.column,
			    action ? "no action here" : "no criterion here", expected);
	if (rule_word_find(!action, name.text, name.length) < 0)
		return fail(parsing, name.column,
			    action ? "no such action" : "no such criterion", expected);
	return fail(parsing, name.column,
		    action ? "a criterion among the actions" : "an action among the criteria",
		    action ? "criteria, white space, actions"
			   : "criteria, white space, actions; prog=* matches every program");
}

/* Parse one NAME or NAME=VALUE. */
static int parse_word(struct parsing *parsing, bool action)
{
	unsigned int *given = action ? &parsing->rule->actions : &parsing->rule->criteria;
	const struct rule_value name = take(parsing, true);
	const int number = rule_word_find(action, name.text, name.length);
	const bool equals = parsing->at < parsing->length && parsing->text[parsing->at] == '=';
	struct rule_value value;
	unsigned int bit;
	bool bare;

	if (number < 0)
		return fail_name(parsing, action, name);
	bit = 1u << (unsigned int)number;
	bare = action && (RULE_BARE_ACTIONS & bit) != 0;
	if ((*given & bit) != 0)
		return fail(parsing, name.column, "twice in one rule", "each once");
	if (bare && equals)
		return fail(parsing, parsing->at + 1, "it has no value", "a comma or the end");
	if (!bare && !equals)
		return fail(parsing, parsing->at + 1, "no value", "=VALUE");
	parsing->at += equals;
	value = take(parsing, false);
	*given |= bit;
	(action ? parsing->columns.action : parsing->columns.criterion)[number] = name.column;
	return action ? set_action(parsing, bit, value) : set_criterion(parsing, bit, value);
}

static void skip_space(struct parsing *parsing)
{
	while (parsing->at < parsing->length && is_space(parsing->text[parsing->at]))
		parsing->at++;
}

/* Parse words that are separated by commas, and the white space after them. */
static int parse_words(struct parsing *parsing, bool action)
{
	for (;;) {
		const int code = parse_word(parsing, action);

		if (code < 0)
			return code;
		if (parsing->at == parsing->length || is_space(parsing->text[parsing->at]))
			break;
		parsing->at++; /* the comma */
	}
	skip_space(parsing);
	return 0;
}

int rule_parse(const char *text, size_t length, char **strings, struct rule *rule,
	       struct rule_error *error)
{
	struct parsing parsing = {.text = text,
				  .length = length,
				  .strings = strings,
				  .rule = rule,
				  .error = error};
	int code;

	*rule = (struct rule){.operation = OPERATION_COUNT,
			      .family = -1,
			      .type = -1,
			      .protocol = -1,
			      .port_high = UINT16_MAX,
			      .until = INT64_MAX,
			      .when = {.first = 1, .last = UINT64_MAX, .step = 1},
			      .probability = RULE_CERTAIN};
	skip_space(&parsing);
	code = parse_words(&parsing, false);
	if (code == 0)
		code = parse_words(&parsing, true);
	if (code < 0)
		return code;
	if (parsing.at < length)
		return fail(&parsing, parsing.at + 1, "text after the actions",
			    "commas without spaces between them");
	return rule_check_sense(rule, &parsing.columns, error);
}

/* The actions without the faults that no call of operation can have. A rule whose fault is impossible
 * has no other effect as a fault; but the delay of a rule with `rate` is for every call. */
static unsigned int without_impossible(unsigned int actions, enum operation operation)
{
	const bool moves = operation == OPERATION_RECV || operation == OPERATION_SEND;
	const unsigned int moving = RULE_SHORT | RULE_LOSS | RULE_DUPLICATE;

	if (((actions & moving) != 0 && !moves) ||
	    ((actions & RULE_SLOW_CLOSE) != 0 && operation != OPERATION_RECV) ||
	    ((actions & RULE_RESET) != 0 &&
	     (operation == OPERATION_RESOLVE || operation == OPERATION_WAIT)))
		return actions & ~RULE_CHAOS_ACTIONS;
	if ((actions & RULE_RATE) != 0 && !moves)
		actions &= (actions & RULE_DELAY) != 0 ? ~(RULE_RATE | RULE_SHARED)
						       : ~RULE_CHAOS_ACTIONS;
	return actions;
}

unsigned int rule_actions_for(const struct rule *rule, enum operation operation)
{
	const unsigned int tcp = RULE_USER_TIMEOUT | RULE_KEEPALIVE;
	unsigned int actions = rule->actions;

	/* idle and reply belong to the socket, so every operation is concerned. */
	if (operation == OPERATION_IDLE)
		return actions & RULE_IDLE;
	if (operation == OPERATION_REPLY)
		return actions & RULE_REPLY;
	if ((rule->criteria & RULE_OPERATION) != 0 && rule->operation != operation)
		return actions & (RULE_IDLE | RULE_REPLY);
	if (operation != OPERATION_CONNECT && operation != OPERATION_ACCEPT)
		actions &= ~tcp;
	return without_impossible(actions, operation);
}
