/*
 * Checks settings as the library does, and sets them. Owns the list of the variables that were set.
 * Cold.
 */
#include "launcher/settings.h"

#include <assert.h>
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/attributes.h"
#include "launcher/library.h"
#include "launcher/status.h"
#include "policy/log_target.h"
#include "policy/seed.h"
#include "policy/spec.h"

/* The variables that were set, each once, in this order. */
static const char *names[16];
static size_t names_count;

void settings_set(const char *name, const char *value)
{
	size_t i = 0;

	if (setenv(name, value, 1) != 0)
		die(STATUS_REFUSED, "%s: %m", name);
	while (i < names_count && strcmp(names[i], name) != 0)
		i++;
	assert(i < COUNT_OF(names));
	names[i] = name;
	if (i == names_count)
		names_count++;
}

void settings_each(settings_visit *visit)
{
	for (size_t i = 0; i < names_count; i++)
		visit(names[i], getenv(names[i]));
}

/* The file can be written to or created; else errno is set. Creates nothing: the library creates the
 * file with the first record. */
static bool writable(const char *path)
{
	char directory[PATH_MAX];
	struct stat status;

	if (stat(path, &status) == 0) {
		errno = EISDIR;
		return !S_ISDIR(status.st_mode) && eaccess(path, W_OK) == 0;
	}
	if (errno != ENOENT)
		return false;
	strcpy(directory, path); /* fits: log_target_parse refuses longer paths */
	return eaccess(dirname(directory), W_OK | X_OK) == 0;
}

void settings_log(const char *where)
{
	enum log_target target;

	if (log_target_parse(where, &target) != 0)
		die(STATUS_REFUSED, "--log=%s: no such target, expected %s", where,
		    LOG_TARGET_EXPECTED);
	if (target == LOG_TO_FILE && !writable(where))
		die(STATUS_REFUSED, "--log=%s: %m", where);
	settings_set("SOCKTIMEOUT_LOG", where);
}

void settings_json(void)
{
	settings_set("SOCKTIMEOUT_LOG_FORMAT", "json");
}

void settings_log_level(const char *name)
{
	enum log_level level;

	if (log_level_parse(name, &level) != 0)
		die(STATUS_REFUSED, "--log-level=%s: no such level, expected %s", name,
		    LOG_LEVEL_EXPECTED);
	settings_set("SOCKTIMEOUT_LOG_LEVEL", name);
}

void settings_seed(const char *seed)
{
	uint64_t value;

	if (seed_parse(seed, &value) != 0)
		die(STATUS_REFUSED, "--seed=%s: expected %s", seed, SEED_EXPECTED);
	settings_set("SOCKTIMEOUT_SEED", seed);
}

void settings_dry_run(void)
{
	settings_set("SOCKTIMEOUT_DRY_RUN", "1");
}

void settings_parse(const char *source, const char *spec, struct timeouts *timeouts)
{
	struct spec_error error;
	struct text text;
	char buffer[256];

	if (spec_parse(spec, timeouts, &error) != 0) {
		text_begin(&text, buffer, sizeof(buffer));
		spec_put_error(&text, &error);
		die(STATUS_REFUSED, "%s:1:%s", source, buffer);
	}
}

void settings_spec(const char *spec)
{
	struct timeouts timeouts;

	settings_parse("SPEC", spec, &timeouts);
	settings_set("SOCKTIMEOUT", spec);
}

/* Files can be created in the directory; else errno is set. */
static bool takes_files(const char *path)
{
	struct stat status;

	if (stat(path, &status) != 0)
		return false;
	errno = ENOTDIR;
	return S_ISDIR(status.st_mode) && eaccess(path, W_OK | X_OK) == 0;
}

void settings_stats(const char *directory)
{
	char *const path = realpath(directory, NULL);

	if (path == NULL || !takes_files(path))
		die(STATUS_REFUSED, "--stats=%s: %m", directory);
	settings_set("SOCKTIMEOUT_STATS", path);
	free(path);
}

void settings_preload(void)
{
	char *library = library_find();
	char *name = library_preload_name(library);
	char *preload = library_prepend(name, library, getenv("LD_PRELOAD"));

	settings_set("LD_PRELOAD", preload);
	free(preload);
	free(name);
	free(library);
}
