/*
 * Runs test cases under rules; see ruled.h. Not part of what is installed.
 */
#include "config.h"

#include "harness/ruled.h"

#include <sys/wait.h>

#define CASE "SOCKTIMEOUT_TEST_CASE"

bool ruled(void)
{
	return getenv("SOCKTIMEOUT_RULES") != NULL;
}

const char *log_text(void)
{
	static char text[1 << 20];
	FILE *file = fopen(getenv("SOCKTIMEOUT_LOG"), "r");
	size_t length = 0;

	if (file != NULL) {
		length = fread(text, 1, sizeof text - 1, file);
		(void)fclose(file);
	}
	text[length] = '\0';
	return text;
}

static int lines_with(const char *what)
{
	int count = 0;

	for (const char *at = strstr(log_text(), what); at != NULL; at = strstr(at + 1, what))
		count++;
	return count;
}

int faults_logged(void)
{
	return lines_with(", count ");
}

int timeouts_logged(void)
{
	return lines_with(" timed out after ");
}

static int run_here(const char *name, const struct ruled *one)
{
	char title[200];
	Suite *suite;

	(void)snprintf(title, sizeof title, "%s (%s%s)", name, one->name,
		       ruled() ? "" : ", natively");
	suite = suite_create(title);
	add(suite, one->name, *one->test);
	return run_suite(suite, CK_FORK_GETENV, CK_NORMAL);
}

static void set(const char *name, const char *value)
{
	if (value != NULL)
		setenv(name, value, 1);
	else
		unsetenv(name);
}

static void become_case(char **argv, const struct ruled *one, bool native, const char *log)
{
	set(CASE, one->name);
	if (!native) {
		set("SOCKTIMEOUT_RULES", one->rules);
		set("SOCKTIMEOUT", one->spec);
		set("SOCKTIMEOUT_SEED", one->seed != NULL ? one->seed : "1");
		set("SOCKTIMEOUT_DRY_RUN", one->dry_run ? "1" : NULL);
		set("SOCKTIMEOUT_LOG", log);
		set("LD_PRELOAD", getenv("SOCKTIMEOUT_TEST_LIBRARY"));
	}
	execv("/proc/self/exe", argv);
	_exit(127);
}

static int run_case(char **argv, const struct ruled *one, bool native)
{
	char log[] = "/tmp/ruled-XXXXXX";
	const int fd = mkstemp(log);
	int status = -1;
	pid_t pid;

	if (fd >= 0)
		(void)close(fd);
	(void)fflush(NULL);
	pid = fork();
	if (pid == 0)
		become_case(argv, one, native, log);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		status = -1;
	(void)unlink(log);
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}

/* A case that is late runs once more. */
static bool passes(char **argv, const struct ruled *one, bool native)
{
	int status = run_case(argv, one, native);

	if (status == EXIT_LATE) {
		status = run_case(argv, one, native);
		(void)fprintf(stderr, "%s: late, and %s once more\n", one->name,
			      status == EXIT_SUCCESS ? "in time" : "failed");
	}
	return status == EXIT_SUCCESS;
}

int ruled_main(int argc, char **argv, const char *name, const struct ruled *cases, size_t count)
{
	const char *wanted = getenv(CASE);
	int result = EXIT_SUCCESS;

	(void)argc;
	if (wanted == NULL)
		forget_settings();
	setenv("SOCKTIMEOUT_CONFIG", "", 1);
	if (wanted == NULL && getenv("SOCKTIMEOUT_TEST_LIBRARY") == NULL)
		return EXIT_FAILURE;
	for (size_t i = 0; i < count; i++) {
		if (wanted != NULL && strcmp(wanted, cases[i].name) == 0)
			return run_here(name, &cases[i]);
		if (wanted == NULL && ((cases[i].native && !passes(argv, &cases[i], true)) ||
				       !passes(argv, &cases[i], false)))
			result = EXIT_FAILURE;
	}
	return wanted == NULL ? result : EXIT_FAILURE;
}
