/*
 * Draws the table. On a terminal, a table replaces the table before, is not larger than the screen, has
 * colours, and bars where there is room for them; elsewhere the tables follow each other. Cold.
 */
#include "config.h"

#include "launcher/report/watch.h"

#include <inttypes.h>
#include <langinfo.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "launcher/status.h"
#include "launcher/report/totals.h"

#define NAME_WIDTH 13
#define USER_WIDTH 8
#define HEAD_LINES 2
/* A row has 80 columns, and with a space and BARS bars so many: */
#define WIDTH_WITH_BARS 91
#define BARS            10

struct screen {
	bool terminal; /* understands the control sequences of ECMA-48 */
	bool colours;
	bool bars;
	size_t lines; /* of the table, without its head; SIZE_MAX for any number */
};

static bool is_set(const char *name)
{
	const char *const value = getenv(name);

	return value != NULL && *value != '\0';
}

static struct screen screen_now(void)
{
	const char *const type = getenv("TERM");
	struct winsize size = {.ws_row = 0};
	struct screen screen = {.lines = SIZE_MAX};

	screen.terminal =
		isatty(STDOUT_FILENO) != 0 && type != NULL && strcmp(type, "dumb") != 0;
	/* https://no-color.org */
	screen.colours = screen.terminal && !is_set("NO_COLOR");
	if (!screen.terminal || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
		return screen;
	if (size.ws_row > HEAD_LINES + 2)
		screen.lines = size.ws_row - HEAD_LINES - 2U;
	screen.bars =
		size.ws_col >= WIDTH_WITH_BARS && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	return screen;
}

/* The number of a column, in a colour where it is not 0. */
static void print_number(const struct screen *screen, int width, uint64_t number,
			 const char *colour)
{
	const bool shown = screen->colours && number != 0;

	printf(" %s%*" PRIu64 "%s", shown ? colour : "", width, number, shown ? "\033[0m" : "");
}

/* The waits by duration, as bars: up to 1 ms, 4 ms, 16 ms, … and longer than a minute. */
static void print_bars(const struct screen *screen, const struct stats_operation *of)
{
	static const char *const bars[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	const size_t steps = sizeof bars / sizeof *bars - 2; /* above the lowest bar */
	uint64_t counts[BARS] = {0}, most = 1;
	double bound = 1024; /* of the present bar, in microseconds */
	size_t bar = 0;

	for (size_t bucket = 0; bucket < STATS_BUCKETS; bucket++) {
		for (; bar < BARS - 1 &&
		       (bucket == STATS_BOUND_COUNT || stats_bounds[bucket] > bound);
		     bar++)
			bound *= 4;
		counts[bar] += stats_total(&of->waits[bucket]);
		if (counts[bar] > most)
			most = counts[bar];
	}
	fputs(screen->colours ? " \033[36m" : " ", stdout);
	for (bar = 0; bar < BARS; bar++)
		fputs(bars[counts[bar] == 0 ? 0
					    : 1 + (size_t)((double)counts[bar] / (double)most *
							   (double)steps)],
		      stdout);
	if (screen->colours)
		fputs("\033[0m", stdout);
}

/* The time within which so many thousandths of the waits ended: the bound of a bucket. */
static const char *quantile(const struct stats_operation *of, uint64_t thousandths,
			    char text[16])
{
	const uint64_t waits = totals_waits(of);
	uint64_t count = 0;
	size_t bucket = 0;
	double bound;

	if (waits == 0)
		return "-";
	/* Rounded up, without overflow. */
	for (const uint64_t wanted =
		     waits / 1000 * thousandths + (waits % 1000 * thousandths + 999) / 1000;
	     bucket < STATS_BUCKETS; bucket++) {
		count += stats_total(&of->waits[bucket]);
		if (count >= wanted)
			break;
	}
	if (bucket >= STATS_BOUND_COUNT)
		return ">7m";
	bound = stats_bounds[bucket] / 1e3;
	if (bound >= 60000)
		(void)snprintf(text, 16, "<%.2gm", bound / 60000);
	else if (bound >= 1000)
		(void)snprintf(text, 16, "<%.2gs", bound / 1000);
	else
		(void)snprintf(text, 16, bound >= 100 ? "<%.0fms" : "<%.2gms", bound);
	return text;
}

/* Print a name in a column: a byte that is not printable ASCII becomes '?', a long name is cut. */
static void print_name(const char *name, size_t width)
{
	for (size_t i = 0; i <= width; i++) {
		if (*name == '\0' || i == width)
			putchar(' ');
		else
			putchar(*name >= ' ' && *name <= '~' ? *name : '?');
		name += *name != '\0';
	}
}

static const struct stats_operation *before_of(const struct totals *before,
					       const struct program_totals *program,
					       enum operation operation)
{
	for (size_t i = 0; i < before->count; i++)
		if (before->programs[i].user == program->user &&
		    strcmp(before->programs[i].program, program->program) == 0)
			return &before->programs[i].file.of[operation];
	return NULL;
}

static void print_row(const struct screen *screen, const struct totals *before,
		      const struct program_totals *program, enum operation operation,
		      double seconds)
{
	const struct stats_operation *const of = &program->file.of[operation];
	const struct stats_operation *const old = before_of(before, program, operation);
	const uint64_t waits = totals_waits(of), past = old != NULL ? totals_waits(old) : 0;
	char median[16], high[16];

	print_name(program->program, NAME_WIDTH);
	print_name(totals_user(program->user), USER_WIDTH);
	print_name(operation_name(operation), 8);
	printf("%8" PRIu64, waits);
	/* A file that was emptied or created anew counts fewer waits. */
	if (seconds > 0 && waits >= past)
		printf(" %7.1f", (double)(waits - past) / seconds);
	else
		printf(" %7s", "-");
	printf(" %7s %7s", quantile(of, 500, median), quantile(of, 990, high));
	print_number(screen, 8, stats_total(&of->timeouts), "\033[31m");
	print_number(screen, 6, stats_total(&of->faults), "\033[33m");
	if (screen->bars)
		print_bars(screen, of);
	putchar('\n');
}

static void print_head(const struct screen *screen)
{
	if (screen->colours)
		fputs("\033[1m", stdout);
	print_name("PROGRAM", NAME_WIDTH);
	print_name("USER", USER_WIDTH);
	print_name("OPERATION", 9);
	printf("%7s %7s %7s %7s %8s %6s%s%s\n", "WAITS", "WAITS/s", "MEDIAN", "99%", "TIMEOUTS",
	       "FAULTS", screen->bars ? " 1ms     1m" : "", screen->colours ? "\033[0m" : "");
}

static void print_table(const struct screen *screen, const struct totals *before,
			const struct totals *now, double seconds)
{
	size_t rows = 0;

	print_head(screen);
	for (size_t i = 0; i < now->count; i++)
		for (enum operation operation = 0; operation < OPERATION_COUNT; operation++) {
			if (totals_are_zero(&now->programs[i].file.of[operation]))
				continue;
			if (rows++ < screen->lines)
				print_row(screen, before, &now->programs[i], operation,
					  seconds);
		}
	if (rows > screen->lines)
		printf("and %zu more\n", rows - screen->lines);
	if (now->left_out != 0)
		printf("%zu files not used\n", now->left_out);
}

static double seconds_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

_Noreturn void watch(const char *directory)
{
	const struct timespec interval = {.tv_sec = 1};
	struct totals before = {NULL, 0, 0};
	double started = 0;

	/* Whether the terminal shows UTF-8. */
	(void)setlocale(LC_CTYPE, "");
	for (bool first = true;; first = false) {
		const struct screen screen = screen_now();
		const double time_now = seconds_now();
		struct totals now = totals_read(directory);

		/* Cursor home, and clear to the end: the screen does not flicker, and the terminal's
		 * history stays. */
		if (screen.terminal)
			fputs(first ? "\033[2J\033[H" : "\033[H\033[J", stdout);
		else if (!first)
			putchar('\n');
		print_table(&screen, &before, &now, first ? 0 : time_now - started);
		if (fflush(stdout) != 0)
			die(STATUS_REFUSED, "standard output: %m");
		totals_free(&before);
		before = now;
		started = time_now;
		(void)nanosleep(&interval, NULL);
	}
}
