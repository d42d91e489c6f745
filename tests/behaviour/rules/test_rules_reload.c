/*
 * A running process reads the file of rules again when it has changed.
 */
#include "config.h"

#include "rules/ruling.h"

#include <sys/stat.h>

/* 100 ms by the file, and 20 by another one. */
#define FILE_RULES  "# A comment.\nto=127.0.0.2 timeout=100ms\n"
#define OTHER_RULES "to=127.0.0.2 timeout=20ms\n"

/* What is done to the file of a running process, and how its waits end from a second later on. */
static void rewritten(const char *path)
{
	write_file(path, OTHER_RULES);
}

static void replaced(const char *path)
{
	write_file(in_files("new"), OTHER_RULES);
	ck_assert_int_eq(rename(in_files("new"), path), 0);
}

static void lengthened(const char *path)
{
	write_file(path, "to=127.0.0.2 timeout=300ms");
}

static void deleted(const char *path)
{
	ck_assert_int_eq(unlink(path), 0);
}

static void emptied(const char *path)
{
	write_file(path, "");
}

static void broken(const char *path)
{
	write_file(path, OTHER_RULES "nonsense\n");
}

static void exposed(const char *path)
{
	write_file(path, OTHER_RULES);
	ck_assert_int_eq(chmod(path, 0666), 0);
}

static void touched(const char *path)
{
	write_file(in_files("new"), FILE_RULES);
	ck_assert_int_eq(rename(in_files("new"), path), 0);
}

static const struct {
	void (*change)(const char *path);
	int from, to;
	const char *complaint;
	const char *wait;
} changes[] = {
	{rewritten, 20, 100, NULL, "recv"},
	{replaced, 20, 100, NULL, "poll"},
	{replaced, 20, 100, NULL, "stream"},
	{replaced, 20, 100, NULL, "accept"},
	{replaced, 20, 100, NULL, "recv-again"},
	{replaced, 20, 150, NULL, "stream-again"},
	{lengthened, 300, IN_TIME, NULL, "recv-again"},
	{lengthened, 300, IN_TIME, NULL, "stream-again"},
	{deleted, 50, 100, NULL, "recv"},
	{deleted, 50, 100, NULL, "recv-again"},
	{emptied, 50, 100, NULL, "recv"},
	{broken, 100, IN_TIME, "^socktimeout: /.*/rules:2:1: .*; the rules before it stay$",
	 "recv"},
	{exposed, 100, IN_TIME,
	 "^socktimeout: /.*/rules: others may write it; the rules before it stay$", "recv"},
	{touched, 100, IN_TIME, NULL, "recv"},
};

BEHAVIOUR_LOOP(changed, ONCE, COUNT(changes))
{
	struct run run = {.spec = "50ms"};
	char arguments[100];

	run.config = in_files("rules");
	write_file(run.config, FILE_RULES);
	(void)snprintf(arguments, sizeof arguments, "%s=127.0.0.2 sync repeat=25 %s=127.0.0.2",
		       changes[_i].wait, changes[_i].wait);
	start_words(&run, arguments);
	wait_until_ready(&run);
	changes[_i].change(run.config);
	go_on(&run);
	finish(&run);
	ck_assert_int_ge(wait_took(&run, 0), 100);
	ck_last_wait(&run, "ETIMEDOUT", changes[_i].from, changes[_i].to);
	if (changes[_i].complaint == NULL)
		ck_assert_str_eq(run.complained, "");
	else
		ck_lines(run.complained, 1, changes[_i].complaint);
}

/* None at first: neither a file, nor any timeout. */
BEHAVIOUR_LOOP(appears, ONCE, 4)
{
	static const char *const waits[] = {"recv", "poll", "epoll", "select"};
	struct run run = {0};
	char arguments[100];

	run.config = in_files("rules");
	(void)snprintf(arguments, sizeof arguments,
		       "own=60 wait=60 repeat=2 %s=127.0.0.2 sync repeat=50 %s=127.0.0.2",
		       waits[_i], waits[_i]);
	start_words(&run, arguments);
	wait_until_ready(&run);
	write_file(run.config, "to=127.0.0.2 timeout=30ms,enforce");
	go_on(&run);
	finish(&run);
	ck_assert_int_ge(wait_took(&run, 0), 50);
	ck_last_wait(&run, "ETIMEDOUT", 30, 60);
	ck_assert_str_eq(run.complained, "");
}

/* The same rules again are no new ones: what they count goes on. */
BEHAVIOUR_TEST(counts_on, ONCE)
{
	struct run run = {.spec = "50ms"};

	run.config = in_files("rules");
	write_file(run.config, "op=recv,when=1 timeout=300ms\n");
	start_words(&run, "recv=127.0.0.2 sync repeat=40 recv=127.0.0.2");
	wait_until_ready(&run);
	write_file(in_files("new"), "op=recv,when=1 timeout=300ms\n");
	ck_assert_int_eq(rename(in_files("new"), run.config), 0);
	go_on(&run);
	finish(&run);
	ck_assert_int_ge(wait_took(&run, 0), 300);
	for (int i = 1; i <= 40; i++)
		ck_assert_int_ge(wait_took(&run, i), 50);
	ck_last_wait(&run, "ETIMEDOUT", 50, 300);
}

/* A child counts from the beginning, also by rules that its parent got late: with the first wait. */
BEHAVIOUR_LOOP(counts_anew_in_child, ONCE, 2)
{
	struct run run = {.spec = "50ms"};

	run.config = in_files("rules");
	if (_i == 0)
		write_file(run.config, "op=recv,when=1 timeout=300ms\n");
	start_words(&run, "sync repeat=40 recv=127.0.0.2 fork recv=127.0.0.2");
	wait_until_ready(&run);
	if (_i == 1)
		write_file(run.config, "op=recv,when=1 timeout=300ms\n");
	go_on(&run);
	finish(&run);
	ck_assert_int_ge(wait_took(&run, 0), _i == 0 ? 300 : 50);
	ck_assert_int_lt(wait_took(&run, 39), 300);
	ck_last_wait(&run, "ETIMEDOUT", 300, IN_TIME);
}

/* A blackhole without an end ends with its rule: the descriptor becomes ready, and nothing is lost. */
BEHAVIOUR_TEST(blackhole_ends, ONCE)
{
	struct run run = {.spec = NULL};

	run.config = in_files("rules");
	write_file(run.config, "op=recv,to=127.0.0.2 blackhole\n");
	start_words(&run, "swallowed=127.0.0.2");
	wait_until_ready(&run);
	write_file(run.config, "");
	go_on(&run);
	finish(&run);
	ck_lines(run.said, 4, "^swallowed -1 EAGAIN ");
	ck_lines(run.said, 4, "^swallowed 0 0 ");
	ck_lines(run.said, 4, "^swallowed 1 0 ");
	ck_took_in_time(wait_took(&run, 2), 1000);
}

/* A daemon that has gone into a chroot, where the path means something else. */
BEHAVIOUR_TEST(in_chroot, ONCE)
{
	struct run run = {.spec = "50ms"};

	need(geteuid() == 0);
	run.config = in_files("rules");
	write_file(run.config, FILE_RULES);
	start_words(&run, "recv=127.0.0.2 chroot=$ repeat=15 recv=127.0.0.2");
	finish(&run);
	ck_last_wait(&run, "ETIMEDOUT", 100, IN_TIME);
	ck_assert_str_eq(run.complained, "");
}

/* No memory for what is new: what was before stays, and the program runs on. */
BEHAVIOUR_TEST(without_memory, ONCE)
{
	struct run run = {.spec = "50ms"};
	char *const much = malloc(4 << 20);

	run.config = in_files("rules");
	write_file(run.config, FILE_RULES);
	start_words(&run, "recv=127.0.0.2 sync RLIMIT_AS=1000000 repeat=15 recv=127.0.0.2");
	wait_until_ready(&run);
	ck_assert_ptr_nonnull(much);
	memset(much, '\n', (4 << 20) - 1);
	much[(4 << 20) - 1] = '\0';
	write_file(in_files("new"), much);
	ck_assert_int_eq(rename(in_files("new"), run.config), 0);
	go_on(&run);
	finish(&run);
	ck_last_wait(&run, "ETIMEDOUT", 100, IN_TIME);
	ck_lines(run.complained, 1, ": no memory; the rules before it stay$");
	free(much);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "the file of rules, again");
}
