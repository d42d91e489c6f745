/*
 * Adds up the counters of a program over its users, and prints rules. Cold; owns no state.
 */
#include "config.h"

#include "launcher/report/suggest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/text.h"
#include "launcher/status.h"
#include "policy/glob.h"
#include "policy/rule/rule.h"

/* Fewer waits tell nothing of the longest one to come. */
#define WAITS_ENOUGH 10
/* With fewer waits, the 99.9th percentile is the longest wait. */
#define WAITS_FOR_PERCENTILE 1000
/* No timeout is shorter: a machine may be busy for as long. */
#define SHORTEST NANOSECONDS_PER_SECOND
/* Ports of one program and operation that get rules of their own. */
#define PORTS_LIMIT 64

/* The waits of one rule. */
struct seen {
	uint64_t waits[STATS_BUCKETS];
	uint64_t timeouts, faults;
};

/* The files of one program: programs[first] to programs[end - 1]. */
struct files {
	const struct program_totals *first, *end;
};

unsigned int suggest_factor(const char *text)
{
	char *end;
	const unsigned long factor = strtoul(text, &end, 10);

	if (text[0] < '0' || text[0] > '9' || *end != '\0' || factor < 2 || factor > 1000)
		die(STATUS_REFUSED, "--factor=%s: not a whole number of 2 to 1000", text);
	return (unsigned int)factor;
}

static void add(struct seen *seen, const struct stats_operation *of)
{
	for (size_t i = 0; i < STATS_BUCKETS; i++)
		seen->waits[i] += stats_total(&of->waits[i]);
	seen->timeouts += stats_total(&of->timeouts);
	seen->faults += stats_total(&of->faults);
}

static uint64_t count_of(const struct seen *seen)
{
	uint64_t count = 0;

	for (size_t i = 0; i < STATS_BUCKETS; i++)
		count += seen->waits[i];
	return count;
}

/* The bucket in which so many thousandths of the waits have ended. */
static size_t percentile(const struct seen *seen, uint64_t thousandths)
{
	const uint64_t waits = count_of(seen);
	const uint64_t wanted =
		waits / 1000 * thousandths + (waits % 1000 * thousandths + 999) / 1000;
	uint64_t count = 0;
	size_t bucket = 0;

	for (; bucket < STATS_BUCKETS; bucket++) {
		count += seen->waits[bucket];
		if (count >= wanted)
			break;
	}
	return bucket;
}

/* Up to the next whole second, 5 s, 30 s or minute. */
static int64_t rounded(int64_t nanoseconds)
{
	const int64_t second = NANOSECONDS_PER_SECOND;
	const int64_t step = nanoseconds <= 10 * second    ? second
			     : nanoseconds <= 60 * second  ? 5 * second
			     : nanoseconds <= 600 * second ? 30 * second
							   : 60 * second;

	return (nanoseconds + step - 1) / step * step;
}

/* The upper bound of the bucket, rounded up to a millisecond. */
static void put_bound(struct text *text, size_t bucket)
{
	if (bucket >= STATS_BOUND_COUNT)
		text_put_string(text, "more than 7 minutes");
	else
		duration_put_seconds(text, (stats_bounds[bucket] + 999) / 1000 *
						   NANOSECONDS_PER_MILLISECOND);
}

/* The rule; port 0: of all ports. */
static void print_rule(const char *program, enum operation operation, unsigned int port,
		       int64_t timeout)
{
	char glob[2 * STATS_NAME_LIMIT + 1], buffer[1024];
	struct rule rule = {.criteria = RULE_PROGRAM | RULE_OPERATION,
			    .actions = RULE_TIMEOUT,
			    .operation = operation,
			    .timeout = timeout};
	struct text text;
	size_t length = 0;

	for (const char *c = program; *c != '\0'; c++) {
		/* The others of GLOB_SPECIAL are special in brackets only. */
		if (strchr("*?[]\\", *c) != NULL)
			glob[length++] = '\\';
		glob[length++] = *c;
	}
	rule.program = (struct rule_string){glob, length};
	if (port != 0) {
		rule.criteria |= RULE_PORT;
		rule.port_low = rule.port_high = (uint16_t)port;
	}
	text_begin(&text, buffer, sizeof buffer);
	rule_put(&text, &rule);
	puts(buffer);
}

static void print_basis(const struct seen *seen, enum operation operation, unsigned int port)
{
	const uint64_t waits = count_of(seen);
	char buffer[128];
	struct text text;

	printf("# %s", operation_name(operation));
	if (port != 0)
		printf(" to port %u", port);
	text_begin(&text, buffer, sizeof buffer);
	put_bound(&text, percentile(seen, 1000));
	text_put_string(&text, ", 99.9 % at most ");
	put_bound(&text, percentile(seen, 999));
	printf(": %" PRIu64 " %s, the longest at most %s", waits, waits == 1 ? "wait" : "waits",
	       buffer);
	if (waits < WAITS_FOR_PERCENTILE)
		fputs(" (too few for a percentile)", stdout);
	putchar('\n');
	if (seen->timeouts != 0)
		printf("#   %" PRIu64
		       " waits timed out: how long they would have lasted is not "
		       "known\n",
		       seen->timeouts);
	if (seen->faults != 0)
		printf("#   %" PRIu64
		       " faults were injected: the network did not cause these waits\n",
		       seen->faults);
}

static void print_suggestion(const struct seen *seen, const char *program,
			     enum operation operation, unsigned int port, unsigned int factor)
{
	const size_t longest = percentile(seen, 1000);

	if (count_of(seen) == 0)
		return;
	print_basis(seen, operation, port);
	if (count_of(seen) < WAITS_ENOUGH) {
		printf("#   no rule: fewer than %d waits are too few\n", WAITS_ENOUGH);
	} else if (longest >= STATS_BOUND_COUNT) {
		puts("#   no rule: the longest wait is not known");
	} else {
		const int64_t timeout = rounded(stats_bounds[longest] * (int64_t)1000 * factor);

		print_rule(program, operation, port, timeout > SHORTEST ? timeout : SHORTEST);
	}
}

static int compare_ports(const void *one, const void *other)
{
	const uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)other;

	return (a > b) - (a < b);
}

/* The keys of the operation's ports, in order. Returns their number, or SIZE_MAX for too many. */
static size_t ports_of(const struct files *files, enum operation operation,
		       uint32_t keys[PORTS_LIMIT])
{
	size_t count = 0;

	for (const struct program_totals *each = files->first; each < files->end; each++) {
		if (each->file.keys[STATS_PORTS] != 0)
			return SIZE_MAX;
		for (size_t i = 0; i < STATS_PORTS; i++) {
			const uint32_t key = each->file.keys[i];
			size_t place = 0;

			if (key == 0 || STATS_KEY_OPERATION(key) != (uint32_t)operation)
				continue;
			while (place < count && keys[place] != key)
				place++;
			if (place == PORTS_LIMIT)
				return SIZE_MAX;
			keys[place] = key;
			count += place == count;
		}
	}
	qsort(keys, count, sizeof *keys, compare_ports);
	return count;
}

static void print_by_port(const struct files *files, enum operation operation,
			  unsigned int factor)
{
	uint32_t keys[PORTS_LIMIT];
	const size_t count = ports_of(files, operation, keys);

	if (count == SIZE_MAX) {
		printf("# %s: too many ports, so no rules by port\n",
		       operation_name(operation));
		return;
	}
	for (size_t i = 0; i < count; i++) {
		struct seen seen = {.timeouts = 0};

		for (const struct program_totals *each = files->first; each < files->end;
		     each++)
			for (size_t place = 0; place < STATS_PORTS; place++)
				if (each->file.keys[place] == keys[i])
					add(&seen, &each->file.of_port[place]);
		print_suggestion(&seen, files->first->program, operation,
				 STATS_KEY_PORT(keys[i]), factor);
	}
}

static void print_operation(const struct files *files, enum operation operation,
			    unsigned int factor)
{
	struct seen seen = {.timeouts = 0};

	for (const struct program_totals *each = files->first; each < files->end; each++)
		add(&seen, &each->file.of[operation]);
	if (count_of(&seen) == 0)
		return;
	if (operation == OPERATION_ACCEPT) {
		puts("# accept: no rule: a server may wait for a client for any time");
		return;
	}
	if (operation != OPERATION_RESOLVE)
		print_by_port(files, operation, factor);
	print_suggestion(&seen, files->first->program, operation, 0, factor);
}

static void print_program(const struct files *files, unsigned int factor)
{
	const char *const program = files->first->program;

	printf("\n# %s, %td %s\n", program, files->end - files->first,
	       files->end - files->first == 1 ? "user" : "users");
	if (strcmp(program, STATS_OTHER) == 0) {
		puts("# Programs without a file of their own were counted together: no rules.");
		return;
	}
	for (enum operation operation = 0; operation < OPERATION_COUNT; operation++)
		if (operation != OPERATION_IDLE)
			print_operation(files, operation, factor);
}

static int compare_programs(const void *one, const void *other)
{
	return strcmp(((const struct program_totals *)one)->program,
		      ((const struct program_totals *)other)->program);
}

void suggest_print(const struct totals *totals, const char *directory, unsigned int factor)
{
	const struct program_totals *const end = totals->programs + totals->count;
	struct files files = {totals->programs, totals->programs};

	char name[1024];
	struct text text;

	text_begin(&text, name, sizeof name);
	text_put_escaped(&text, directory, strlen(directory));
	qsort(totals->programs, totals->count, sizeof *totals->programs, compare_programs);
	printf("# Suggested by socktimeout --stats=%s --suggest: each timeout is %u times the\n"
	       "# longest wait that was seen, and at least 1s. Use these rules if the counters come\n"
	       "# from healthy servers under the usual load.\n",
	       name, factor);
	if (totals->count == 0)
		puts("# Nothing was counted.");
	for (; files.first < end; files.first = files.end) {
		while (files.end < end && compare_programs(files.first, files.end) == 0)
			files.end++;
		print_program(&files, factor);
	}
}
