/*
 * SOCKTIMEOUT_LOG_FORMAT, and what cannot be written: whole lines, said once, no harm. What the
 * fields are is tested against the schema (tests/behaviour/setting/log).
 */
#include "config.h"

#include "harness/running.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define PROCESSES 50

/* Many processes write to one file: each line of it is an object, and all are there. */
BEHAVIOUR_TEST(whole, ONCE)
{
	static struct run runs[PROCESSES];
	char path[200], pid[40];
	const char *line;
	int lines = 0;

	(void)snprintf(path, sizeof path, "%s/log", new_directory());
	for (int i = 0; i < PROCESSES; i++) {
		runs[i] = (struct run){
			.spec = "100ms,connect=60ms", .log = path, .format = "json"};
		start(&runs[i], (const char *const[]){"recv", "connect", NULL});
	}
	for (int i = 0; i < PROCESSES; i++) {
		finish(&runs[i]);
		ck_assert_int_eq(runs[i].status, 0);
		ck_assert_str_eq(runs[i].complained, "");
	}
	for (line = contents(path); *line != '\0'; line = strchr(line, '\n') + 1, lines++) {
		ck_assert_int_eq(strncmp(line, "{\"time\":\"2", 10), 0);
		ck_assert_ptr_nonnull(strchr(line, '\n'));
		ck_assert_int_eq(strncmp(strchr(line, '\n') - 1, "}\n", 2), 0);
		ck_assert_ptr_null(
			memmem(line + 1, (size_t)(strchr(line, '\n') - line - 1), "{", 1));
	}
	ck_assert_int_eq(lines, 2 * PROCESSES);
	for (int i = 0; i < PROCESSES; i++) {
		(void)snprintf(pid, sizeof pid, ",\"pid\":%d,", (int)runs[i].pid);
		line = strstr(contents(path), pid);
		ck_assert_ptr_nonnull(line);
		ck_assert_ptr_nonnull(strstr(line + 1, pid));
	}
}

/* To stderr, and to what only stderr can tell. */
BEHAVIOUR_TEST(standard_error, ONCE)
{
	struct run run = {.spec = "50ms", .log = "stderr", .format = "json"};

	RUN_VICTIM(&run, "recv");
	ck_lines(
		run.complained, 1,
		"^\\{\"time\":\"[^\"]+\",\"program\":\"victim\",\"pid\":[0-9]+,"
		"\"event\":\"timeout\",\"tid\":[0-9]+,\"call\":\"recv\",\"operation\":\"recv\","
		"\"elapsed\":0\\.[0-9]{6},\"timeout\":0\\.050000,.*\\}$");
	run.format = "text";
	RUN_VICTIM(&run, "recv");
	ck_lines(run.complained, 1, "^socktimeout: victim\\[");
}

/* A line of a bad setting, and the log as if it were not set. */
BEHAVIOUR_TEST(bad, ONCE)
{
	struct run run = {.spec = "50ms", .log = "stderr", .format = "xml"};

	RUN_VICTIM(&run, "recv");
	ck_said_timed_out(&run, "recv", 50);
	ck_lines(run.complained, 2,
		 "^socktimeout: SOCKTIMEOUT_LOG_FORMAT:1:1: expected text or json; not used$");
	ck_assert_ptr_nonnull(strstr(run.complained, "\nsocktimeout: victim["));
	run.format = NULL;
	run.level = "calls";
	RUN_VICTIM(&run, "recv");
	ck_said_timed_out(&run, "recv", 50);
	ck_lines(
		run.complained, 2,
		"^socktimeout: SOCKTIMEOUT_LOG_LEVEL:1:1: expected timeout or call; not used$");
}

/* Said once, whatever is lost; and never where descriptor 2 has become another file. */
BEHAVIOUR_TEST(lost, ONCE)
{
	char missing[200], recycled[250];
	const struct {
		const char *log, *said;
	} logs[] = {
		{missing, "no/log: ENOENT"},
		{"/dev/full", "/dev/full: ENOSPC"},
		{"/proc/version", "/proc/version: (EACCES|EIO)"},
		{"/", "/: EISDIR"},
	};
	const char *const directory = new_directory();
	char expected[200];

	(void)snprintf(missing, sizeof missing, "%s/no/log", directory);
	(void)snprintf(recycled, sizeof recycled, "stderr-file=%s/data", directory);
	for (size_t i = 0; i < sizeof logs / sizeof *logs; i++) {
		struct run run = {.spec = "50ms", .log = logs[i].log};

		(void)snprintf(expected, sizeof expected,
			       "^socktimeout: SOCKTIMEOUT_LOG: cannot write to [^ ]*%s$",
			       logs[i].said);
		RUN_VICTIM(&run, "recv", "recv-udp", "recv");
		ck_said_timed_out(&run, "recv", 50);
		ck_said_timed_out(&run, "recv-udp", 50);
		ck_lines(run.complained, 1, expected);
		RUN_VICTIM(&run, recycled, "recv");
		ck_said_timed_out(&run, "recv", 50);
		ck_assert_str_eq(run.complained, "");
		ck_assert_str_eq(contents(strchr(recycled, '/')), "");
		RUN_VICTIM(&run, "close=2", "recv");
		ck_said_timed_out(&run, "recv", 50);
		ck_assert_str_eq(run.complained, "");
	}
}

/* What could not be written for a while is written again. */
BEHAVIOUR_TEST(there_again, ONCE)
{
	const char *const directory = new_directory();
	char place[200], path[220];
	struct run run = {.spec = "50ms", .log = path};

	(void)snprintf(place, sizeof place, "%s/place", directory);
	(void)snprintf(path, sizeof path, "%s/log", place);
	start(&run, (const char *const[]){"recv", "stop", "recv", NULL});
	ck_assert_int_eq(waitpid(run.pid, &run.status, WUNTRACED), run.pid);
	ck_assert_int_eq(mkdir(place, 0700), 0);
	ck_assert_int_eq(kill(run.pid, SIGCONT), 0);
	finish(&run);
	ck_lines(run.complained, 1, "log: ENOENT$");
	ck_lines(contents(path), 1, "^socktimeout: victim\\[");
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "forms of the log");
}
