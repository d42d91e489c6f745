/*
 * SOCKTIMEOUT as it is written, rightly and wrongly, and processes in strange states: the program
 * runs on in each of them.
 */
#include "config.h"

#include "harness/running.h"

#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* It waits as it would without the library. */
static void ck_waits_natively(struct run *run)
{
	wait_until_blocked(run->pid, SYS_recvfrom);
	stop(run);
	ck_assert_str_eq(run->said, "");
}

static const char *const hundred_ms[] = {
	"100ms",
	"0.1",
	"0.1s",
	"100000us",
	".1s",
	"5m,recv=100ms",
	"off,recv=100ms",
	"0,recv=.1",
	"1h,recv=100ms",
	"1d,recv=100ms",
	"infinity,recv=0.1s",
	"100ms,connect=2s",
	"100ms,accept=off",
	"recv=1h,100ms",
	"recv=1h,recv=100ms",
	"00000.100000000000000s",
};

BEHAVIOUR_LOOP(bounds, ONCE, COUNT(hundred_ms))
{
	struct run run = {.spec = hundred_ms[_i]};

	RUN_VICTIM(&run, "recv");
	ck_said_timed_out(&run, "recv", 100);
	ck_assert_str_eq(run.complained, "");
}

/* "": not looked at. */
static const char *const nothing[] = {NULL,
				      "",
				      "off",
				      "0",
				      "0ms",
				      "infinity",
				      "100ms,off",
				      "100ms,recv=off",
				      "connect=100ms",
				      "recv=100ms,recv=0",
				      "accept=1s,send=5"};

BEHAVIOUR_LOOP(bounds_nothing, ONCE, COUNT(nothing))
{
	struct run run = {.spec = nothing[_i]};

	start(&run, (const char *const[]){"recv", NULL});
	ck_waits_natively(&run);
	ck_assert_str_eq(run.complained, "");
}

static const char *const distant[] = {"300",    "5m", "1h", "7d", "1000000us,recv=100000h",
				      "106751d"};

BEHAVIOUR_LOOP(bounds_later, ONCE, COUNT(distant))
{
	struct run run = {.spec = distant[_i]};

	start(&run, (const char *const[]){"recv", NULL});
	wait_until_blocked(run.pid, SYS_poll);
	stop(&run);
	ck_assert_str_eq(run.said, "");
	ck_assert_str_eq(run.complained, "");
}

/* What is wrong, and the column that is to be named. */
static const struct {
	const char *spec;
	int column;
} wrong[] = {
	{"abc", 1},
	{"5x", 2},
	{"5s,", 4},
	{",5s", 1},
	{"recv=", 6},
	{"foo=5s", 1},
	{"5s ", 3},
	{" 5s", 1},
	{"-1", 1},
	{"+1", 1},
	{"5s,,6s", 4},
	{"nan", 1},
	{"1e5", 2},
	{"5S", 2},
	{"RECV=5s", 1},
	{"0x10", 2},
	{"5s;6s", 3},
	{"=5s", 1},
	{"recv", 5},
	{"1s\n", 3},
	{"106752d", 1},
	{"5s,recv=10%", 11},
	{"99999999999999999999999999999d", 1},
	{"100ms,recv=100000000000000000000", 12},
};

BEHAVIOUR_LOOP(complains, ONCE, COUNT(wrong))
{
	struct run run = {.spec = wrong[_i].spec};
	char expected[80];

	start(&run, (const char *const[]){"recv", NULL});
	ck_waits_natively(&run);
	(void)snprintf(expected, sizeof expected,
		       "^socktimeout: SOCKTIMEOUT:1:%d: .*; not used$", wrong[_i].column);
	ck_lines(run.complained, 1, expected);
}

BEHAVIOUR_TEST(complains_about_much, ONCE)
{
	static char much[100001];
	struct run run = {.spec = much};

	memset(much, 'x', sizeof much - 1);
	start(&run, (const char *const[]){"recv", NULL});
	ck_waits_natively(&run);
	ck_lines(run.complained, 1, "^socktimeout: SOCKTIMEOUT:1:1: ");
}

/* Without the log that it asks for wrongly, the program still has its timeouts. */
BEHAVIOUR_TEST(complains_about_log, ONCE)
{
	static const char *const logs[] = {"stdout", "relative/path", "STDERR", " stderr"};
	struct run run = {.spec = "100ms"};

	for (size_t i = 0; i < sizeof logs / sizeof *logs; i++) {
		run.log = logs[i];
		RUN_VICTIM(&run, "recv");
		ck_said_timed_out(&run, "recv", 100);
		ck_lines(run.complained, 1, "^socktimeout: SOCKTIMEOUT_LOG:1:1: .*; not used$");
	}
}

/* Each operation has its own. */
BEHAVIOUR_TEST(operations, ONCE)
{
	struct run run = {.spec = "1h,recv=100ms,accept=150ms,connect=200ms"};

	RUN_VICTIM(&run, "recv", "accept", "connect");
	ck_said_timed_out(&run, "recv", 100);
	ck_said_timed_out(&run, "accept", 150);
	ck_said_timed_out(&run, "connect", 200);
	run.spec = "send=100ms";
	RUN_VICTIM(&run, "send");
	ck_lines(run.said, 1, "^send [1-9][0-9]+ 0 [0-9]+$");
	run.spec = "100ms,accept=off";
	start(&run, (const char *const[]){"accept", NULL});
	wait_until_blocked(run.pid, SYS_accept);
	stop(&run);
	run.spec = "100ms,send=off";
	start(&run, (const char *const[]){"send", NULL});
	wait_until_waiting(run.pid);
	/* That nothing happens cannot be waited for but by time. */
	(void)poll(NULL, 0, 400);
	wait_until_waiting(run.pid);
	stop(&run);
	ck_assert_str_eq(run.said, "");
	run.spec = "connect=off,recv=100ms";
	start(&run, (const char *const[]){"recv", "connect", NULL});
	wait_until_blocked(run.pid, SYS_connect);
	stop(&run);
}

/* What a process can be like. */
BEHAVIOUR_LOOP(strange, ONCE, 9)
{
	static const char *const logs[] = {NULL,           "off",       "stderr",
					   "syslog",       "/dev/full", "/",
					   "/nowhere/log", "/dev/null", "/proc/self/mem"};
	struct run run = {.spec = "50ms", .log = logs[_i]};

	RUN_VICTIM(&run, "close=0", "close=1", "recv", "recv-udp", "accept", "connect");
	ck_said_timed_out(&run, "connect", 50);
	RUN_VICTIM(&run, "close=0", "close=1", "close=2", "recv", "recv-udp", "connect");
	ck_said_timed_out(&run, "connect", 50);
	ck_assert_str_eq(run.complained, "");
	RUN_VICTIM(&run, "clearenv", "RLIMIT_NOFILE=3", "recv", "RLIMIT_NOFILE=0", "recv");
	ck_said_timed_out(&run, "recv", 50);
	RUN_VICTIM(&run, "RLIMIT_AS=1000000", "RLIMIT_FSIZE=0", "recv");
	ck_said_timed_out(&run, "recv", 50);
}

/* Nobody reads standard error any more: no SIGPIPE, whatever is to be said. */
BEHAVIOUR_LOOP(unread, ONCE, 2)
{
	static const char *const logs[] = {"stderr", "nonsense"};
	struct run run = {.spec = "50ms", .log = logs[_i], .unread = true};

	RUN_VICTIM(&run, "recv");
	ck_said_timed_out(&run, "recv", 50);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "settings");
}
