/*
 * socktimeout(1): checks what it was told, puts it into the environment and execs COMMAND with
 * the library preloaded. Nothing of it is left then. Cold; owns the options.
 */
#include "config.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "launcher/check.h"
#include "launcher/command.h"
#include "launcher/explain.h"
#include "launcher/exposition.h"
#include "launcher/list.h"
#include "launcher/rules.h"
#include "launcher/settings.h"
#include "launcher/status.h"
#include "launcher/supervise.h"
#include "launcher/systemd.h"
#include "launcher/totals.h"
#include "launcher/watch.h"
#include "launcher/words.h"
#include "policy/log_target.h"
#include "policy/operation.h"

static const char usage[] =
	"Usage: socktimeout [OPTION]... SPEC COMMAND [ARG]...\n"
	"       socktimeout --stats=DIR [--watch]\n"
	"       socktimeout --check COMMAND\n"
	"       socktimeout [--prog=PROG] --explain OPERATION ADDRESS:PORT [SPEC]\n"
	"       socktimeout --print-policy [SPEC]\n"
	"       socktimeout [OPTION]... --systemd-drop-in SPEC\n"
	"       socktimeout --constants [PREFIX]\n"
	"\n"
	"Run COMMAND, in which every wait on a socket that COMMAND left unbounded fails\n"
	"with ETIMEDOUT after the time that SPEC says.\n"
	"\n"
	"SPEC is DURATION or OPERATION=DURATION, comma-separated, later wins:\n"
	"  5s    5s,connect=2s,accept=off    connect=500ms,recv=1m\n"
	"DURATION is a decimal number with us, ms, s, m, h or d (seconds without one);\n"
	"0, off and infinity mean no timeout.\n"
	"\n"
	"  --rule=RULE   do what RULE says where it is met, as in 'op=recv,port=5432 timeout=1m';\n"
	"                may be given more than once, the first that is met counts\n"
	"  --config=FILE read more rules in FILE, not in " SYSCONFDIR "/socktimeout.conf;\n"
	"                off: in none\n"
	"  --seed=N      let the faults of rules be those of seed N\n"
	"  --dry-run     log the faults of rules, and inject none\n"
	"  --explain     tell which rule and which timeout OPERATION has with that address\n"
	"                ([V6]:PORT, unix:PATH, unix:@NAME, udp:ADDRESS:PORT); of PROG\n"
	"  --print-policy  print all rules in their order, as rules\n"
	"  --log=WHERE   log each timeout to WHERE:\n"
	"                " LOG_TARGET_EXPECTED "\n"
	"  --json        log JSON, an object a line\n"
	"  --log-level=LEVEL  log timeouts only (timeout) or every wrapped call (call)\n"
	"  --stats=DIR   count the waits of COMMAND, the timeouts and the injected faults\n"
	"                in files in DIR; without SPEC, print what has been counted there,\n"
	"                as Prometheus reads it\n"
	"  --watch       with --stats=DIR, without SPEC: show it as a table, each second\n"
	"  --fail        stay as COMMAND's parent, and end with 124 where a wait timed out\n"
	"                and COMMAND nevertheless ended with 0\n"
	"  --force       run COMMAND even where it cannot be bounded\n"
	"  --check       tell what of COMMAND would be bounded, without running it; the exit\n"
	"                status is 0 for all, 1 for a part, 2 for nothing\n"
	"  --systemd-drop-in  print a drop-in that bounds a service of systemd\n"
	"  --constants   list the constants of the socket API whose names begin with\n"
	"                PREFIX, NAME VALUE a line\n"
	"  --help        show this and exit\n"
	"  --version     show the version and exit\n"
	"\n"
	"The exit status is COMMAND's; 124 with --fail, 125 where socktimeout itself\n"
	"fails, 126 where COMMAND cannot be executed, 127 where it is not found.\n";

enum {
	OPTION_LOG = 1,
	OPTION_JSON,
	OPTION_LOG_LEVEL,
	OPTION_STATS,
	OPTION_WATCH,
	OPTION_RULE,
	OPTION_CONFIG,
	OPTION_SEED,
	OPTION_DRY_RUN,
	OPTION_FAIL,
	OPTION_FORCE,
	OPTION_CHECK,
	OPTION_EXPLAIN,
	OPTION_PROG,
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
	{"rule", required_argument, NULL, OPTION_RULE},
	{"config", required_argument, NULL, OPTION_CONFIG},
	{"seed", required_argument, NULL, OPTION_SEED},
	{"dry-run", no_argument, NULL, OPTION_DRY_RUN},
	{"fail", no_argument, NULL, OPTION_FAIL},
	{"force", no_argument, NULL, OPTION_FORCE},
	{"check", no_argument, NULL, OPTION_CHECK},
	{"explain", no_argument, NULL, OPTION_EXPLAIN},
	{"prog", required_argument, NULL, OPTION_PROG},
	{"print-policy", no_argument, NULL, OPTION_PRINT_POLICY},
	{"systemd-drop-in", no_argument, NULL, OPTION_DROP_IN},
	{"constants", optional_argument, NULL, OPTION_CONSTANTS},
	{"help", no_argument, NULL, OPTION_HELP},
	{"version", no_argument, NULL, OPTION_VERSION},
	{NULL, 0, NULL, 0},
};

/* What is asked for, but for what the options put into the environment. */
struct request {
	int mode; /* the option that asks for something else than to run COMMAND, or 0 */
	bool fail;
	bool force;
	const char *log;
	const char *stats;
	const char *prefix;
	const char *program; /* --prog */
};

/* End after a message about how socktimeout was used. */
static _Noreturn void point_to_help(void)
{
	fputs("Try 'socktimeout --help'.\n", stderr);
	exit(STATUS_REFUSED);
}

static _Noreturn void die_of_usage(const char *reason)
{
	fprintf(stderr, "socktimeout: %s\n", reason);
	point_to_help();
}

/* End with this status if what was printed has also been written: a full disk is seen at close. */
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

static _Noreturn void print_check(char *const arguments[])
{
	int status;

	if (arguments[0] == NULL)
		die_of_usage("no COMMAND");
	settings_preload();
	status = check(arguments[0]);
	end_of_output(status);
}

static _Noreturn void print_stats(const char *directory)
{
	struct totals totals = totals_read(directory);

	exposition_print(&totals);
	if (totals.left_out != 0)
		fprintf(stderr, "socktimeout: --stats=%s: %zu files left out\n", directory,
			totals.left_out);
	totals_free(&totals);
	end_of_output(EXIT_SUCCESS);
}

static _Noreturn void print_explanation(const char *program, char *const arguments[])
{
	const char *operation = *arguments++;
	const char *place = NULL;

	if (operation == NULL)
		die_of_usage("no OPERATION");
	if (strcmp(operation, operation_name(OPERATION_RESOLVE)) != 0 &&
	    (place = *arguments++) == NULL)
		die_of_usage("no ADDRESS:PORT");
	if (arguments[0] != NULL && arguments[1] != NULL)
		die_of_usage("--explain takes OPERATION, ADDRESS:PORT and SPEC");
	explain(operation, place, arguments[0], program);
	end_of_output(EXIT_SUCCESS);
}

static _Noreturn void print_policy(char *const arguments[])
{
	if (arguments[0] != NULL && arguments[1] != NULL)
		die_of_usage("--print-policy takes SPEC alone");
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
	point_to_help();
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
		request->program = optarg;
		break;
	case OPTION_FAIL:
		request->fail = true;
		break;
	case OPTION_FORCE:
		request->force = true;
		break;
	case OPTION_CONSTANTS:
		request->prefix = optarg;
		request->mode = option;
		break;
	case OPTION_CHECK:
	case OPTION_EXPLAIN:
	case OPTION_PRINT_POLICY:
	case OPTION_DROP_IN:
		request->mode = option;
		break;
	case OPTION_HELP:
		print(usage);
	case OPTION_VERSION:
		print(PACKAGE_STRING "\n");
	default:
		refuse_option(arguments);
	}
}

/* Put into the environment what the options and SPEC say. */
static void apply(const struct request *request, const char *spec)
{
	settings_spec(spec);
	rules_apply();
	if (request->log != NULL)
		settings_log(request->log);
	if (request->stats != NULL)
		settings_stats(request->stats);
	settings_preload();
}

static _Noreturn void print_drop_in(const struct request *request, char *const arguments[])
{
	if (arguments[0] == NULL)
		die_of_usage("no SPEC");
	if (arguments[1] != NULL)
		die_of_usage("--systemd-drop-in takes SPEC alone");
	/* What stands here is not the service's. */
	unsetenv("LD_PRELOAD");
	unsetenv("SOCKTIMEOUT_RULES");
	unsetenv("SOCKTIMEOUT_CONFIG");
	apply(request, arguments[0]);
	systemd_print_drop_in();
	end_of_output(EXIT_SUCCESS);
}

static _Noreturn void run(const struct request *request, char *const arguments[])
{
	if (arguments[0] == NULL)
		die_of_usage("no SPEC");
	if (words_is_command(arguments[0])) {
		fprintf(stderr,
			"socktimeout: '%s' is a command, and stands where SPEC is expected\n",
			arguments[0]);
		point_to_help();
	}
	if (arguments[1] == NULL)
		die_of_usage("no COMMAND");
	apply(request, arguments[0]);
	if (!request->force)
		command_refuse_unreachable(arguments[1]);
	if (request->fail)
		supervise(arguments + 1);
	command_execute(arguments + 1);
}

int main(int count, char *arguments[])
{
	static char name[] = "socktimeout"; /* what getopt's messages begin with */
	struct request request = {.mode = 0};
	int option;

	if (count == 0)
		die_of_usage("no SPEC");
	arguments[0] = name;
	/* +: what follows SPEC is COMMAND's. */
	while ((option = getopt_long(count, arguments, "+", options, NULL)) != -1)
		take_option(option, &request, arguments);
	arguments += optind;
	switch (request.mode) {
	case OPTION_CONSTANTS:
		if (request.prefix == NULL && arguments[0] != NULL)
			request.prefix = *arguments++;
		if (arguments[0] != NULL)
			die_of_usage("--constants takes one PREFIX");
		print_constants(request.prefix);
	case OPTION_CHECK:
		print_check(arguments);
	case OPTION_EXPLAIN:
		print_explanation(request.program, arguments);
	case OPTION_PRINT_POLICY:
		print_policy(arguments);
	case OPTION_WATCH:
		if (request.stats == NULL || arguments[0] != NULL)
			die_of_usage("--watch goes with --stats=DIR, and without SPEC");
		watch(request.stats);
	case OPTION_DROP_IN:
		print_drop_in(&request, arguments);
	default:
		if (request.stats != NULL && arguments[0] == NULL)
			print_stats(request.stats);
		run(&request, arguments);
	}
}
