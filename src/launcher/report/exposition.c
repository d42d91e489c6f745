/*
 * Writes the counters for Prometheus. An operation that was never counted has no lines: the number of
 * series stays small. Cold.
 */
#include "config.h"

#include "launcher/report/exposition.h"

#include <inttypes.h>
#include <stdio.h>

/* A label and its value. Prometheus expects UTF-8: a byte that is not printable ASCII becomes \xHH. */
static void print_label(const char *name, const char *value)
{
	printf("%s=\"", name);
	for (const char *p = value; *p != '\0'; p++) {
		if (*p == '"' || *p == '\\')
			printf("\\%c", *p);
		else if (*p >= ' ' && *p <= '~')
			putchar(*p);
		else
			printf("\\\\x%02x", (unsigned int)(unsigned char)*p);
	}
	putchar('"');
}

static void print_labels(const struct program_totals *program, enum operation operation)
{
	putchar('{');
	print_label("program", program->program);
	putchar(',');
	print_label("user", totals_user(program->user));
	putchar(',');
	print_label("operation", operation_name(operation));
}

static void print_sample(const char *name, const struct program_totals *program,
			 enum operation operation, uint64_t value)
{
	printf("%s", name);
	print_labels(program, operation);
	printf("} %" PRIu64 "\n", value);
}

static void print_histogram(const struct program_totals *program, enum operation operation)
{
	const struct stats_operation *const of = &program->file.of[operation];
	const uint64_t milliseconds = stats_milliseconds(of);
	uint64_t count = 0;

	/* A series for each power of two: four times as many would be a burden. */
	for (size_t i = 0; i < STATS_BUCKETS; i++) {
		count += stats_total(&of->waits[i]);
		if (i < STATS_BOUND_COUNT && (i % 4 != 0 || stats_bounds[i] < 1000))
			continue;
		printf("socktimeout_wait_seconds_bucket");
		print_labels(program, operation);
		if (i < STATS_BOUND_COUNT)
			printf(",le=\"%.9g\"", stats_bounds[i] / 1e6);
		else
			printf(",le=\"+Inf\"");
		printf("} %" PRIu64 "\n", count);
	}
	printf("socktimeout_wait_seconds_sum");
	print_labels(program, operation);
	printf("} %" PRIu64 ".%03" PRIu64 "\n", milliseconds / 1000, milliseconds % 1000);
	print_sample("socktimeout_wait_seconds_count", program, operation, count);
}

static void print_timeouts(const struct program_totals *program, enum operation operation)
{
	print_sample("socktimeout_timeouts_total", program, operation,
		     stats_total(&program->file.of[operation].timeouts));
}

static void print_faults(const struct program_totals *program, enum operation operation)
{
	print_sample("socktimeout_faults_total", program, operation,
		     stats_total(&program->file.of[operation].faults));
}

void exposition_print(const struct totals *totals)
{
	static const struct {
		const char *head;
		void (*print)(const struct program_totals *program, enum operation operation);
	} families[] = {
		{"# HELP socktimeout_wait_seconds Time of the waits on sockets.\n"
		 "# TYPE socktimeout_wait_seconds histogram\n",
		 print_histogram},
		{"# HELP socktimeout_timeouts_total Waits that were ended by a timeout.\n"
		 "# TYPE socktimeout_timeouts_total counter\n",
		 print_timeouts},
		{"# HELP socktimeout_faults_total Faults that were injected.\n"
		 "# TYPE socktimeout_faults_total counter\n",
		 print_faults},
	};

	for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
		fputs(families[i].head, stdout);
		for (size_t j = 0; j < totals->count; j++)
			for (enum operation operation = 0; operation < OPERATION_COUNT;
			     operation++)
				if (!totals_are_zero(&totals->programs[j].file.of[operation]))
					families[i].print(&totals->programs[j], operation);
	}
}
