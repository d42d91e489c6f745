/*
 * Limits of waits. Owns SPEC's timeouts, the texts of the rules and the policies built of them.
 */
#include "launcher/outside/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/duration.h"
#include "launcher/allocate.h"
#include "launcher/rules.h"
#include "launcher/settings.h"
#include "launcher/status.h"

#define RELOAD_INTERVAL NANOSECONDS_PER_SECOND

/* Policies by the program they are for. */
struct limits_program {
	struct limits_program *next;
	size_t users;
	char *path, *invoked;        /* NULL: not known */
	const struct policy *policy; /* in memory from malloc */
};

static struct timeouts timeouts = TIMEOUTS_INITIAL;
static bool accept_named; /* SPEC says accept=… */
static struct policy_source sources[2];
static unsigned int count;
static struct limits_program *programs;
static int64_t shortest; /* of SPEC and all rules */
static const char *file; /* of the rules; NULL: none */
static struct stat file_status;
static int64_t next_reload;

static void consider(int64_t limit)
{
	if (limit > 0 && (shortest == DURATION_NONE || limit < shortest))
		shortest = limit;
}

/* Raise a limit that is too short: only the system's file can have one. */
static int64_t raised(int64_t limit)
{
	return limit > 0 && limit < LIMITS_LEAST ? LIMITS_LEAST : limit;
}

/* Read SPEC; die where it has a limit that is too short. */
static void check_spec(const char *spec)
{
	settings_parse("SPEC", spec, &timeouts);
	for (enum operation operation = 0; operation < OPERATION_COUNT; operation++) {
		const int64_t limit = timeouts.of[operation];

		if (operation == OPERATION_RESOLVE || limit <= 0)
			continue;
		if (limit < LIMITS_LEAST)
			die(STATUS_REFUSED,
			    "SPEC: %s: from outside, a timeout is at least 1s: the kernel keeps "
			    "its timers for a silent connection in whole seconds",
			    operation_name(operation));
	}
}

/* Whether SPEC has an element for the operation by name. */
static bool names_operation(const char *spec, const char *name)
{
	const size_t length = strlen(name);

	for (const char *p = spec; p != NULL; p = strchr(p, ',')) {
		p += *p == ',';
		if (strncmp(p, name, length) == 0 && p[length] == '=')
			return true;
	}
	return false;
}

/* Why the rule cannot be applied from outside; NULL where it can. */
static const char *refusal_of(const struct rule *rule)
{
	const unsigned int times[] = {RULE_TIMEOUT, RULE_IDLE, RULE_REPLY};
	const int64_t values[] = {rule->timeout, rule->idle, rule->reply};

	if ((rule->actions & RULE_CHAOS_ACTIONS) != 0)
		return "a fault cannot be injected from outside";
	if ((rule->criteria & RULE_OPERATION) != 0 && rule->operation == OPERATION_RESOLVE)
		return NULL;
	for (size_t i = 0; i < COUNT_OF(times); i++)
		if ((rule->actions & times[i]) != 0 && values[i] > 0 &&
		    values[i] < LIMITS_LEAST)
			return "from outside, a timeout is at least 1s: the kernel keeps its timers "
			       "for a silent connection in whole seconds";
	return NULL;
}

/* Build the policy for the program; NULL with *error. The memory is the policy's. */
static const struct policy *build(const struct policy_source *from, unsigned int number,
				  const struct policy_program *program,
				  struct policy_error *error)
{
	const size_t size = policy_size(from, number);
	void *const memory = allocate_array(NULL, 1, size);
	const struct policy *policy;

	memset(memory, 0, size);
	if (policy_build(memory, from, number, program, &policy, error) == 0)
		return policy;
	free(memory);
	return NULL;
}

static void free_policy(const struct policy *policy)
{
	free((void *)(uintptr_t)policy);
}

/* Say what is wrong with the rules, on stderr; die of it where that is fatal. */
static void complain(bool fatal, const char *what, const char *why)
{
	if (fatal)
		die(STATUS_REFUSED, "%s%s%s", what, why[0] == '\0' ? "" : ": ", why);
	fprintf(stderr, "socktimeout: %s%s%s; not used\n", what, why[0] == '\0' ? "" : ": ",
		why);
}

/* Look at all rules. Returns whether they can be used; the shortest limit then covers them. */
static bool check_rules(const struct policy_source *from, unsigned int number, bool fatal,
			bool system_file)
{
	struct policy_error error;
	const struct policy *const policy = build(from, number, NULL, &error);
	char buffer[1024];
	struct text text;
	bool good = true;

	text_begin(&text, buffer, sizeof buffer);
	if (policy == NULL) {
		policy_put_error(&text, &error);
		complain(fatal, buffer, "");
		return false;
	}
	for (size_t i = 0; i < policy_count(policy) && good; i++) {
		const struct rule *const rule = policy_rule(policy, i);
		const char *const why = refusal_of(rule);

		/* The system's file is for the library as well: what it has too much is left out. */
		if (why != NULL && !(system_file && rule->source == number - 1)) {
			policy_put_place(&text, policy, rule);
			complain(fatal, buffer, why);
			good = false;
		}
	}
	for (size_t i = 0; i < policy_count(policy) && good; i++) {
		const struct rule *const rule = policy_rule(policy, i);

		consider(raised(rule->timeout));
		consider(raised(rule->idle));
		consider(raised(rule->reply));
	}
	free_policy(policy);
	return good;
}

static void consider_spec(void)
{
	shortest = DURATION_NONE;
	for (enum operation operation = 0; operation < OPERATION_COUNT; operation++)
		if (operation != OPERATION_RESOLVE)
			consider(timeouts.of[operation]);
}

static void free_program(struct limits_program *program)
{
	free_policy(program->policy);
	free(program->path);
	free(program->invoked);
	free(program);
}

static void forget_programs(void)
{
	while (programs != NULL) {
		struct limits_program *const program = programs;

		programs = program->next;
		free_program(program);
	}
}

/* Fill in the environment's rules and the file's; without the file, unless it can be read. */
static unsigned int gather(struct policy_source into[2], bool fatal)
{
	const char *const inherited = getenv("SOCKTIMEOUT_RULES");
	unsigned int number = 0;

	if (inherited != NULL)
		into[number++] = (struct policy_source){"SOCKTIMEOUT_RULES", inherited,
							strlen(inherited)};
	if (file != NULL && rules_read_file(file, fatal, &into[number]))
		number++;
	return number;
}

/* Whether the last source is the file. */
static bool has_file(const struct policy_source *from, unsigned int number)
{
	return number > 0 && file != NULL && from[number - 1].name == file;
}

void limits_begin(const char *spec)
{
	if (spec != NULL) {
		check_spec(spec);
		accept_named = names_operation(spec, operation_name(OPERATION_ACCEPT));
	}
	file = rules_file();
	if (file != NULL && stat(file, &file_status) != 0)
		file_status = (struct stat){0};
	count = gather(sources, true);
	consider_spec();
	if (!has_file(sources, count)) {
		(void)check_rules(sources, count, true, false);
		return;
	}
	(void)check_rules(sources, count - 1, true, false);
	if (!check_rules(sources, count, !rules_file_is_systems(file),
			 rules_file_is_systems(file)))
		count--;
}

static bool same_file(const struct stat *one, const struct stat *other)
{
	return one->st_dev == other->st_dev && one->st_ino == other->st_ino &&
	       one->st_size == other->st_size && one->st_mtim.tv_sec == other->st_mtim.tv_sec &&
	       one->st_mtim.tv_nsec == other->st_mtim.tv_nsec;
}

bool limits_reload(bool always)
{
	const int64_t now = clock_now();
	const int64_t shortest_before = shortest;
	struct stat status = {0};
	struct policy_source read[2];
	unsigned int number;

	if (file == NULL || (!always && now < next_reload))
		return false;
	next_reload = now + RELOAD_INTERVAL;
	if (stat(file, &status) != 0)
		status = (struct stat){0};
	if (!always && same_file(&status, &file_status))
		return false;
	file_status = status;
	number = gather(read, false);
	/* A file that is there and cannot be read keeps its rules in force. */
	if (status.st_ino != 0 && !has_file(read, number))
		return false;
	consider_spec();
	if (!check_rules(read, number, false, rules_file_is_systems(file))) {
		if (has_file(read, number))
			free((void *)(uintptr_t)read[number - 1].text);
		shortest = shortest_before;
		return false;
	}
	forget_programs();
	if (has_file(sources, count))
		free((void *)(uintptr_t)sources[count - 1].text);
	memcpy(sources, read, sizeof read);
	count = number;
	return true;
}

static bool same_text(const char *one, const char *other)
{
	return one == other || (one != NULL && other != NULL && strcmp(one, other) == 0);
}

struct limits_program *limits_program(const char *path, const char *invoked)
{
	/* Policies are shared by all processes of a program: rules by user and unit do not match. */
	const struct policy_program names = {
		.path = path, .invoked = invoked, .uid = UINT32_MAX};
	struct limits_program *program = programs;
	struct policy_error error;

	while (program != NULL &&
	       !(same_text(program->path, path) && same_text(program->invoked, invoked)))
		program = program->next;
	if (program != NULL) {
		program->users++;
		return program;
	}
	program = allocate_array(NULL, 1, sizeof *program);
	*program = (struct limits_program){
		.next = programs,
		.users = 1,
		.path = path == NULL ? NULL : allocate_text("%s", path),
		.invoked = invoked == NULL ? NULL : allocate_text("%s", invoked),
		.policy = build(sources, count, &names, &error),
	};
	/* The same texts were built before. */
	if (program->policy == NULL)
		die(STATUS_REFUSED, "the rules cannot be built");
	programs = program;
	return program;
}

void limits_release(struct limits_program *program)
{
	struct limits_program **link = &programs;

	if (program == NULL || --program->users > 0)
		return;
	while (*link != program)
		link = &(*link)->next;
	*link = program->next;
	free_program(program);
}

static struct policy_answer ask_rules(const struct limits_program *program,
				      const struct policy_call *call, enum operation operation,
				      unsigned int actions)
{
	struct policy_call asked = *call;
	struct policy_answer answer;

	asked.operation = operation;
	/* The calls before this one were not seen, so `when` cannot be told. */
	policy_ask(program->policy, &asked, actions, POLICY_UNCOUNTED, &answer);
	return answer;
}

/* The limit by the rule, which says `length`; by SPEC where rule is NULL. */
static struct limit limit_by(const struct rule *rule, int64_t length, enum operation operation)
{
	return rule != NULL ? (struct limit){raised(length), rule}
			    : (struct limit){timeouts.of[operation], NULL};
}

/* What applies to the operation alone. */
static void ask_operation(const struct limits_program *program, const struct policy_call *call,
			  enum operation operation, struct limits *limits)
{
	const struct rule *rule =
		ask_rules(program, call, operation, RULE_TIMEOUT | RULE_ENFORCE).timeout;

	limits->enforce |= rule != NULL && (rule->actions & RULE_ENFORCE) != 0;
	if (rule != NULL && (rule->actions & RULE_TIMEOUT) == 0)
		rule = NULL;
	limits->timeout = limit_by(rule, rule == NULL ? 0 : rule->timeout, operation);
	/* Listening sockets wait by their nature: only who names accept means them. */
	if (operation == OPERATION_ACCEPT &&
	    (rule == NULL ? !accept_named : (rule->criteria & RULE_OPERATION) == 0))
		limits->timeout.length = DURATION_NONE;
}

void limits_ask(const struct limits_program *program, const struct policy_call *call,
		bool in_set, struct limits *limits)
{
	const struct rule *const idle =
		ask_rules(program, call, OPERATION_IDLE, RULE_IDLE).idle;
	const struct rule *const reply =
		ask_rules(program, call, OPERATION_REPLY, RULE_REPLY).reply;

	*limits = (struct limits){
		.timeout = {TIMEOUT_FOLLOWS, NULL},
		.idle = limit_by(idle, idle == NULL ? 0 : idle->idle, OPERATION_IDLE),
		.reply = limit_by(reply, reply == NULL ? 0 : reply->reply, OPERATION_REPLY)};
	if (in_set)
		ask_operation(program, call, OPERATION_WAIT, limits);
	if (limits->timeout.length == TIMEOUT_FOLLOWS)
		ask_operation(program, call, call->operation, limits);
}

bool limits_have_rules(const struct limits_program *program)
{
	return policy_count(program->policy) != 0;
}

int64_t limits_shortest(void)
{
	return shortest;
}

void limits_put_rule(struct text *text, const struct limits_program *program,
		     const struct rule *rule)
{
	policy_put_place(text, program->policy, rule);
}
