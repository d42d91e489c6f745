/*
 * See running.h.
 */
#include "config.h"

#include "harness/running.h"

#include <fcntl.h>
#include <limits.h>
#include <regex.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>

const char *test_directory(void)
{
	static char directory[PATH_MAX];
	const ssize_t length = readlink("/proc/self/exe", directory, sizeof directory - 1);

	ck_assert_int_gt(length, 0);
	directory[length] = '\0';
	*strrchr(directory, '/') = '\0'; /* the program's name */
	*strrchr(directory, '/') = '\0'; /* the name of its folder */
	return directory;
}

static void set(const char *name, const char *value)
{
	if (value != NULL)
		(void)setenv(name, value, 1);
	else
		(void)unsetenv(name);
}

static void become_victim(const struct run *run, const char *const arguments[])
{
	const char *argv[32];
	char path[PATH_MAX];
	int count = 1;

	if (run->program != NULL)
		(void)snprintf(path, sizeof path, "%s", run->program);
	else
		(void)snprintf(path, sizeof path, "%s/harness/victim", test_directory());
	argv[0] = run->name != NULL ? run->name : path;
	for (; arguments[count - 1] != NULL; count++)
		argv[count] = arguments[count - 1];
	argv[count] = NULL;
	set("SOCKTIMEOUT", run->spec);
	set("SOCKTIMEOUT_LOG", run->log);
	set("SOCKTIMEOUT_LOG_FORMAT", run->format);
	set("SOCKTIMEOUT_LOG_LEVEL", run->level);
	set("SOCKTIMEOUT_RULES", run->rules);
	set("SOCKTIMEOUT_CONFIG", run->system_file      ? NULL
				  : run->config != NULL ? run->config
							: "");
	set("LD_PRELOAD", run->native ? NULL : getenv("SOCKTIMEOUT_TEST_LIBRARY"));
	if (run->user != 0 && (setgid((gid_t)run->user) != 0 || setuid(run->user) != 0))
		_exit(126);
	(void)execv(path, (char *const *)(uintptr_t)argv);
	_exit(127);
}

void start(struct run *run, const char *const arguments[])
{
	int in[2], out[2], err[2];

	ck_assert_int_eq(pipe2(in, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(err, O_CLOEXEC), 0);
	run->err = err[0];
	if (run->unread) {
		ck_assert_int_eq(close(err[0]), 0);
		run->err = -1;
	}
	run->pid = fork();
	if (run->pid == 0) {
		(void)dup2(in[0], STDIN_FILENO);
		(void)dup2(out[1], STDOUT_FILENO);
		(void)dup2(run->errors != NULL
				   ? open(run->errors, O_WRONLY | O_APPEND | O_CREAT, 0600)
				   : err[1],
			   STDERR_FILENO);
		become_victim(run, arguments);
	}
	ck_assert_int_gt(run->pid, 0);
	ck_assert_int_eq(close(in[0]), 0);
	ck_assert_int_eq(close(out[1]), 0);
	ck_assert_int_eq(close(err[1]), 0);
	run->in = in[1];
	run->out = out[0];
	run->length = 0;
}

void wait_until_ready(struct run *run)
{
	static const char line[] = "ready\n";
	char *const begin = run->said + run->length;

	do {
		const ssize_t n = read(run->out, run->said + run->length,
				       sizeof run->said - 1 - run->length);

		ck_assert_msg(n > 0, "it ended, and said: %s", run->said);
		run->length += (size_t)n;
		run->said[run->length] = '\0';
	} while (strstr(begin, line) == NULL);
}

void go_on(struct run *run)
{
	ck_assert_int_eq(write(run->in, "\n", 1), 1);
}

static void read_all(int fd, char *text, size_t size)
{
	size_t length = 0;
	ssize_t n;

	while ((n = read(fd, text + length, size - 1 - length)) > 0)
		length += (size_t)n;
	text[length] = '\0';
	ck_assert_int_eq(close(fd), 0);
}

void finish(struct run *run)
{
	read_all(run->out, run->said + run->length, sizeof run->said - run->length);
	if (run->err >= 0)
		read_all(run->err, run->complained, sizeof run->complained);
	ck_assert_int_eq(waitpid(run->pid, &run->status, 0), run->pid);
	ck_assert_int_eq(close(run->in), 0);
}

void stop(struct run *run)
{
	ck_assert_int_eq(kill(run->pid, SIGKILL), 0);
	finish(run);
}

void run_victim(struct run *run, const char *const arguments[])
{
	start(run, arguments);
	finish(run);
	ck_assert_msg(run->status == 0, "status %x; it said: %s%s", (unsigned)run->status,
		      run->said, run->complained);
}

void ck_said_timed_out(const struct run *run, const char *operation, int ms)
{
	const size_t length = strlen(operation);
	const char *line = run->said;
	int took;

	while (line != NULL && (strncmp(line, operation, length) != 0 || line[length] != ' ')) {
		line = strchr(line, '\n');
		line = line == NULL ? NULL : line + 1;
	}
	ck_assert_msg(line != NULL && sscanf(line + length, " -1 ETIMEDOUT %d", &took) == 1,
		      "SOCKTIMEOUT=%s: %s: it said: %s%s", run->spec, operation, run->said,
		      run->complained);
	ck_assert_int_ge(took, ms);
	ck_took_in_time(took, ms);
}

void ck_lines(const char *text, int count, const char *expression)
{
	regex_t compiled;
	int lines = 0;

	for (const char *c = text; *c != '\0'; c++)
		lines += *c == '\n';
	ck_assert_msg(lines == count, "%d lines, not %d: %s", lines, count, text);
	ck_assert(count == 0 || text[strlen(text) - 1] == '\n');
	if (expression == NULL)
		return;
	ck_assert_int_eq(regcomp(&compiled, expression, REG_EXTENDED | REG_NOSUB | REG_NEWLINE),
			 0);
	ck_assert_msg(regexec(&compiled, text, 0, NULL, 0) == 0, "`%s' is not `%s'", text,
		      expression);
	regfree(&compiled);
}

const char *contents(const char *path)
{
	static char text[65536];
	const int fd = open(path, O_RDONLY);

	text[0] = '\0';
	if (fd >= 0)
		read_all(fd, text, sizeof text);
	return text;
}

static char directory[] = "/tmp/socktimeout-test-XXXXXX";
static pid_t directory_owner;

static void remove_directory(void)
{
	char command[100];

	if (getpid() == directory_owner) {
		(void)snprintf(command, sizeof command, "rm -rf '%s'", directory);
		if (system(command) != 0)
			(void)fputs("the directory of the test is left\n", stderr);
	}
}

const char *new_directory(void)
{
	ck_assert_ptr_nonnull(mkdtemp(directory));
	directory_owner = getpid();
	ck_assert_int_eq(atexit(remove_directory), 0);
	return directory;
}

bool enter_mounts(void)
{
	return unshare(CLONE_NEWNS) == 0 &&
	       mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

bool mounts_possible(void)
{
	int status = 1;
	const pid_t child = fork();

	if (child == 0)
		_exit(geteuid() == 0 && enter_mounts() &&
				      mount("none", "/tmp", "tmpfs", 0, NULL) == 0
			      ? 0
			      : 1);
	return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}
