/*
 * The file that rules come from: where it is, whom it is believed, and what is wrong with it.
 */
#include "config.h"

#include "rules/ruling.h"

#include <limits.h>
#include <sys/stat.h>

#define NOBODY 65534

/* 100 ms by the file, and by neither. */
#define FILE_RULES "# A comment.\nto=127.0.0.2 timeout=100ms\n"
#define NEITHER    "1500ms"

BEHAVIOUR_TEST(in_force, ONCE)
{
	struct run run = {.spec = NEITHER};

	run.config = in_files("rules");
	write_file(run.config, FILE_RULES);
	run_words(&run, "recv=127.0.0.2");
	ck_last_wait(&run, "ETIMEDOUT", 100, 1500);
	run_words(&run, "recv=127.0.0.1");
	ck_last_wait(&run, "ETIMEDOUT", 1500, IN_TIME);
	/* No SPEC is needed. */
	run.spec = NULL;
	run_words(&run, "poll=127.0.0.2");
	ck_last_wait(&run, "ETIMEDOUT", 100, 1500);
	/* The environment's come first. */
	run.rules = "op=recv timeout=300ms";
	run_words(&run, "recv=127.0.0.2");
	ck_last_wait(&run, "ETIMEDOUT", 300, IN_TIME);
	run_words(&run, "accept=127.0.0.2");
	ck_last_wait(&run, "ETIMEDOUT", 100, IN_TIME);
	ck_assert_str_eq(run.complained, "");
	/* None. */
	run.config = in_files("none");
	run_words(&run, "recv=127.0.0.2");
	ck_last_wait(&run, "ETIMEDOUT", 300, IN_TIME);
	ck_assert_str_eq(run.complained, "");
}

/* One source is wrong, the other one counts. */
BEHAVIOUR_TEST(wrong, ONCE)
{
	struct run run = {.spec = NEITHER, .rules = "op=recv timeout=100ms"};

	run.config = in_files("rules");
	write_file(run.config, "op=send timeout=1s\n\nop=accept timout=20ms\n");
	run_words(&run, "accept=127.0.0.1");
	ck_last_wait(&run, "ETIMEDOUT", 1500, IN_TIME);
	ck_lines(run.complained, 1, "^socktimeout: /tmp/.*/rules:3:11: .*; not used$");
	run_words(&run, "recv=127.0.0.1");
	ck_last_wait(&run, "ETIMEDOUT", 100, 1500);
	run.rules = "op=recv timeout=20ms; op=foo timeout=1s";
	write_file(run.config, FILE_RULES);
	run_words(&run, "recv=127.0.0.2");
	ck_last_wait(&run, "ETIMEDOUT", 100, 1500);
	ck_lines(run.complained, 1, "^socktimeout: SOCKTIMEOUT_RULES:1:2[0-9]: .*; not used$");
	run.rules = NULL;
	run.config = "rules";
	run_words(&run, "own=100 recv=127.0.0.2");
	ck_lines(run.complained, 1, "^socktimeout: SOCKTIMEOUT_CONFIG:1:1: .*; not used$");
}

/* Whom it is not believed. Each makes `path` such, in a directory of its own, `place`. */
static void of_others(const char *place, const char *path)
{
	(void)place;
	ck_assert_int_eq(chown(path, NOBODY, NOBODY), 0);
}

static void for_all(const char *place, const char *path)
{
	(void)place;
	ck_assert_int_eq(chmod(path, 0646), 0);
}

static void for_group(const char *place, const char *path)
{
	(void)place;
	ck_assert_int_eq(chmod(path, 0664), 0);
}

static void among_others(const char *place, const char *path)
{
	(void)path;
	ck_assert_int_eq(chmod(place, 0777), 0);
}

static void among_group(const char *place, const char *path)
{
	(void)path;
	ck_assert_int_eq(chmod(place, 0775), 0);
}

static void at_others(const char *place, const char *path)
{
	(void)path;
	ck_assert_int_eq(chown(place, NOBODY, NOBODY), 0);
}

static void by_link_of_others(const char *place, const char *path)
{
	ck_assert_int_eq(chmod(place, 01777), 0);
	ck_assert_int_eq(rename(path, in_files("elsewhere")), 0);
	ck_assert_int_eq(symlink(in_files("elsewhere"), path), 0);
	ck_assert_int_eq(lchown(path, NOBODY, NOBODY), 0);
}

static void in_circle(const char *place, const char *path)
{
	(void)place;
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(symlink(path, path), 0);
}

static void fifo(const char *place, const char *path)
{
	(void)place;
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkfifo(path, 0644), 0);
}

static void directory(const char *place, const char *path)
{
	(void)place;
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkdir(path, 0755), 0);
}

static void device(const char *place, const char *path)
{
	(void)place;
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(symlink("/dev/zero", path), 0);
}

static void too_large(const char *place, const char *path)
{
	(void)place;
	ck_assert_int_eq(truncate(path, 1 << 30), 0);
}

static const struct {
	void (*make)(const char *place, const char *path);
	const char *why;
} doubts[] = {
	{of_others, "of another user"},
	{for_all, "others may write it"},
	{for_group, "others may write it"},
	{among_others, "in a directory that others may write"},
	{among_group, "in a directory that others may write"},
	{at_others, "in a directory of another user"},
	{by_link_of_others, "by a symbolic link of another user"},
	{in_circle, "too many symbolic links"},
	{fifo, "no regular file"},
	{directory, "no regular file"},
	{device, "no regular file"},
	{too_large, "larger than 16 MiB"},
};

BEHAVIOUR_LOOP(doubted, ONCE, COUNT(doubts))
{
	struct run run = {.spec = "150ms"};
	char place[PATH_MAX], expected[200];

	need(geteuid() == 0);
	(void)snprintf(place, sizeof place, "%s", in_files("place"));
	ck_assert_int_eq(mkdir(place, 0755), 0);
	run.config = in_files("place/rules");
	write_file(run.config, FILE_RULES);
	doubts[_i].make(place, run.config);
	run_words(&run, "recv=127.0.0.2");
	ck_last_wait(&run, "ETIMEDOUT", 150, IN_TIME);
	(void)snprintf(expected, sizeof expected,
		       "^socktimeout: /.*/place/rules: %s; not used$", doubts[_i].why);
	ck_lines(run.complained, 1, expected);
}

/* Links of root's are followed, and a user's own file is believed by the user. */
BEHAVIOUR_TEST(believed, ONCE)
{
	struct run run = {.spec = "1500ms"};

	need(geteuid() == 0);
	ck_assert_int_eq(mkdir(in_files("real"), 0755), 0);
	ck_assert_int_eq(mkdir(in_files("sticky"), 0755), 0);
	ck_assert_int_eq(chmod(in_files("sticky"), 01777), 0);
	write_file(in_files("real/rules"), FILE_RULES);
	ck_assert_int_eq(symlink("real", in_files("link")), 0);
	ck_assert_int_eq(symlink("../link/./../real//rules", in_files("sticky/rules")), 0);
	run.config = in_files("sticky/rules");
	run_words(&run, "recv=127.0.0.2");
	ck_last_wait(&run, "ETIMEDOUT", 100, 1500);
	ck_assert_str_eq(run.complained, "");
	/* The user must be able to come there, and to run the program. */
	ck_assert_int_eq(chmod(test_files(), 0755), 0);
	ck_assert_int_eq(chown(in_files("real/rules"), NOBODY, NOBODY), 0);
	ck_assert_int_eq(chmod(in_files("real/rules"), 0600), 0);
	run_words(&run, "recv=127.0.0.2");
	ck_lines(run.complained, 1, ": of another user; not used$");
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "the file of rules");
}
