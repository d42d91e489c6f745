/*
 * Descriptor 2 becomes another file of the same file system: that file is not the log.
 */
#include "config.h"

#include "harness/running.h"

static void put_path(char path[200], const char *directory, const char *name)
{
	ck_assert_int_lt(snprintf(path, 200, "%s/%s", directory, name), 200);
}

BEHAVIOUR_TEST(replaced, ONCE)
{
	const char *const directory = new_directory();
	char log[200], data[200], argument[220];
	struct run run = {.spec = "50ms", .log = "stderr", .errors = log};

	put_path(log, directory, "log");
	put_path(data, directory, "data");
	(void)snprintf(argument, sizeof argument, "stderr-file=%s", data);
	RUN_VICTIM(&run, "recv", argument, "recv-udp");
	ck_said_timed_out(&run, "recv-udp", 50);
	ck_lines(contents(log), 1, ": recv\\(");
	ck_assert_str_eq(contents(data), "");
}

/* The same for the complaint about a log that cannot be written. */
BEHAVIOUR_TEST(complaint, ONCE)
{
	const char *const directory = new_directory();
	char log[200], data[200], argument[220];
	struct run run = {.spec = "50ms", .errors = log, .log = "/nowhere/log"};

	put_path(log, directory, "errors");
	put_path(data, directory, "data");
	RUN_VICTIM(&run, "recv", "recv", "recv-udp");
	ck_lines(contents(log), 1, "cannot write to /nowhere/log: ENOENT$");
	(void)snprintf(argument, sizeof argument, "stderr-file=%s", data);
	RUN_VICTIM(&run, argument, "recv");
	ck_assert_str_eq(contents(data), "");
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "standard error");
}
