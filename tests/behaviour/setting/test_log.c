/*
 * SOCKTIMEOUT_LOG: nothing where nothing is asked for, else a whole line for each timeout, and
 * never a line in what is not the log.
 */
#include "config.h"

#include "harness/running.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* The line about what was done on descriptor 200 or less, by the victim of that process. */
static void ck_logged(const char *text, const struct run *run, const char *what)
{
	char expression[400];

	(void)snprintf(expression, sizeof expression,
		       "^socktimeout: victim\\[%d\\]: %s timed out after [0-9]+\\.[0-9]{3} s$",
		       (int)run->pid, what);
	ck_lines(text, 1, expression);
}

static const char *in_directory(const char *directory, const char *name)
{
	static char path[200];

	(void)snprintf(path, sizeof path, "%s/%s", directory, name);
	return path;
}

BEHAVIOUR_TEST(off, ONCE)
{
	static const char *const logs[] = {NULL, "", "off"};

	for (size_t i = 0; i < sizeof logs / sizeof *logs; i++) {
		struct run run = {.spec = "50ms", .log = logs[i]};

		RUN_VICTIM(&run, "recv", "connect");
		ck_said_timed_out(&run, "connect", 50);
		ck_assert_str_eq(run.complained, "");
	}
}

/* To stderr and to a file the lines are the same. */
static void ck_form(struct run *run, const char *argument, const char *what)
{
	const char *const directory = new_directory();
	const char *const path = in_directory(directory, "log");

	run->spec = "50ms";
	run->log = "stderr";
	RUN_VICTIM(run, argument);
	ck_logged(run->complained, run, what);
	run->log = path;
	RUN_VICTIM(run, argument);
	ck_assert_str_eq(run->complained, "");
	ck_logged(contents(path), run, what);
}

static const struct {
	const char *argument;
	const char *what;
} forms[] = {
	{"recv",
	 "recv\\([0-9]+, AF_INET, SOCK_STREAM, IPPROTO_TCP, 127\\.0\\.0\\.1:[1-9][0-9]*\\)"},
	{"recv6",
	 "recv\\([0-9]+, AF_INET6, SOCK_STREAM, IPPROTO_TCP, \\[::1\\]:[1-9][0-9]*\\)"},
	{"recv-udp", "recv\\([0-9]+, AF_INET, SOCK_DGRAM, IPPROTO_UDP, 127\\.0\\.0\\.1:9\\)"},
	{"recv-unix=@the name",
	 "recv\\([0-9]+, AF_UNIX, SOCK_STREAM, [A-Z0-9_]+, @the name\\)"},
	{"recv-unix=@od\td\"\\\x7f",
	 "recv\\([0-9]+, AF_UNIX, SOCK_STREAM, [A-Z0-9_]+, @od\\\\td\\\\\"\\\\\\\\\\\\x7f\\)"},
	{"accept",
	 "accept\\([0-9]+, AF_INET, SOCK_STREAM, IPPROTO_TCP, 127\\.0\\.0\\.1:[1-9][0-9]*\\)"},
	{"connect", "connect\\([0-9]+, AF_UNIX, SOCK_STREAM, [A-Z0-9_]+, @[0-9a-f]{5}\\)"},
};

BEHAVIOUR_LOOP(form, ONCE, COUNT(forms))
{
	struct run run = {.pid = 0};

	ck_form(&run, forms[_i].argument, forms[_i].what);
}

BEHAVIOUR_TEST(form_of_path, ONCE)
{
	struct run run = {.spec = "50ms", .log = "stderr"};
	char argument[200], what[300];
	const char *const directory = new_directory();

	(void)snprintf(argument, sizeof argument, "recv-unix=%s/socket", directory);
	(void)snprintf(what, sizeof what,
		       "recv\\([0-9]+, AF_UNIX, SOCK_STREAM, [A-Z0-9_]+, %s/socket\\)",
		       directory);
	RUN_VICTIM(&run, argument);
	ck_logged(run.complained, &run, what);
}

/* A send that was cut short tells how much had gone: what it gives to the program. */
BEHAVIOUR_TEST(form_of_count, ONCE)
{
	struct run run = {.spec = "50ms", .log = "stderr"};
	char expression[200];
	long count;

	RUN_VICTIM(&run, "send");
	ck_assert_int_eq(sscanf(run.said, "send %ld 0", &count), 1);
	(void)snprintf(expression, sizeof expression,
		       "^socktimeout: victim\\[%d\\]: send\\(.*\\) timed out after "
		       "[0-9]+\\.[0-9]{3} s, %ld done$",
		       (int)run.pid, count);
	ck_lines(run.complained, 1, expression);
}

/* A program may be started under any name; without a name it is the file that was executed. */
BEHAVIOUR_TEST(name, ONCE)
{
	static const struct {
		const char *name;
		const char *shown;
	} names[] = {
		{"/usr/bin/a b", "a b"},
		{"new\nline", "new\\\\nline"},
		{"\x1b[31mred\x80\"\\", "\\\\x1b\\[31mred\\\\x80\\\\\"\\\\\\\\"},
		{"", "victim"},
		{"x/", "victim"},
	};
	static char long_name[5001];
	struct run run = {.spec = "50ms", .log = "stderr"};
	char expression[200];

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		run.name = names[i].name;
		RUN_VICTIM(&run, "recv");
		(void)snprintf(expression, sizeof expression,
			       "^socktimeout: %s\\[%d\\]: recv\\(.* s$", names[i].shown,
			       (int)run.pid);
		ck_lines(run.complained, 1, expression);
	}
	memset(long_name, 1, sizeof long_name - 1);
	run.name = long_name;
	RUN_VICTIM(&run, "recv");
	ck_lines(run.complained, 1, "^socktimeout: (\\\\x01)+\\[[0-9]+\\]: recv\\(");
}

#define PROCESSES 50

/* Many processes write to one file: its lines are whole, and all there. */
BEHAVIOUR_TEST(whole, ONCE)
{
	static struct run runs[PROCESSES];
	const char *const path = in_directory(new_directory(), "log");
	const char *text;
	char expected[100];

	for (int i = 0; i < PROCESSES; i++) {
		runs[i] = (struct run){.spec = "100ms,connect=60ms", .log = path};
		start(&runs[i], (const char *const[]){"recv", "recv-udp", "connect", NULL});
	}
	for (int i = 0; i < PROCESSES; i++) {
		finish(&runs[i]);
		ck_assert_int_eq(runs[i].status, 0);
		ck_assert_str_eq(runs[i].complained, "");
	}
	text = contents(path);
	ck_lines(text, 3 * PROCESSES, NULL);
	for (int i = 0; i < PROCESSES; i++) {
		const char *line = text;

		(void)snprintf(expected, sizeof expected,
			       "\nsocktimeout: victim[%d]: ", (int)runs[i].pid);
		for (int j = 0; j < 3; j++) {
			/* The first line of all has no newline before it. */
			line = strncmp(line, expected + 1, strlen(expected + 1)) == 0 &&
					       line == text
				       ? line + 1
				       : strstr(line, expected);
			ck_assert_ptr_nonnull(line);
			line = strchr(line + 1, '\n');
		}
	}
}

/* A log that is moved away is made anew. */
BEHAVIOUR_TEST(rotated, ONCE)
{
	const char *const directory = new_directory();
	char path[200], old[200];
	struct run run = {.spec = "50ms", .log = path};

	(void)snprintf(path, sizeof path, "%s/log", directory);
	(void)snprintf(old, sizeof old, "%s/old", directory);
	start(&run, (const char *const[]){"recv", "stop", "recv-udp", NULL});
	ck_assert_int_eq(waitpid(run.pid, &run.status, WUNTRACED), run.pid);
	ck_assert_int_eq(rename(path, old), 0);
	ck_assert_int_eq(kill(run.pid, SIGCONT), 0);
	finish(&run);
	ck_assert_int_eq(run.status, 0);
	ck_lines(contents(old), 1, "SOCK_STREAM");
	ck_lines(contents(path), 1, "SOCK_DGRAM");
}

/* Nothing of ours is open, before the first line and after it. */
BEHAVIOUR_TEST(nothing_held, ONCE)
{
	static const char *const logs[] = {"off", "stderr", "syslog", "/dev/null"};
	struct run run = {.spec = "50ms"};
	int before, after, natively;

	run.native = true;
	RUN_VICTIM(&run, "descriptors");
	ck_assert_int_eq(sscanf(run.said, "descriptors %d", &natively), 1);
	run.native = false;
	for (size_t i = 0; i < sizeof logs / sizeof *logs; i++) {
		run.log = logs[i];
		RUN_VICTIM(&run, "descriptors", "recv", "recv", "descriptors");
		ck_assert_int_eq(sscanf(run.said,
					"descriptors %d recv %*s %*s %*s recv %*s %*s %*s "
					"descriptors %d",
					&before, &after),
				 2);
		ck_assert_int_eq(before, natively);
		ck_assert_int_eq(after, natively);
	}
}

/* Descriptor 2 has been closed, and comes back as a file of the program's or as a socket. */
BEHAVIOUR_TEST(recycled, ONCE)
{
	const char *const path = in_directory(new_directory(), "data");
	struct run run = {.spec = "50ms", .log = "stderr"};
	char argument[250];

	(void)snprintf(argument, sizeof argument, "stderr-file=%s", path);
	RUN_VICTIM(&run, "recv", argument, "recv", "recv-udp");
	ck_lines(run.complained, 1, ": recv\\(");
	ck_assert_str_eq(contents(path), "");
	RUN_VICTIM(&run, "close=2", "recv", argument, "recv");
	ck_assert_str_eq(run.complained, "");
	ck_assert_str_eq(contents(path), "");
	RUN_VICTIM(&run, "stderr-socket", "recv");
	ck_assert_str_eq(run.complained, "");
	/* A file from the start is the log. */
	run.errors = path;
	RUN_VICTIM(&run, "recv");
	ck_logged(contents(path), &run, "recv\\(.*\\)");
}

/* As inetd starts a service: the client's socket is on 0, 1 and 2. */
BEHAVIOUR_TEST(inetd, ONCE)
{
	static const char *const specs[] = {"50ms", "nonsense"};

	for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
		char victim[400], text[100];
		int pair[2], status;
		pid_t service;
		ssize_t n;

		stream_pair(AF_INET, pair);
		(void)snprintf(victim, sizeof victim, "%s/harness/victim", test_directory());
		service = fork();
		if (service == 0) {
			for (int fd = 0; fd < 3; fd++)
				(void)dup2(pair[1], fd);
			(void)close(pair[0]);
			setenv("SOCKTIMEOUT", specs[i], 1);
			setenv("SOCKTIMEOUT_LOG", "stderr", 1);
			setenv("LD_PRELOAD", getenv("SOCKTIMEOUT_TEST_LIBRARY"), 1);
			execl(victim, victim, i == 0 ? "recv" : "descriptors", (char *)NULL);
			_exit(127);
		}
		ck_assert_int_eq(close(pair[1]), 0);
		n = recv(pair[0], text, sizeof text - 1, MSG_WAITALL);
		ck_assert_int_gt(n, 0);
		text[n] = '\0';
		ck_lines(text, 1, i == 0 ? "^recv -1 ETIMEDOUT" : "^descriptors ");
		ck_assert_int_eq(waitpid(service, &status, 0), service);
		ck_assert_int_eq(status, 0);
	}
}

/* A FIFO that nobody reads does not hold the program up; one that is full does not either. */
BEHAVIOUR_TEST(fifo, ONCE)
{
	const char *const path = in_directory(new_directory(), "fifo");
	struct run run = {.spec = "50ms", .log = path};
	char text[512];
	int reader;
	ssize_t n;

	ck_assert_int_eq(mkfifo(path, 0600), 0);
	RUN_VICTIM(&run, "recv");
	ck_said_timed_out(&run, "recv", 50);
	reader = open(path, O_RDWR | O_NONBLOCK);
	ck_assert_int_ge(reader, 0);
	RUN_VICTIM(&run, "recv");
	n = read(reader, text, sizeof text - 1);
	ck_assert_int_gt(n, 0);
	text[n] = '\0';
	ck_logged(text, &run, "recv\\(.*\\)");
	while (write(reader, text, sizeof text) > 0)
		;
	RUN_VICTIM(&run, "recv");
	ck_said_timed_out(&run, "recv", 50);
}

/* A standard error that is full and not read does not either, nor does a file at its limit. */
BEHAVIOUR_TEST(full, ONCE)
{
	const char *const directory = new_directory();
	const char *const fifo_path = in_directory(directory, "fifo");
	struct run run = {.spec = "50ms", .log = "stderr", .errors = fifo_path};
	char block[512] = "";
	int reader;

	ck_assert_int_eq(mkfifo(fifo_path, 0600), 0);
	reader = open(fifo_path, O_RDWR | O_NONBLOCK);
	while (write(reader, block, sizeof block) > 0)
		;
	RUN_VICTIM(&run, "recv");
	ck_said_timed_out(&run, "recv", 50);
	run.errors = NULL;
	run.log = in_directory(directory, "log");
	RUN_VICTIM(&run, "RLIMIT_FSIZE=0", "recv");
	ck_said_timed_out(&run, "recv", 50);
	ck_assert_str_eq(contents(run.log), "");
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "logs");
}
