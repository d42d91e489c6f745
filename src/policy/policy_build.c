/*
 * Builds policies: parses the sources and stores the rules for this program in one block of memory.
 * Cold; owns no state.
 */
#include "policy/policy.h"

#include <string.h>

#include "policy/glob.h"
#include "policy/policy_inside.h"

/* The hash covers at most so many bytes of a rule's text. */
#define HASHED_MAX 512

/* A position in a source. */
struct cursor {
	const char *text;
	size_t length, at;
	size_t line, line_start; /* from 1; the offset of the line's first byte */
};

/* The text of one rule, and its position. */
struct passage {
	const char *text;
	size_t length, line, column;
};

static struct cursor cursor_at_start(const struct policy_source *source)
{
	return (struct cursor){.text = source->text, .length = source->length, .line = 1};
}

static bool is_blank(const char *text, size_t length)
{
	size_t at = 0;

	while (at < length && (text[at] == ' ' || text[at] == '\t' || text[at] == '\r'))
		at++;
	return at == length;
}

/* Skip the end of a rule: `;`, a newline, or a comment with its newline. */
static void skip_separator(struct cursor *cursor)
{
	if (cursor->at < cursor->length && cursor->text[cursor->at] == '#') {
		const char *rest = cursor->text + cursor->at;
		const char *newline = memchr(rest, '\n', cursor->length - cursor->at);

		cursor->at =
			newline == NULL ? cursor->length : (size_t)(newline - cursor->text);
	}
	if (cursor->at == cursor->length)
		return;
	if (cursor->text[cursor->at++] == '\n') {
		cursor->line++;
		cursor->line_start = cursor->at;
	}
}

/* Find the next rule; false at the end of the source. */
static bool next_passage(struct cursor *cursor, struct passage *passage)
{
	while (cursor->at < cursor->length) {
		const char *start = cursor->text + cursor->at;

		*passage =
			(struct passage){start, rule_extent(start, cursor->length - cursor->at),
					 cursor->line, cursor->at - cursor->line_start};
		cursor->at += passage->length;
		skip_separator(cursor);
		if (!is_blank(passage->text, passage->length))
			return true;
	}
	return false;
}

/* The offsets of a policy's arrays in its memory, in the order of their alignment. */
struct layout {
	size_t rules, hashes, names, sieves, strings, end;
};

static size_t aligned(size_t size)
{
	return (size + 15) & ~(size_t)15;
}

static struct layout lay_out(const struct policy_source *sources, unsigned int count)
{
	size_t rules = 0, bytes = 0;
	struct layout layout;

	for (unsigned int i = 0; i < count; i++) {
		struct cursor cursor = cursor_at_start(&sources[i]);
		struct passage passage;

		while (next_passage(&cursor, &passage)) {
			rules++;
			bytes += passage.length;
		}
	}
	layout.rules = aligned(sizeof(struct policy));
	layout.hashes = layout.rules + aligned(rules * sizeof(struct rule));
	layout.names = layout.hashes + aligned(rules * sizeof(uint64_t));
	layout.sieves = layout.names + aligned(count * sizeof(const char *));
	layout.strings = layout.sieves + aligned(rules * sizeof(struct sieve));
	layout.end = layout.strings + aligned(bytes);
	return layout;
}

size_t policy_size(const struct policy_source *sources, unsigned int count)
{
	return lay_out(sources, count).end;
}

/* The glob matches the program's name, which may be NULL. */
static bool glob_names(struct rule_string glob, const char *name)
{
	const char *slash;

	if (name == NULL)
		return false;
	if (memchr(glob.start, '/', glob.length) == NULL)
		while ((slash = strchr(name, '/')) != NULL)
			name = slash + 1;
	return glob_matches(glob.start, glob.length, name, strlen(name));
}

static bool is_for_program(const struct rule *rule, const struct policy_program *program)
{
	return (rule->criteria & RULE_PROGRAM) == 0 || program->any ||
	       glob_names(rule->program, program->path) ||
	       glob_names(rule->program, program->invoked);
}

static bool is_for_user(const struct rule *rule, const struct policy_program *program)
{
	char digits[24];
	struct text text;

	if ((rule->criteria & RULE_USER) == 0 || program->any_user)
		return true;
	text_begin(&text, digits, sizeof digits);
	text_put_unsigned(&text, program->uid);
	return glob_matches(rule->user.start, rule->user.length, digits, text.length) ||
	       (program->user != NULL && glob_matches(rule->user.start, rule->user.length,
						      program->user, strlen(program->user)));
}

/* The glob matches a component of the control group; a glob with a slash, the whole. */
static bool is_for_unit(const struct rule *rule, const struct policy_program *program)
{
	const struct rule_string glob = rule->unit;
	const char *part = program->group;

	if ((rule->criteria & RULE_UNIT) == 0 || program->any_unit)
		return true;
	if (part == NULL)
		return false;
	if (memchr(glob.start, '/', glob.length) != NULL)
		return glob_matches(glob.start, glob.length, part, strlen(part));
	for (;;) {
		size_t length = 0;

		while (part[length] != '\0' && part[length] != '/')
			length++;
		if (length != 0 && glob_matches(glob.start, glob.length, part, length))
			return true;
		if (part[length] == '\0')
			return false;
		part += length + 1;
	}
}

static bool is_for(const struct rule *rule, const struct policy_program *program)
{
	return program == NULL || (is_for_program(rule, program) &&
				   is_for_user(rule, program) && is_for_unit(rule, program));
}

/* FNV-1a of the rule's normalised text. */
static uint64_t hash_of(const struct rule *rule)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	char buffer[HASHED_MAX];
	struct text text;

	text_begin(&text, buffer, sizeof buffer);
	rule_put(&text, rule);
	for (size_t i = 0; i < text.length; i++)
		hash = (hash ^ (unsigned char)buffer[i]) * UINT64_C(0x100000001b3);
	return hash;
}

static uint8_t asks_of(const struct rule *rule)
{
	unsigned int asks = 0;

	if ((rule->criteria & (RULE_TO | RULE_PORT)) != 0)
		asks |= POLICY_ASKS_ADDRESS;
	if ((rule->criteria & RULE_FAMILY) != 0)
		asks |= POLICY_ASKS_FAMILY;
	if ((rule->criteria & RULE_TYPE) != 0)
		asks |= POLICY_ASKS_TYPE;
	if ((rule->criteria & RULE_PROTOCOL) != 0)
		asks |= POLICY_ASKS_PROTOCOL;
	if ((rule->criteria & RULE_HOST) != 0)
		asks |= POLICY_ASKS_HOST | POLICY_ASKS_ADDRESS;
	if ((rule->criteria & RULE_AFTER) != 0)
		asks |= POLICY_ASKS_MOVED;
	if ((rule->criteria & (RULE_FROM | RULE_UNTIL)) != 0)
		asks |= POLICY_ASKS_AGE;
	return (uint8_t)asks;
}

/* Keep the rule that was parsed behind the last one. */
static void keep(struct policy *policy)
{
	const size_t index = policy->count++;
	const struct rule *rule = &policy->rules[index];
	const uint8_t asks = asks_of(rule);

	policy->actions |= rule->actions;
	if ((rule->actions & RULE_CHAOS_ACTIONS) != 0)
		policy->hashes[index] = hash_of(rule);
	for (enum operation operation = 0; operation < OPERATION_COUNT; operation++) {
		const unsigned int actions = rule_actions_for(rule, operation);

		policy->sieves[index].actions[operation] = actions;
		for (unsigned int number = 0; number < RULE_WORD_BITS; number++)
			if ((actions >> number & 1u) != 0)
				policy->asks[operation][number] |= asks;
	}
}

static int build_source(struct policy *policy, const struct policy_source *source,
			unsigned int index, const struct policy_program *program,
			char **strings, struct policy_error *error)
{
	struct cursor cursor = cursor_at_start(source);
	struct passage passage;

	while (next_passage(&cursor, &passage)) {
		struct rule *rule = &policy->rules[policy->count];
		char *const before = *strings;
		struct rule_error wrong;
		const int code =
			rule_parse(passage.text, passage.length, strings, rule, &wrong);

		if (code < 0) {
			*error = (struct policy_error){source->name, passage.line,
						       passage.column + wrong.column,
						       wrong.what, wrong.expected};
			return code;
		}
		rule->source = index;
		rule->line = (unsigned int)passage.line;
		if (is_for(rule, program))
			keep(policy);
		else
			*strings = before;
	}
	return 0;
}

int policy_build(void *memory, const struct policy_source *sources, unsigned int count,
		 const struct policy_program *program, const struct policy **policy,
		 struct policy_error *error)
{
	const struct layout layout = lay_out(sources, count);
	char *const start = memory;
	char *strings = start + layout.strings;
	struct policy *built = memory;

	*built = (struct policy){
		.names = (void *)(start + layout.names),
		.rules = (void *)(start + layout.rules),
		.sieves = (void *)(start + layout.sieves),
		.hashes = (void *)(start + layout.hashes),
	};
	for (unsigned int i = 0; i < count; i++) {
		const int code = build_source(built, &sources[i], i, program, &strings, error);

		if (code < 0)
			return code;
		built->names[i] = sources[i].name;
	}
	*policy = built;
	return 0;
}

void policy_put_error(struct text *text, const struct policy_error *error)
{
	text_put_escaped(text, error->source, strlen(error->source));
	text_put_char(text, ':');
	text_put_unsigned(text, error->line);
	text_put_char(text, ':');
	text_put_unsigned(text, error->column);
	text_put_string(text, ": ");
	text_put_string(text, error->what);
	text_put_string(text, ", expected ");
	text_put_string(text, error->expected);
}

size_t policy_count(const struct policy *policy)
{
	return policy->count;
}

const struct rule *policy_rule(const struct policy *policy, size_t index)
{
	return &policy->rules[index];
}

void policy_put_line(struct text *text, const char *source, size_t length, unsigned int line)
{
	text_put_escaped(text, source, length);
	text_put_char(text, ':');
	text_put_unsigned(text, line);
}

void policy_put_place(struct text *text, const struct policy *policy, const struct rule *rule)
{
	const char *name = policy->names[rule->source];

	policy_put_line(text, name, strlen(name), rule->line);
}
