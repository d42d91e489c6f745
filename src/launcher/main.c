/*
 * socktimeout(1): checks the arguments, puts them into the environment, and executes COMMAND with the
 * library preloaded, in place of this program. Owns the options. Cold.
 */
#include "config.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "launcher/allocate.h"
#include "launcher/attach.h"
#include "launcher/program/check.h"
#include "launcher/command.h"
#include "launcher/report/explain.h"
#include "launcher/report/exposition.h"
#include "launcher/report/list.h"
#include "launcher/outside/outside.h"
#include "launcher/rules.h"
#include "launcher/settings.h"
#include "launcher/status.h"
#include "launcher/report/suggest.h"
#include "launcher/report/summary.h"
#include "launcher/supervise.h"
#include "launcher/report/systemd.h"
#include "launcher/report/totals.h"
#include "launcher/usage.h"
#include "launcher/report/watch.h"
#include "launcher/words.h"
#include "policy/operation.h"

enum {
	OPTION_LOG = 1,
	OPTION_JSON,
	OPTION_LOG_LEVEL,
	OPTION_STATS,
	OPTION_WATCH,
	OPTION_SUGGEST,
	OPTION_FACTOR,
	OPTION_SUMMARY,
	OPTION_RULE,
	OPTION_CONFIG,
	OPTION_SEED,
	OPTION_DRY_RUN,
	OPTION_FAIL,
	OPTION_FORCE,
	OPTION_OUTSIDE,
	OPTION_ATTACH,
	OPTION_CHECK,
	OPTION_EXPLAIN,
	OPTION_PROG,
	OPTION_USER,
	OPTION_UNIT,
	OPTION_PRINT_POLICY,
	OPTION_DROP_IN,
	OPTION_CONSTANTS,
	OPTION_HELP,
	OPTION_VERSION
};

static const struct option options[] = {
	{"log", required_argument, NULL, OPTION_LOG},
	{"json", no_argument, NULL, OPTION_JSON},
	{"log-level", required_argument, NULL, OPTION_LOG_LEVEL},
	{"stats", required_argument, NULL, OPTION_STATS},
	{"watch", no_argument, NULL, OPTION_WATCH},
	{"suggest", no_argument, NULL, OPTION_SUGGEST},
	{"factor", required_argument, NULL, OPTION_FACTOR},
	{"summary", no_argument, NULL, OPTION_SUMMARY},
	{"rule", required_argument, NULL, OPTION_RULE},
	{"config", required_argument, NULL, OPTION_CONFIG},
	{"seed", required_argument, NULL, OPTION_SEED},
	{"dry-run", no_argument, NULL, OPTION_DRY_RUN},
	{"fail", no_argument, NULL, OPTION_FAIL},
	{"force", no_argument, NULL, OPTION_FORCE},
	{"outside", required_argument, NULL, OPTION_OUTSIDE},
	{"attach", required_argument, NULL, OPTION_ATTACH},
	{"check", no_argument, NULL, OPTION_CHECK},
	{"explain", no_argument, NULL, OPTION_EXPLAIN},
	{"prog", required_argument, NULL, OPTION_PROG},
	{"user", required_argument, NULL, OPTION_USER},
	{"unit", required_argument, NULL, OPTION_UNIT},
	{"print-policy", no_argument, NULL, OPTION_PRINT_POLICY},
	{"systemd-drop-in", no_argument, NULL, OPTION_DROP_IN},
	{"constants", optional_argument, NULL, OPTION_CONSTANTS},
	{"help", optional_argument, NULL, OPTION_HELP},
	{"version", no_argument, NULL, OPTION_VERSION},
	{NULL, 0, NULL, 0},
};

/* The options that are not put into the environment at once. */
struct request {
	int mode; /* the option in place of running COMMAND; 0: run COMMAND */
	bool fail;
	bool summary;
	bool force;
	enum command_outside outside;
	const char *attach;
	const char *log;
	const char *stats;
	const char *prefix;
	struct explain_process process; /* --prog, --user, --unit */
	unsigned int factor;
};

/* Exit with status if the output was written: a full disk may show at the close only. */
static _Noreturn void end_of_output(int status)
{
	bool failed = ferror(stdout) != 0;

	if (fclose(stdout) != 0 || failed)
		die(STATUS_REFUSED, "standard output: %m");
	exit(status);
}

static _Noreturn void print(const char *text)
{
	fputs(text, stdout);
	end_of_output(EXIT_SUCCESS);
}

static _Noreturn void print_constants(const char *prefix)
{
	if (!list_constants(prefix) && ferror(stdout) == 0)
		die(STATUS_REFUSED, "no constant begins with %s", prefix);
	end_of_output(EXIT_SUCCESS);
}

static _Noreturn void print_check(const struct request *request, char *const arguments[])
{
	int status;

	if (arguments[0] == NULL)
		usage_die("no COMMAND");
	settings_preload();
	status = check(arguments[0], request->outside != COMMAND_OUTSIDE_NEVER);
	end_of_output(status);
}

/* Print what was counted: as a policy, where a factor is given, or for Prometheus. */
static _Noreturn void print_stats(const char *directory, unsigned int factor)
{
	struct totals totals = totals_read(directory);

	if (factor != 0)
		suggest_print(&totals, directory, factor);
	else
		exposition_print(&totals);
	if (totals.left_out != 0)
		fprintf(stderr, "socktimeout: --stats=%s: %zu files not used\n", directory,
			totals.left_out);
	totals_free(&totals);
	end_of_output(EXIT_SUCCESS);
}

static _Noreturn void print_explanation(const struct explain_process *process,
					char *const arguments[])
{
	const char *operation = *arguments++;
	const char *place = NULL;

	if (operation == NULL)
		usage_die("no OPERATION");
	if (strcmp(operation, operation_name(OPERATION_RESOLVE)) == 0)
		place = explain_takes_name(arguments[0]) ? *arguments++ : NULL;
	else if ((place = *arguments++) == NULL)
		usage_die("no HOST:PORT");
	if (arguments[0] != NULL && arguments[1] != NULL)
		usage_die("--explain takes OPERATION, HOST:PORT and SPEC");
	explain(operation, place, arguments[0], process);
	end_of_output(EXIT_SUCCESS);
}

static _Noreturn void print_policy(char *const arguments[])
{
	if (arguments[0] != NULL && arguments[1] != NULL)
		usage_die("--print-policy takes SPEC alone");
	explain_policy(arguments[0]);
	end_of_output(EXIT_SUCCESS);
}

/* getopt has said why the last argument is no option. */
static _Noreturn void refuse_option(char *const arguments[])
{
	const char *const word = arguments[optind - 1];
	const char *const meant =
		strncmp(word, "--", 2) == 0 ? words_nearest(word + 2, options) : NULL;

	if (meant != NULL)
		fprintf(stderr, "socktimeout: the nearest option is --%s\n", meant);
	usage_point_to_help();
}

static void take_option(int option, struct request *request, char *const arguments[])
{
	switch (option) {
	case OPTION_LOG:
		request->log = optarg;
		break;
	case OPTION_JSON:
		settings_json();
		break;
	case OPTION_LOG_LEVEL:
		settings_log_level(optarg);
		break;
	case OPTION_STATS:
		request->stats = optarg;
		break;
	case OPTION_WATCH:
		request->mode = option;
		break;
	case OPTION_RULE:
		rules_add(optarg);
		break;
	case OPTION_CONFIG:
		rules_use_file(optarg);
		break;
	case OPTION_SEED:
		settings_seed(optarg);
		break;
	case OPTION_DRY_RUN:
		settings_dry_run();
		break;
	case OPTION_PROG:
		request->process.program = optarg;
		break;
	case OPTION_USER:
		request->process.user = optarg;
		break;
	case OPTION_UNIT:
		request->process.unit = optarg;
		break;
	case OPTION_FACTOR:
		request->factor = suggest_factor(optarg);
		break;
	case OPTION_SUMMARY:
		request->summary = true;
		break;
	case OPTION_FAIL:
		request->fail = true;
		break;
	case OPTION_FORCE:
		request->force = true;
		break;
	case OPTION_OUTSIDE:
		request->outside = command_parse_outside(optarg);
		break;
	case OPTION_ATTACH:
		request->attach = optarg;
		request->mode = option;
		break;
	case OPTION_CONSTANTS:
		request->prefix = optarg;
		request->mode = option;
		break;
	case OPTION_CHECK:
	case OPTION_EXPLAIN:
	case OPTION_PRINT_POLICY:
	case OPTION_DROP_IN:
	case OPTION_SUGGEST:
		request->mode = option;
		break;
	case OPTION_HELP:
		print(usage_page(optarg));
	case OPTION_VERSION:
		print(PACKAGE_STRING "\n");
	default:
		refuse_option(arguments);
	}
}

/* Put SPEC (NULL: none) and the options into the environment. */
static void apply(const struct request *request, const char *spec)
{
	if (spec != NULL)
		settings_spec(spec);
	rules_apply();
	if (request->log != NULL)
		settings_log(request->log);
	if (request->stats != NULL)
		settings_stats(request->stats);
}

static _Noreturn void print_drop_in(const struct request *request, char *const arguments[])
{
	if (arguments[0] == NULL)
		usage_die("no SPEC");
	if (arguments[1] != NULL)
		usage_die("--systemd-drop-in takes SPEC alone");
	/* The present values are not for the service. */
	unsetenv("LD_PRELOAD");
	unsetenv("SOCKTIMEOUT_RULES");
	unsetenv("SOCKTIMEOUT_CONFIG");
	apply(request, arguments[0]);
	settings_preload();
	systemd_print_drop_in();
	end_of_output(EXIT_SUCCESS);
}

static _Noreturn void run(const struct request *request, char *const arguments[])
{
	const char *const preload = getenv("LD_PRELOAD");
	char *const inherited = preload == NULL ? NULL : allocate_text("%s", preload);
	bool outside = false;

	if (arguments[0] == NULL)
		usage_die("no SPEC");
	if (words_is_command(arguments[0])) {
		fprintf(stderr,
			"socktimeout: '%s' is a command, expected SPEC before COMMAND\n",
			arguments[0]);
		usage_point_to_help();
	}
	if (arguments[1] == NULL)
		usage_die("no COMMAND");
	apply(request, arguments[0]);
	settings_preload();
	if (request->force)
		command_spare(arguments[1], inherited);
	else
		outside = command_is_for_outside(arguments[1], request->outside, inherited);
	if (outside)
		outside_begin(arguments[0]);
	if (request->summary)
		summary_begin();
	if (request->fail || request->summary || outside)
		supervise(arguments + 1, request->fail, outside,
			  request->summary ? summary_end : NULL);
	command_execute(arguments + 1);
}

static _Noreturn void run_attached(const struct request *request, char *const arguments[])
{
	if (arguments[0] != NULL && arguments[1] != NULL)
		usage_die("--attach takes SPEC alone");
	apply(request, arguments[0]);
	attach(request->attach, arguments[0]);
}

/* Options that change nothing in this mode. */
static void refuse_useless_options(const struct request *request)
{
	const struct explain_process *const process = &request->process;

	if (request->factor != 0 && request->mode != OPTION_SUGGEST)
		usage_die("--factor needs --suggest");
	if ((process->program != NULL || process->user != NULL || process->unit != NULL) &&
	    request->mode != OPTION_EXPLAIN)
		usage_die("--prog, --user and --unit need --explain");
}

int main(int count, char *arguments[])
{
	static char name[] = "socktimeout"; /* the start of getopt's messages */
	struct request request = {.mode = 0};
	int option;

	if (count == 0)
		usage_die("no SPEC");
	arguments[0] = name;
	/* +: options end at SPEC; later arguments belong to COMMAND. */
	while ((option = getopt_long(count, arguments, "+", options, NULL)) != -1)
		take_option(option, &request, arguments);
	arguments += optind;
	refuse_useless_options(&request);
	switch (request.mode) {
	case OPTION_CONSTANTS:
		if (request.prefix == NULL && arguments[0] != NULL)
			request.prefix = *arguments++;
		if (arguments[0] != NULL)
			usage_die("--constants takes one PREFIX");
		print_constants(request.prefix);
	case OPTION_CHECK:
		print_check(&request, arguments);
	case OPTION_EXPLAIN:
		print_explanation(&request.process, arguments);
	case OPTION_PRINT_POLICY:
		print_policy(arguments);
	case OPTION_ATTACH:
		run_attached(&request, arguments);
	case OPTION_WATCH:
		if (request.stats == NULL || arguments[0] != NULL)
			usage_die("--watch needs --stats=DIR and no SPEC");
		watch(request.stats);
	case OPTION_SUGGEST:
		if (request.stats == NULL || arguments[0] != NULL)
			usage_die("--suggest needs --stats=DIR and no SPEC");
		print_stats(request.stats,
			    request.factor != 0 ? request.factor : SUGGEST_FACTOR);
	case OPTION_DROP_IN:
		print_drop_in(&request, arguments);
	default:
		if (request.stats != NULL && arguments[0] == NULL)
			print_stats(request.stats, 0);
		run(&request, arguments);
	}
}
