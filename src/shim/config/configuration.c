/*
 * Owns the settings, and reads them from the environment. Cold: once a process.
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
#include "shim/config/configuration.h"
#include "shim/config/standard_error.h"
#include "shim/system/kernel.h"

#define SYSTEM_FILE SYSCONFDIR "/socktimeout.conf"

static const struct config config_inactive = {.timeouts = TIMEOUTS_INITIAL};
static struct config config_of_process;
static _Atomic(const struct config *) config_current = &config_inactive;

/* Copies: the program may change its environment. */
enum { PATH_FILE, PATH_LOG, PATH_FAIL, PATH_SUMMARY, PATH_STATS, PATH_COUNT };
LARGE char config_paths[PATH_COUNT][PATH_MAX];

/* The path is shorter than PATH_MAX. */
static const char *copy_path(int which, const char *path)
{
	return memcpy(config_paths[which], path, strlen(path) + 1);
}

static bool is_absolute(const char *path)
{
	return path[0] == '/' && strlen(path) < PATH_MAX;
}

/* The value in "NAME=VALUE", or NULL where entry has another name. */
static const char *value_of(const char *entry, const char *name)
{
	while (*name != '\0' && *entry == *name) {
		entry++;
		name++;
	}
	return *name == '\0' && *entry == '=' ? entry + 1 : NULL;
}

/* The value of name, or NULL. getenv(3) is not async-signal-safe. */
static const char *environment_get(const char *name)
{
	const char *value = NULL;

	if (environ != NULL)
		for (char **entry = environ; *entry != NULL && value == NULL; entry++)
			value = value_of(*entry, name);
	return value;
}

/* The line about a bad value, at column 1. */
static void refuse(const char *name, const char *expected)
{
	char buffer[200];
	struct text line;

	text_begin(&line, buffer, sizeof buffer);
	text_put_string(&line, name);
	text_put_string(&line, ":1:1: expected ");
	text_put_string(&line, expected);
	text_put_string(&line, "; not used");
	(void)standard_error_start();
	standard_error_complain(buffer);
}

/*
 * One function for each setting: put value, which is not empty, into config. False: the value is not
 * one of those expected.
 */

static bool read_timeouts(struct config *config, const char *value)
{
	struct spec_error error;
	char buffer[400];
	struct text line;

	if (spec_parse(value, &config->timeouts, &error) == 0)
		return true;
	text_begin(&line, buffer, sizeof buffer);
	text_put_string(&line, "SOCKTIMEOUT:1:");
	spec_put_error(&line, &error);
	text_put_string(&line, "; not used");
	(void)standard_error_start();
	standard_error_complain(buffer);
	return true;
}

static bool read_rules(struct config *config, const char *value)
{
	const size_t length = strlen(value);
	char *const copy = kernel_allocate(length + 1);

	if (copy != NULL) {
		config->sources.rules = memcpy(copy, value, length + 1);
		config->sources.rules_length = length;
	}
	return true;
}

static bool read_log(struct config *config, const char *value)
{
	if (log_target_parse(value, &config->log) != 0)
		return false;
	if (config->log == LOG_TO_FILE)
		config->log_path = copy_path(PATH_LOG, value);
	return true;
}

static bool read_log_format(struct config *config, const char *value)
{
	return log_format_parse(value, &config->log_format) == 0;
}

static bool read_log_level(struct config *config, const char *value)
{
	enum log_level level = LOG_TIMEOUTS;
	const bool good = log_level_parse(value, &level) == 0;

	config->log_calls = level == LOG_CALLS;
	return good;
}

static bool read_seed(struct config *config, const char *value)
{
	config->has_seed = seed_parse(value, &config->seed) == 0;
	return config->has_seed;
}

/* A bad value means 1: a user who asked for no faults gets none. */
static bool read_dry_run(struct config *config, const char *value)
{
	config->dry_run = strcmp(value, "0") != 0;
	return !config->dry_run || strcmp(value, "1") == 0;
}

static bool read_stats(struct config *config, const char *value)
{
	if (!stats_directory_is_good(value))
		return false;
	config->stats = copy_path(PATH_STATS, value);
	return true;
}

/* The launcher sets this one: a bad value is ignored. */
static bool read_fail(struct config *config, const char *value)
{
	if (is_absolute(value))
		config->fail_path = copy_path(PATH_FAIL, value);
	return true;
}

static bool read_summary(struct config *config, const char *value)
{
	if (is_absolute(value))
		config->summary_path = copy_path(PATH_SUMMARY, value);
	return true;
}

static bool read_deepbind(struct config *config, const char *value)
{
	config->keeps_deepbind = strcmp(value, "keep") == 0;
	return config->keeps_deepbind;
}

/* read_file reads SOCKTIMEOUT_CONFIG, whose empty value means "no file". */
static const struct {
	const char *name;
	bool (*read)(struct config *config, const char *value);
	const char *expected;
} settings[] = {
	{"SOCKTIMEOUT", read_timeouts, NULL},
	{"SOCKTIMEOUT_RULES", read_rules, NULL},
	{"SOCKTIMEOUT_LOG", read_log, LOG_TARGET_EXPECTED},
	{"SOCKTIMEOUT_LOG_FORMAT", read_log_format, LOG_FORMAT_EXPECTED},
	{"SOCKTIMEOUT_LOG_LEVEL", read_log_level, LOG_LEVEL_EXPECTED},
	{"SOCKTIMEOUT_SEED", read_seed, SEED_EXPECTED},
	{"SOCKTIMEOUT_DRY_RUN", read_dry_run, "0 or 1"},
	{"SOCKTIMEOUT_STATS", read_stats, STATS_DIRECTORY_EXPECTED},
	{"SOCKTIMEOUT_FAIL", read_fail, NULL},
	{"SOCKTIMEOUT_SUMMARY", read_summary, NULL},
	{"SOCKTIMEOUT_DEEPBIND", read_deepbind, "keep"},
};

static void read_settings(struct config *config)
{
	for (size_t i = 0; i < COUNT_OF(settings); i++) {
		const char *const value = environment_get(settings[i].name);

		if (value != NULL && value[0] != '\0' && !settings[i].read(config, value))
			refuse(settings[i].name, settings[i].expected);
	}
}

static bool has_timeout(const struct timeouts *timeouts)
{
	for (enum operation operation = 0; operation < OPERATION_COUNT; operation++)
		if (timeouts->of[operation] > DURATION_NONE)
			return true;
	return false;
}

/* The policy file: of SOCKTIMEOUT_CONFIG, or the system's. The system's is watched only where it
 * exists, or where other settings make the library active: otherwise the library is absent. */
static void read_file(struct config *config)
{
	struct sources *const sources = &config->sources;
	const char *const path =
		sources->privileged ? NULL : environment_get("SOCKTIMEOUT_CONFIG");
	uint64_t fingerprint;

	sources->file = "";
	if (path != NULL && path[0] != '\0' && !is_absolute(path)) {
		refuse("SOCKTIMEOUT_CONFIG", "an absolute path");
	} else if (path != NULL) {
		sources->file = copy_path(PATH_FILE, path);
	} else {
		sources->file = SYSTEM_FILE;
		if (has_timeout(&config->timeouts) || sources->rules != NULL)
			return;
		fingerprint = sources_fingerprint(sources);
		if (fingerprint == SOURCES_NO_FILE || fingerprint == SOURCES_UNKNOWN)
			sources->file = "";
	}
}

/* The last component of path. */
static const char *last_component(const char *path)
{
	const char *last = path;

	for (const char *at = path; *at != '\0'; at++)
		if (*at == '/')
			last = at + 1;
	return last;
}

/* glibc takes this name from argv[0]. An empty name is replaced by that of the file that was executed. */
static void read_program(struct config *config)
{
	const char *const file = (const char *)getauxval(AT_EXECFN);
	const char *name = program_invocation_short_name;

	if ((name == NULL || name[0] == '\0') && file != NULL)
		name = last_component(file);
	if (name == NULL || name[0] == '\0')
		name = "?";
	memcpy(config->program, name, strnlen(name, sizeof config->program - 1));
}

struct config *config_read(void)
{
	struct config *const config = &config_of_process;

	config->timeouts = config_inactive.timeouts;
	config->sources.privileged = getauxval(AT_SECURE) != 0;
	read_program(config);
	if (!config->sources.privileged)
		read_settings(config);
	read_file(config);
	/* Later lines may be about a log that cannot be written, or about the policy file. */
	if ((sources_any(&config->sources) || config->log != LOG_TO_NOTHING) &&
	    !standard_error_start() && config->log == LOG_TO_STDERR)
		config->log = LOG_TO_NOTHING;
	config->log_calls = config->log_calls && config->log != LOG_TO_NOTHING;
	return config;
}

void config_publish(void)
{
	struct config *const config = &config_of_process;

	config->active = has_timeout(&config->timeouts) || sources_any(&config->sources) ||
			 config->log_calls;
	atomic_store_explicit(&config_current, &config_of_process, memory_order_release);
}

const struct config *config_get(void)
{
	return atomic_load_explicit(&config_current, memory_order_acquire);
}

bool config_active(void)
{
	return config_get()->active;
}
