/*
 * Prints rules. Cold; owns no state.
 */
#include "policy/rule/rule.h"

#include "base/duration.h"
#include "constants/constants.h"
#include "policy/rule/place.h"
#include "policy/rule/rule_string.h"
#include "policy/rule/rule_value.h"
#include "policy/rule/rule_word.h"

static void put_range(struct text *text, uint64_t low, uint64_t high)
{
	text_put_unsigned(text, low);
	text_put_string(text, "..");
	text_put_unsigned(text, high);
}

static void put_when(struct text *text, const struct rule_when *when)
{
	if (when->last == UINT64_MAX)
		text_put_unsigned(text, when->first);
	else
		put_range(text, when->first, when->last);
	if (when->step != 0) {
		text_put_char(text, '+');
		text_put_unsigned(text, when->step);
	}
}

static void put_ports(struct text *text, const struct rule *rule)
{
	if (rule->port_low == rule->port_high)
		text_put_unsigned(text, rule->port_low);
	else
		put_range(text, rule->port_low, rule->port_high);
}

static void put_criterion(struct text *text, const struct rule *rule, unsigned int bit)
{
	switch (bit) {
	case RULE_OPERATION:
		text_put_string(text, operation_name(rule->operation));
		break;
	case RULE_PROGRAM:
		rule_string_put(text, rule->program);
		break;
	case RULE_TO:
		place_put(text, &rule->to);
		break;
	case RULE_PORT:
		put_ports(text, rule);
		break;
	case RULE_FAMILY:
		constants_put(text, CONSTANTS_AF, rule->family);
		break;
	case RULE_TYPE:
		constants_put(text, CONSTANTS_SOCK, rule->type);
		break;
	case RULE_PROTOCOL:
		constants_put(text, CONSTANTS_IPPROTO, rule->protocol);
		break;
	case RULE_HOST:
		rule_string_put(text, rule->host);
		break;
	case RULE_USER:
		rule_string_put(text, rule->user);
		break;
	case RULE_UNIT:
		rule_string_put(text, rule->unit);
		break;
	case RULE_AFTER:
		rule_value_put_bytes(text, rule->after);
		break;
	case RULE_FROM:
		duration_put(text, rule->from);
		break;
	case RULE_UNTIL:
		duration_put(text, rule->until);
		break;
	default:
		put_when(text, &rule->when);
	}
}

static void put_keepalive(struct text *text, const struct rule_keepalive *keepalive)
{
	duration_put(text, keepalive->idle * NANOSECONDS_PER_SECOND);
	if (keepalive->count == 0)
		return;
	text_put_char(text, '/');
	duration_put(text, keepalive->interval * NANOSECONDS_PER_SECOND);
	text_put_char(text, '/');
	text_put_unsigned(text, keepalive->count);
}

static void put_probability(struct text *text, uint32_t parts)
{
	uint32_t rest = parts % RULE_CERTAIN;

	text_put_unsigned(text, parts / RULE_CERTAIN);
	if (rest == 0)
		return;
	text_put_char(text, '.');
	for (uint32_t part = RULE_CERTAIN / 10; rest > 0; part /= 10) {
		text_put_unsigned(text, rest / part);
		rest %= part;
	}
}

void rule_put_value(struct text *text, const struct rule *rule, unsigned int action)
{
	switch (action) {
	case RULE_TIMEOUT:
		duration_put(text, rule->timeout);
		break;
	case RULE_IDLE:
		duration_put(text, rule->idle);
		break;
	case RULE_REPLY:
		duration_put(text, rule->reply);
		break;
	case RULE_USER_TIMEOUT:
		duration_put(text, rule->user_timeout);
		break;
	case RULE_KEEPALIVE:
		put_keepalive(text, &rule->keepalive);
		break;
	case RULE_ERROR:
		constants_put(text, rule->error < 0 ? CONSTANTS_EAI : CONSTANTS_ERRNO,
			      rule->error);
		break;
	case RULE_DELAY:
		duration_put(text, rule->delay);
		break;
	case RULE_JITTER:
		duration_put(text, rule->jitter);
		break;
	case RULE_SHORT:
		text_put_unsigned(text, rule->limit);
		break;
	case RULE_RATE:
		rule_value_put_bytes(text, rule->rate);
		break;
	case RULE_SLOW_CLOSE:
		duration_put(text, rule->slow_close);
		break;
	default:
		put_probability(text, rule->probability);
	}
}

static void put_words(struct text *text, const struct rule *rule, bool action)
{
	const unsigned int given = action ? rule->actions : rule->criteria;
	bool first = true;

	for (unsigned int number = 0; number < RULE_WORD_BITS; number++) {
		const unsigned int bit = 1u << number;

		if ((given & bit) == 0)
			continue;
		if (!first)
			text_put_char(text, ',');
		first = false;
		text_put_string(text, rule_word_name(action, number));
		if (action && (bit & RULE_BARE_ACTIONS) != 0)
			continue;
		text_put_char(text, '=');
		if (action)
			rule_put_value(text, rule, bit);
		else
			put_criterion(text, rule, bit);
	}
}

void rule_put(struct text *text, const struct rule *rule)
{
	put_words(text, rule, false);
	text_put_char(text, ' ');
	put_words(text, rule, true);
}
