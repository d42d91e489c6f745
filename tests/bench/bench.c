/*
 * The driver: options, the printed table, and the comparison with the bounds. scripts/bench runs the driver.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

/* The largest difference of a start, in milliseconds. */
#define LOAD_BOUND 0.100

static const char usage[] =
	"Usage: bench [OPTION]... LIBRARY\n"
	"Measure the time of each call with and without LIBRARY preloaded.\n\n"
	"  --quick        a fifth of the time\n"
	"  --null         preload nothing: shows the noise\n"
	"  --check        exit with 1 if the whole interval of a case is above its bound\n"
	"  --only=TEXT    only the cases whose name contains TEXT\n"
	"  --output=FILE  also write the numbers to FILE, separated by tabs\n"
	"  --environment=NAME=VALUE\n"
	"                 set NAME for the preloaded processes, which also have\n"
	"                 SOCKTIMEOUT=5s if no option sets SOCKTIMEOUT; can be repeated\n";

struct options {
	struct bench_plan plan;
	const char *only;
	FILE *output;
	bool check;
};

static void put_header(const struct options *options)
{
	printf("%-26s %10s %10s %8s  %-16s %s\n", "", "native", "preloaded", "ratio",
	       "95 % interval", "bound");
	if (options->output != NULL)
		fprintf(options->output,
			"case\tunit\tnative\tpreloaded\tjudged\tlow\thigh\tbound\n");
}

/* Prints a row. Returns whether the low end of the interval is within the bound (0: no bound). load: the row is
 * of a start, in milliseconds. */
static bool put_row(const struct options *options, const char *name, double bound, bool load,
		    const struct bench_result *result)
{
	const char *unit = load ? "ms" : "ns";
	bool has_bound = bound > 0.0;
	bool good = !has_bound || result->low <= bound;

	printf("%-26s %7.*f %s %7.*f %s ", name, load ? 3 : 1, result->native, unit,
	       load ? 3 : 1, result->preloaded, unit);
	if (load)
		printf("%+5.3f ms  %+.3f .. %+.3f ", result->judged, result->low, result->high);
	else
		printf("%8.3f  %.3f .. %.3f   ", result->judged, result->low, result->high);
	if (has_bound)
		printf("%.*f%s%s", load ? 3 : 2, bound, load ? " ms" : "",
		       good ? "" : "  EXCEEDED");
	puts("");
	fflush(stdout);
	if (options->output != NULL)
		fprintf(options->output, "%s\t%s\t%.4f\t%.4f\t%.5f\t%.5f\t%.5f\t%.3f\n", name,
			unit, result->native, result->preloaded, result->judged, result->low,
			result->high, bound);
	return good;
}

static bool is_wanted(const struct options *options, const char *name)
{
	return options->only == NULL || strstr(name, options->only) != NULL;
}

static int run(const struct options *options)
{
	static const char load_name[] = "start of true(1)";
	const struct bench_case *cases;
	unsigned exceeded = 0, shown = 0;
	struct bench_result result;
	size_t count;

	cases = bench_cases(&count);
	put_header(options);
	for (size_t i = 0; i < count; i++) {
		if (!is_wanted(options, cases[i].name))
			continue;
		result = bench_pairs(&options->plan, &cases[i]);
		exceeded += !put_row(options, cases[i].name, cases[i].bound, false, &result);
		shown++;
	}
	if (is_wanted(options, load_name)) {
		result = bench_load(&options->plan);
		exceeded += !put_row(options, load_name, LOAD_BOUND, true, &result);
		shown++;
	}
	if (options->output != NULL && fclose(options->output) != 0)
		bench_die("output");
	if (shown == 0) {
		fprintf(stderr, "bench: no case contains '%s'\n", options->only);
		return 1;
	}
	if (exceeded > 0)
		printf("bounds exceeded: %u\n", exceeded);
	return options->check && exceeded > 0 ? 1 : 0;
}

static void add_setting(struct bench_plan *plan, char *setting)
{
	const size_t most = sizeof plan->environment / sizeof *plan->environment - 1;
	size_t count = 0;

	while (plan->environment[count] != NULL)
		count++;
	if (count == most || strchr(setting, '=') == NULL) {
		fprintf(stderr, "bench: not NAME=VALUE, or more than %zu: %s\n", most, setting);
		exit(2);
	}
	plan->environment[count] = setting;
}

int main(int argc, char **argv)
{
	static const struct option long_options[] = {
		{"quick", no_argument, NULL, 'q'},
		{"null", no_argument, NULL, 'n'},
		{"check", no_argument, NULL, 'c'},
		{"only", required_argument, NULL, 'o'},
		{"output", required_argument, NULL, 'f'},
		{"environment", required_argument, NULL, 'e'},
		{"worker", required_argument, NULL, 'w'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0}};
	struct options options = {
		.plan = {
			.program = "/proc/self/exe", .pairs = 41, .batches = 16, .loads = 200}};
	bool null = false;
	int option;

	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		switch (option) {
		case 'q':
			options.plan.pairs = 15;
			options.plan.batches = 6;
			options.plan.loads = 40;
			break;
		case 'n':
			null = true;
			break;
		case 'c':
			options.check = true;
			break;
		case 'o':
			options.only = optarg;
			break;
		case 'f':
			options.output = fopen(optarg, "we");
			if (options.output == NULL)
				bench_die(optarg);
			break;
		case 'e':
			add_setting(&options.plan, optarg);
			break;
		case 'w':
			return bench_work(optarg);
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (optind + 1 != argc) {
		fputs(usage, stderr);
		return 2;
	}
	options.plan.library = null ? NULL : argv[optind];
	return run(&options);
}
