/*
 * Prints the rules and timeouts of a call, and all rules. Cold; owns no state.
 */
#include "launcher/report/explain.h"

#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "launcher/allocate.h"
#include "launcher/program/program.h"
#include "launcher/rules.h"
#include "launcher/settings.h"
#include "launcher/status.h"
#include "launcher/report/target.h"
#include "policy/policy.h"

#define ENFORCED (RULE_TIMEOUT | RULE_ENFORCE)

/* The column of the rules in a line. */
#define COLUMN 24

/* The call that is explained, with the policy and SPEC. */
struct subject {
	const struct policy *policy;
	const struct policy_call *call;
	const struct explain_process *process;
	struct timeouts timeouts;
	const char *timeouts_from;
	bool timeouts_counted; /* a printed rule with a timeout has `when` */
	bool faults_counted;   /* a printed rule with a fault has `when` */
	bool passed_over;      /* a rule is not printed because of its `when` */
};

/* The text that put_text(text, what) puts, of any length; from malloc. */
static char *text_of(void (*put_text)(struct text *text, const void *what), const void *what)
{
	size_t capacity = 256;
	char *buffer = NULL;
	struct text text;

	do {
		capacity *= 4;
		buffer = allocate_array(buffer, capacity, 1);
		text_begin(&text, buffer, capacity);
		put_text(&text, what);
	} while (text.truncated);
	return buffer;
}

static void put_rule(struct text *text, const void *what)
{
	rule_put(text, what);
}

static void print_rule(const struct rule *rule)
{
	char *text = text_of(put_rule, rule);

	fputs(text, stdout);
	free(text);
}

static void print_place(const struct policy *policy, const struct rule *rule)
{
	char buffer[PATH_MAX + 32];
	struct text text;

	text_begin(&text, buffer, sizeof buffer);
	policy_put_place(&text, policy, rule);
	fputs(buffer, stdout);
}

/* Read spec; NULL: the environment's SPEC. *from: the source's name. */
static struct timeouts read_spec(const char *spec, const char **from)
{
	struct timeouts timeouts = TIMEOUTS_INITIAL;
	const char *inherited = getenv("SOCKTIMEOUT");

	*from = "no SPEC";
	if (spec != NULL) {
		*from = "SPEC";
		settings_parse(*from, spec, &timeouts);
	} else if (inherited != NULL && inherited[0] != '\0') {
		*from = "SOCKTIMEOUT";
		settings_parse(*from, inherited, &timeouts);
	}
	return timeouts;
}

/* Start a line: print `name=value` and spaces up to COLUMN. */
static void print_head(bool otherwise, const char *name, const struct text *value)
{
	const int length = printf("%s%s%s%s", otherwise ? "  else " : "", name,
				  value->length == 0 ? "" : "=", value->start);

	printf("%*s", length < COLUMN ? COLUMN - length : 1, "");
}

/* The timeout that SPEC sets for the operation. */
static int64_t default_timeout(const struct subject *subject, enum operation operation)
{
	const int64_t timeout = subject->timeouts.of[operation];

	return subject->call->channel && timeout != TIMEOUT_FOLLOWS ? DURATION_NONE : timeout;
}

/* Put the value that rule gives for actions; rule NULL: the value of SPEC. */
static void put_value(struct text *text, const struct subject *subject, unsigned int actions,
		      const struct rule *rule)
{
	const enum operation operation = subject->call->operation;

	if (rule == NULL || actions == ENFORCED) {
		const enum operation asked = actions == RULE_IDLE    ? OPERATION_IDLE
					     : actions == RULE_REPLY ? OPERATION_REPLY
								     : operation;
		const int64_t timeout = rule != NULL && (rule->actions & RULE_TIMEOUT) != 0
						? rule->timeout
						: default_timeout(subject, asked);

		if (timeout == TIMEOUT_FOLLOWS)
			text_put_string(text, "that of recv, send or connect");
		else
			duration_put(text, timeout);
		if (rule != NULL && (rule->actions & RULE_ENFORCE) != 0)
			text_put_string(text, ",enforce");
	} else if (actions != RULE_CHAOS_ACTIONS) {
		rule_put_value(text, rule, actions);
	}
}

/* The rule may not apply to a call although its other criteria are met: the count (when), the program
 * and the probability are not known here. */
static bool is_conditional(const struct subject *subject, const struct rule *rule,
			   unsigned int actions)
{
	const struct explain_process *const process = subject->process;

	return (rule->criteria & (RULE_WHEN | RULE_AFTER | RULE_FROM | RULE_UNTIL)) != 0 ||
	       ((rule->criteria & RULE_PROGRAM) != 0 && process->program == NULL) ||
	       ((rule->criteria & RULE_USER) != 0 && process->user == NULL) ||
	       ((rule->criteria & RULE_UNIT) != 0 && process->unit == NULL) ||
	       (actions == RULE_CHAOS_ACTIONS && rule->probability < RULE_CERTAIN);
}

/* No call begins the time of these, so a rule with `when` does not match (POLICY_UNCOUNTED). */
static bool is_uncounted(const struct subject *subject, const struct rule *rule,
			 unsigned int actions)
{
	return (rule->criteria & RULE_WHEN) != 0 &&
	       (actions == RULE_IDLE || actions == RULE_REPLY ||
		(actions == ENFORCED && subject->call->operation == OPERATION_WAIT));
}

static void note_count(struct subject *subject, const struct rule *rule, unsigned int actions)
{
	if ((rule->criteria & RULE_WHEN) == 0)
		return;
	if (actions == RULE_CHAOS_ACTIONS)
		subject->faults_counted = true;
	else
		subject->timeouts_counted = true;
}

/* Print which calls the `when` of the printed rules counts (count_met of policy/ask.c). */
static void print_counts(const struct subject *subject)
{
	static const struct text none = {.start = ""};
	const char *const calls = "each process counts its calls that match the other criteria";

	if (subject->timeouts_counted) {
		print_head(false, "when (timeout)", &none);
		printf("%s and have to wait\n", calls);
	}
	if (subject->faults_counted) {
		print_head(false, "when (fault)", &none);
		puts(calls);
	}
	if (subject->passed_over) {
		print_head(false, "when", &none);
		puts("a rule with a timeout and when does not match poll(2) and similar calls, idle "
		     "and reply");
	}
}

/* Print the rules with one of actions that the call meets, a line each, up to the first unconditional
 * rule. Returns whether an unconditional rule was found; *otherwise: any rule was printed. */
static bool print_answers(struct subject *subject, const char *name, unsigned int actions,
			  bool *otherwise)
{
	*otherwise = false;
	for (size_t i = 0; i < policy_count(subject->policy); i++) {
		const struct rule *rule = policy_rule(subject->policy, i);
		char buffer[128];
		struct text value;

		if (!policy_meets(rule, subject->call, actions))
			continue;
		if (is_uncounted(subject, rule, actions)) {
			subject->passed_over = true;
			continue;
		}
		text_begin(&value, buffer, sizeof buffer);
		put_value(&value, subject, actions, rule);
		print_head(*otherwise, name, &value);
		print_place(subject->policy, rule);
		fputs(": ", stdout);
		print_rule(rule);
		putchar('\n');
		note_count(subject, rule, actions);
		*otherwise = true;
		if (!is_conditional(subject, rule, actions))
			return true;
	}
	return false;
}

/* The action belongs to an operation that neither SPEC nor the command line names. */
static bool is_unasked(const struct subject *subject, unsigned int actions, unsigned int action,
		       enum operation operation)
{
	return actions == action && subject->call->operation != operation &&
	       subject->timeouts.of[operation] == DURATION_NONE;
}

/* Print a timeout: the rules that give it, or SPEC. */
static void print_timeout(struct subject *subject, const char *name, unsigned int actions)
{
	char buffer[128];
	struct text value;
	bool otherwise;

	if (print_answers(subject, name, actions, &otherwise))
		return;
	/* `idle` or `reply` that neither SPEC nor a rule sets gets no line. */
	if (!otherwise && (is_unasked(subject, actions, RULE_IDLE, OPERATION_IDLE) ||
			   is_unasked(subject, actions, RULE_REPLY, OPERATION_REPLY)))
		return;
	text_begin(&value, buffer, sizeof buffer);
	put_value(&value, subject, actions, NULL);
	print_head(otherwise, name, &value);
	puts(subject->call->channel ? "a channel inside a program" : subject->timeouts_from);
}

static void print_subject(const struct subject *subject, const struct target *target)
{
	char buffer[512];
	struct text text;

	text_begin(&text, buffer, sizeof buffer);
	target_put(&text, target);
	fputs(subject->process->program == NULL ? "any program" : subject->process->program,
	      stdout);
	if (subject->process->user != NULL)
		printf(" of %s", subject->process->user);
	if (subject->process->unit != NULL)
		printf(" in %s", subject->process->unit);
	printf(": %s(%s)\n", operation_name(subject->call->operation), buffer);
}

static void print_all(struct subject *subject)
{
	const enum operation operation = subject->call->operation;
	bool any;

	subject->timeouts_counted = subject->faults_counted = subject->passed_over = false;
	if (operation != OPERATION_IDLE && operation != OPERATION_REPLY)
		print_timeout(subject, "timeout", ENFORCED);
	if (operation != OPERATION_RESOLVE && operation != OPERATION_REPLY)
		print_timeout(subject, "idle", RULE_IDLE);
	if (operation == OPERATION_RECV || operation == OPERATION_WAIT ||
	    operation == OPERATION_REPLY)
		print_timeout(subject, "reply", RULE_REPLY);
	(void)print_answers(subject, "user-timeout", RULE_USER_TIMEOUT, &any);
	(void)print_answers(subject, "keepalive", RULE_KEEPALIVE, &any);
	(void)print_answers(subject, "fault", RULE_CHAOS_ACTIONS, &any);
	print_counts(subject);
}

/* The two names that the library would compare with `prog` in command. */
static void find_program(const char *command, struct policy_program *found)
{
	struct program program;
	const char *path;

	found->path = found->invoked = command;
	program_find(command, &program);
	if (program.error == 0) {
		const struct program_file *files = program.files;
		size_t last = program.count - 1;

		path = realpath(files[last].path, NULL);
		found->path = path == NULL ? command : path;
		/* Of a script, the kernel's name is the script, not the interpreter. */
		while (last > 0 && files[last].way == PROGRAM_SCRIPT)
			last--;
		found->invoked = allocate_text("%s", files[last].path);
	}
	program_free(&program);
}

/* A name or a number becomes both. */
static void find_user(const char *user, struct policy_program *found)
{
	char *end;
	const unsigned long number = strtoul(user, &end, 10);
	const bool numeric = user[0] >= '0' && user[0] <= '9' && *end == '\0';
	const struct passwd *const entry = numeric ? getpwuid((uid_t)number) : getpwnam(user);

	if (entry == NULL && !numeric)
		die(STATUS_REFUSED, "--user=%s: no such user", user);
	found->uid = entry != NULL ? (uint32_t)entry->pw_uid : (uint32_t)number;
	found->user = entry != NULL ? allocate_text("%s", entry->pw_name) : NULL;
}

static struct policy_program find_process(const struct explain_process *process)
{
	struct policy_program found = {.any = process->program == NULL,
				       .any_user = process->user == NULL,
				       .any_unit = process->unit == NULL,
				       .group = process->unit};

	if (process->program != NULL)
		find_program(process->program, &found);
	if (process->user != NULL)
		find_user(process->user, &found);
	return found;
}

bool explain_takes_name(const char *argument)
{
	struct timeouts timeouts;
	struct spec_error error;

	return argument != NULL && spec_parse(argument, &timeouts, &error) != 0 &&
	       strchr(argument, '=') == NULL;
}

void explain(const char *operation, const char *place, const char *spec,
	     const struct explain_process *process)
{
	const struct policy_program found = find_process(process);
	const enum operation number = operation_find(operation, strlen(operation));
	struct target target;
	struct policy_call call;
	struct subject subject = {.call = &call, .process = process};

	subject.timeouts = read_spec(spec, &subject.timeouts_from);
	call = target_find(number, operation, place, &target);
	subject.policy = rules_build(&found);
	do {
		print_subject(&subject, &target);
		print_all(&subject);
	} while (target_next(&target, &call));
}

static void put_spec(struct text *text, const void *what)
{
	spec_put(text, what);
}

void explain_policy(const char *spec)
{
	const struct policy *policy;
	const char *from;
	const struct timeouts timeouts = read_spec(spec, &from);
	char *text = text_of(put_spec, &timeouts);

	policy = rules_build(NULL);
	printf("# %s: %s\n", from, text);
	free(text);
	for (size_t i = 0; i < policy_count(policy); i++) {
		fputs("# ", stdout);
		print_place(policy, policy_rule(policy, i));
		putchar('\n');
		print_rule(policy_rule(policy, i));
		putchar('\n');
	}
}
