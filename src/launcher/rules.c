/*
 * Gathers the rules as the library does, and builds a policy of them as a check. Owns the rules of the
 * options. Cold.
 */
#include "launcher/rules.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "launcher/allocate.h"
#include "launcher/settings.h"
#include "launcher/status.h"
#include "shim/config/sources.h"
#include "shim/config/trusted.h"

#define SYSTEM_FILE SYSCONFDIR "/socktimeout.conf"

static struct policy_source *sources; /* --rule */
static unsigned int count;
static const char *file; /* --config, absolute; "": none; NULL: not given */

static struct policy_source source_of(const char *name, const char *text)
{
	return (struct policy_source){name, text, strlen(text)};
}

static void append(struct policy_source source)
{
	sources = allocate_array(sources, count + 1, sizeof *sources);
	sources[count++] = source;
}

void rules_add(const char *rule)
{
	append(source_of("--rule", rule));
}

void rules_use_file(const char *given)
{
	char directory[PATH_MAX];

	if (strcmp(given, "off") == 0 || given[0] == '\0')
		file = "";
	else if (given[0] == '/')
		file = given;
	else if (getcwd(directory, sizeof directory) != NULL)
		file = allocate_text("%s/%s", directory, given);
	else
		die(STATUS_REFUSED, "--config=%s: %m", given);
}

/* Read the whole file. Fails where the file is larger than the library accepts. */
static bool try_read_all(int fd, const char *path, struct policy_source *source,
			 const char **why)
{
	char *text = NULL;
	ssize_t length = 1;

	*source = (struct policy_source){path, NULL, 0};
	*why = NULL;
	while (length > 0 && *why == NULL) {
		text = allocate_array(text, source->length + BUFSIZ, 1);
		length = read(fd, text + source->length, BUFSIZ);
		if (length < 0)
			*why = strerror(errno);
		else if ((source->length += (size_t)length) > SOURCES_FILE_MAXIMUM)
			*why = "larger than 16 MiB";
	}
	if (*why == NULL)
		source->text = text;
	else
		free(text);
	return *why == NULL;
}

static struct policy_source read_all(int fd, const char *path)
{
	struct policy_source source;
	const char *why;

	if (!try_read_all(fd, path, &source, &why))
		die(STATUS_REFUSED, "%s: %s", path, why);
	return source;
}

/* Read the policy file. The result has no name where no file is used. A bad file of the system is
 * reported and not used: the caller of the launcher cannot mend that file. */
static struct policy_source read_file(const char *path, bool system)
{
	struct policy_source source = {0};
	struct stat status;
	const char *why;
	int fd;

	if (path[0] == '\0')
		return source;
	fd = trusted_open(path, false, &status, &why);
	if (fd == -ENOENT)
		why = strerror(ENOENT);
	if (fd >= 0) {
		source = read_all(fd, path);
		close(fd);
	} else if (system && fd != -ENOENT) {
		fprintf(stderr, "socktimeout: %s: %s; not used\n", path, why);
	} else if (!system) {
		die(STATUS_REFUSED, "%s: %s", path, why);
	}
	return source;
}

/* Build a policy of the first sources. NULL, with *error: a rule is wrong. */
static const struct policy *build(unsigned int first, const struct policy_program *program,
				  struct policy_error *error)
{
	const size_t size = policy_size(sources, first);
	void *memory = allocate_array(NULL, 1, size); /* malloc(3): aligned for any type */
	const struct policy *policy;

	memset(memory, 0, size);
	if (policy_build(memory, sources, first, program, &policy, error) == 0)
		return policy;
	free(memory);
	return NULL;
}

/* The text of error. Valid until the next call. */
static const char *text_of(const struct policy_error *error)
{
	static char buffer[PATH_MAX + 1024];
	struct text text;

	text_begin(&text, buffer, sizeof buffer);
	policy_put_error(&text, error);
	return buffer;
}

/* Add the rules of the environment and of the file to the rules of the options, and build the policy. */
static const struct policy *gather(const struct policy_program *program, bool with_system)
{
	const char *inherited = getenv("SOCKTIMEOUT_RULES");
	const char *path = file != NULL ? file : getenv("SOCKTIMEOUT_CONFIG");
	const bool system = path == NULL;
	const struct policy *policy;
	struct policy_source content = {0};
	struct policy_error error;

	if (inherited != NULL)
		append(source_of("SOCKTIMEOUT_RULES", inherited));
	if (!system || with_system)
		content = read_file(system ? SYSTEM_FILE : path, system);
	if (content.name != NULL)
		append(content);
	policy = build(count, program, &error);
	if (policy == NULL && system && error.source == content.name) {
		fprintf(stderr, "socktimeout: %s; not used\n", text_of(&error));
		policy = build(count - 1, program, &error);
	}
	if (policy == NULL)
		die(STATUS_REFUSED, "%s", text_of(&error));
	return policy;
}

const struct policy *rules_build(const struct policy_program *program)
{
	return gather(program, true);
}

void rules_apply(void)
{
	const char *inherited = getenv("SOCKTIMEOUT_RULES");
	const unsigned int given = count;
	char *all = NULL;
	size_t length = 0;
	FILE *stream;

	/* The library reads the system's file, and reports mistakes in the file. */
	(void)gather(NULL, false);
	if (file != NULL)
		settings_set("SOCKTIMEOUT_CONFIG", file);
	if (given == 0)
		return;
	stream = open_memstream(&all, &length);
	if (stream == NULL)
		die(STATUS_REFUSED, "out of memory");
	for (unsigned int i = 0; i < given; i++)
		fprintf(stream, "%s%s", i == 0 ? "" : "\n", sources[i].text);
	if (inherited != NULL)
		fprintf(stream, "\n%s", inherited);
	if (fclose(stream) != 0)
		die(STATUS_REFUSED, "out of memory");
	settings_set("SOCKTIMEOUT_RULES", all);
	free(all);
}

const char *rules_file(void)
{
	static const char system[] = SYSTEM_FILE;
	const char *const path = getenv("SOCKTIMEOUT_CONFIG");

	if (path == NULL)
		return system;
	return path[0] == '\0' ? NULL : path;
}

bool rules_file_is_systems(const char *path)
{
	return strcmp(path, SYSTEM_FILE) == 0;
}

bool rules_read_file(const char *path, bool fatal, struct policy_source *source)
{
	const bool dies = fatal && !rules_file_is_systems(path);
	struct stat status;
	const char *why;
	const int fd = trusted_open(path, false, &status, &why);
	bool good = false;

	if (fd == -ENOENT) {
		if (dies)
			die(STATUS_REFUSED, "%s: %s", path, strerror(ENOENT));
		return false;
	}
	if (fd >= 0) {
		good = try_read_all(fd, path, source, &why);
		close(fd);
	}
	if (!good && dies)
		die(STATUS_REFUSED, "%s: %s", path, why);
	if (!good)
		fprintf(stderr, "socktimeout: %s: %s; not used\n", path, why);
	return good;
}
