/*
 * Reads the settings out of the environment, and has the rules read. Cold: once a process.
 *
 * The environment of a program that runs with more rights than its caller (AT_SECURE, getauxval(3))
 * is not believed, only the file of the system is. A bad value costs one line on stderr and nothing else.
 */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/duration.h"
#include "base/text.h"
#include "policy/seed.h"
#include "shim/io/attention.h"
#include "shim/config/configuration.h"
#include "shim/system/kernel.h"
#include "shim/config/rules.h"
#include "stats/name.h"

static const struct config config_of_nothing = {.timeouts = TIMEOUTS_INITIAL};
static struct config config_of_process;
/* Our own copies: the program may do with its environment what it likes. */
enum { PATH_FILE, PATH_LOG, PATH_FAIL, PATH_STATS, PATH_COUNT };
LARGE char config_paths[PATH_COUNT][PATH_MAX];
enum { CONFIG_UNREAD, CONFIG_BEING_READ, CONFIG_READ };
static atomic_int config_state = CONFIG_UNREAD;

/* What entry, "NAME=VALUE", gives name, or NULL. */
static const char *value_of(const char *entry, const char *name)
{
	while (*name != '\0' && *entry == *name) {
		entry++;
		name++;
	}
	return *name == '\0' && *entry == '=' ? entry + 1 : NULL;
}

/* getenv(3) without its provisos: the value of name, or NULL. */
static const char *environment_get(const char *name)
{
	const char *value = NULL;

	if (environ != NULL)
		for (char **entry = environ; *entry != NULL && value == NULL; entry++)
			value = value_of(*entry, name);
	return value;
}

/* A copy of a path that is not too long. */
static const char *path_keep(int which, const char *path)
{
	return memcpy(config_paths[which], path, strlen(path) + 1);
}

/* Descriptor 2 as it is: false where it is closed or a socket (an inetd service's client). */
static bool stderr_usable(struct stat *status)
{
	return kernel_status(STDERR_FILENO, status) == 0 && !S_ISSOCK(status->st_mode);
}

/* The one line about a bad setting. */
static void complain(const struct text *line)
{
	struct stat status;

	if (stderr_usable(&status))
		(void)kernel_write_line(STDERR_FILENO, line->start, line->length);
}

static void read_timeouts(struct config *config)
{
	const char *spec = environment_get("SOCKTIMEOUT");
	struct spec_error error;
	char buffer[400];
	struct text line;

	if (spec == NULL || spec[0] == '\0')
		return;
	if (spec_parse(spec, &config->timeouts, &error) != 0) {
		text_begin(&line, buffer, sizeof buffer);
		text_put_string(&line, "socktimeout: SOCKTIMEOUT:1:");
		spec_put_error(&line, &error);
		text_put_string(&line, "; not used\n");
		complain(&line);
	}
	for (enum operation operation = 0; operation < OPERATION_COUNT; operation++)
		if (config->timeouts.of[operation] > DURATION_NONE)
			config->active = true;
}

/* The line about a setting, without its beginning and its end. */
static void refused(const struct text *what)
{
	char buffer[500];
	struct text line;

	text_begin(&line, buffer, sizeof buffer);
	text_put_string(&line, "socktimeout: ");
	text_put_bytes(&line, what->start, what->length);
	text_put_string(&line, "; not used\n");
	complain(&line);
}

/* The line about a setting that is none of those expected. */
static void complain_of(const char *name, const char *expected)
{
	char buffer[200];
	struct text what;

	text_begin(&what, buffer, sizeof buffer);
	text_put_string(&what, name);
	text_put_string(&what, ":1:1: expected ");
	text_put_string(&what, expected);
	refused(&what);
}

/* The value of name, or NULL where it is not set or empty. */
static const char *setting_get(const char *name)
{
	const char *const value = environment_get(name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

/* SOCKTIMEOUT_RULES, in memory of our own: the program may do with its environment what it likes. */
static void read_rules(struct config *config)
{
	const char *const rules = setting_get("SOCKTIMEOUT_RULES");
	const size_t length = rules != NULL ? strlen(rules) : 0;
	char *const copy = rules != NULL ? kernel_allocate(length + 1) : NULL;

	if (copy == NULL)
		return;
	config->sources.rules = memcpy(copy, rules, length + 1);
	config->sources.rules_length = length;
}

/* Which file is to be read, and looked at again. That of the system only where it is there, or
 * where there is something to be added to: a process that nobody bounds is left alone. */
static void read_file(struct config *config)
{
	struct sources *const sources = &config->sources;
	const char *const path =
		sources->privileged ? NULL : environment_get("SOCKTIMEOUT_CONFIG");
	const char *const file = path != NULL ? path : SYSCONFDIR "/socktimeout.conf";
	uint64_t mark;

	sources->file = "";
	if (strlen(file) >= PATH_MAX || (file[0] != '/' && file[0] != '\0')) {
		complain_of("SOCKTIMEOUT_CONFIG", "an absolute path");
		return;
	}
	sources->file = path != NULL ? path_keep(PATH_FILE, path) : file;
	if (path != NULL || config->active || sources->rules != NULL)
		return;
	mark = sources_mark(sources);
	if (mark == SOURCES_NO_FILE || mark == SOURCES_UNKNOWN)
		sources->file = "";
}

static void read_policy(struct config *config)
{
	struct sources *const sources = &config->sources;

	if (!sources->privileged)
		read_rules(config);
	read_file(config);
	if (sources->rules == NULL && sources->file[0] == '\0')
		return;
	rules_start(sources, refused);
	if (sources->rules != NULL || sources->file[0] != '\0')
		config->active = true;
	(void)stderr_usable(&config->stderr_status);
}

static void read_deepbind(struct config *config)
{
	const char *const value = setting_get("SOCKTIMEOUT_DEEPBIND");

	config->keeps_deepbind = value != NULL && strcmp(value, "keep") == 0;
	if (value != NULL && !config->keeps_deepbind)
		complain_of("SOCKTIMEOUT_DEEPBIND", "keep");
}

static void read_log(struct config *config)
{
	const char *const target = setting_get("SOCKTIMEOUT_LOG");
	const char *const format = setting_get("SOCKTIMEOUT_LOG_FORMAT");
	const char *const level = setting_get("SOCKTIMEOUT_LOG_LEVEL");

	if (target != NULL && log_target_parse(target, &config->log) != 0)
		complain_of("SOCKTIMEOUT_LOG", LOG_TARGET_EXPECTED);
	if (format != NULL && log_format_parse(format, &config->log_format) != 0)
		complain_of("SOCKTIMEOUT_LOG_FORMAT", LOG_FORMAT_EXPECTED);
	if (level != NULL && log_level_parse(level, &config->log_level) != 0)
		complain_of("SOCKTIMEOUT_LOG_LEVEL", LOG_LEVEL_EXPECTED);
	if (config->log == LOG_TO_FILE)
		config->log_path = path_keep(PATH_LOG, target);
	if (config->log != LOG_TO_NOTHING && !stderr_usable(&config->stderr_status) &&
	    config->log == LOG_TO_STDERR)
		config->log = LOG_TO_NOTHING;
}

/* The launcher's own: what is no such path is ignored. */
static void read_fail(struct config *config)
{
	const char *path = environment_get("SOCKTIMEOUT_FAIL");

	if (path != NULL && path[0] == '/' && strlen(path) < PATH_MAX)
		config->fail_path = path_keep(PATH_FAIL, path);
}

static void read_stats(struct config *config)
{
	const char *directory = environment_get("SOCKTIMEOUT_STATS");

	if (directory == NULL || directory[0] == '\0')
		return;
	if (stats_directory_is_good(directory)) {
		config->stats = path_keep(PATH_STATS, directory);
	} else {
		static const char message[] =
			"socktimeout: SOCKTIMEOUT_STATS:1:1: expected " STATS_DIRECTORY_EXPECTED
			"; not used\n";
		const struct text line = {.start = (char *)(uintptr_t)message,
					  .length = sizeof message - 1};

		complain(&line);
	}
}

static void read_seed(struct config *config)
{
	const char *seed = setting_get("SOCKTIMEOUT_SEED");
	const char *dry_run = setting_get("SOCKTIMEOUT_DRY_RUN");

	if (seed != NULL && seed[0] != '\0') {
		config->has_seed = seed_parse(seed, &config->seed) == 0;
		if (!config->has_seed)
			complain_of("SOCKTIMEOUT_SEED", SEED_EXPECTED);
	}
	if (dry_run == NULL || dry_run[0] == '\0')
		return;
	config->dry_run = strcmp(dry_run, "1") == 0;
	/* Who asked for no faults gets none. */
	if (!config->dry_run && strcmp(dry_run, "0") != 0) {
		config->dry_run = true;
		complain_of("SOCKTIMEOUT_DRY_RUN", "0 or 1");
	}
}

static void read_program(struct config *config)
{
	const char *name = program_invocation_short_name;

	if (name != NULL)
		memcpy(config->program, name, strnlen(name, sizeof config->program - 1));
}

static void config_read(struct config *config)
{
	config->timeouts = config_of_nothing.timeouts;
	config->sources.privileged = getauxval(AT_SECURE) != 0;
	read_program(config);
	if (!config->sources.privileged)
		read_timeouts(config);
	read_policy(config);
	if (config->sources.privileged)
		return;
	read_log(config);
	read_seed(config);
	read_stats(config);
	if (config->log != LOG_TO_NOTHING && config->log_level == LOG_CALLS)
		attention_want(ATTENTION_TRACE, true);
	if (config->active) {
		read_fail(config);
		read_deepbind(config);
	}
}

const struct config *config_get(void)
{
	int state = atomic_load_explicit(&config_state, memory_order_acquire);

	if (state == CONFIG_UNREAD && atomic_compare_exchange_strong_explicit(
					      &config_state, &state, CONFIG_BEING_READ,
					      memory_order_acquire, memory_order_acquire)) {
		const int saved_errno = errno;

		config_read(&config_of_process);
		errno = saved_errno;
		state = CONFIG_READ;
		atomic_store_explicit(&config_state, state, memory_order_release);
	}
	return state == CONFIG_READ ? &config_of_process : &config_of_nothing;
}

bool config_active(void)
{
	return config_get()->active;
}
