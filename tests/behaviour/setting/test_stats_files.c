/*
 * SOCKTIMEOUT_STATS: no directory and no file, be it missing, full, strange or another's, does the
 * program any harm; nor do its own limits.
 */
#include "config.h"

#include "setting/counting.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define NOBODY 65534

enum hostility {
	IS_LINK,
	IS_HARD_LINK,
	IS_FIFO,
	IS_DIRECTORY,
	IS_WRITABLE,
	IS_ANOTHERS,
	IS_TOO_SHORT,
	IS_TOO_LONG,
	IS_OF_ANOTHER_VERSION,
	IS_NOTHING_OF_OURS,
	HOSTILITIES
};

/* The file, and where to look whether something was written to it. */
static const char *make_hostile(enum hostility kind)
{
	static char other[220];
	static char text[STATS_FILE_SIZE + 1];
	struct stats_header header = stats_header;

	(void)snprintf(other, sizeof other, "%s/other", stats_directory);
	memset(text, 0, sizeof text);
	memcpy(text, &header, sizeof header);
	switch (kind) {
	case IS_LINK:
		write_whole(other, text, STATS_FILE_SIZE, 0600);
		ck_assert_int_eq(symlink(other, victim_file), 0);
		return other;
	case IS_HARD_LINK:
		write_whole(other, "", 0, 0600);
		ck_assert_int_eq(link(other, victim_file), 0);
		return other;
	case IS_FIFO:
		ck_assert_int_eq(mkfifo(victim_file, 0600), 0);
		return NULL;
	case IS_DIRECTORY:
		ck_assert_int_eq(mkdir(victim_file, 0700), 0);
		return NULL;
	case IS_WRITABLE:
		write_whole(victim_file, text, STATS_FILE_SIZE, 0620);
		break;
	case IS_ANOTHERS:
		write_whole(victim_file, text, STATS_FILE_SIZE, 0600);
		ck_assert_int_eq(chown(victim_file, NOBODY, NOBODY), 0);
		break;
	case IS_TOO_SHORT:
		write_whole(victim_file, text, STATS_FILE_SIZE - 1, 0600);
		break;
	case IS_TOO_LONG:
		write_whole(victim_file, text, STATS_FILE_SIZE + 1, 0600);
		break;
	case IS_OF_ANOTHER_VERSION:
		header.version++;
		memcpy(text, &header, sizeof header);
		write_whole(victim_file, text, STATS_FILE_SIZE, 0600);
		break;
	default:
		memset(text, 'x', sizeof text);
		write_whole(victim_file, text, STATS_FILE_SIZE, 0600);
		break;
	}
	return victim_file;
}

BEHAVIOUR_LOOP(hostile, ONCE, HOSTILITIES)
{
	struct run run = {.spec = "50ms", .log = "off"};
	static char before[STATS_FILE_SIZE + 1], after[STATS_FILE_SIZE + 1];
	const char *path;
	ssize_t length = 0;
	int fd = -1;

	if (_i == IS_ANOTHERS && geteuid() != 0)
		return;
	begin_counting();
	path = make_hostile((enum hostility)_i);
	if (path != NULL) {
		fd = open(path, O_RDONLY);
		length = read(fd, before, sizeof before);
		ck_assert_int_ge(length, 0);
	}
	RUN_VICTIM(&run, "recv", "recv");
	ck_said_timed_out(&run, "recv", 50);
	ck_assert_str_eq(run.complained, "");
	if (path != NULL) {
		ck_assert_int_eq(pread(fd, after, sizeof after, 0), length);
		ck_assert_mem_eq(before, after, (size_t)length);
		ck_assert_int_eq(close(fd), 0);
	}
}

/* Directories that there are not, and one that nobody may write to. */
BEHAVIOUR_TEST(no_directory, ONCE)
{
	struct run run = {.spec = "50ms"};
	char path[300];

	begin_counting();
	(void)snprintf(path, sizeof path, "%s/missing", stats_directory);
	ck_assert_int_eq(setenv("SOCKTIMEOUT_STATS", path, 1), 0);
	RUN_VICTIM(&run, "recv");
	ck_said_timed_out(&run, "recv", 50);
	ck_assert_str_eq(run.complained, "");
	ck_assert_int_eq(setenv("SOCKTIMEOUT_STATS", "relative", 1), 0);
	RUN_VICTIM(&run, "recv");
	ck_said_timed_out(&run, "recv", 50);
	ck_assert_str_eq(run.complained, "socktimeout: SOCKTIMEOUT_STATS:1:1: expected an "
					 "absolute path; not used\n");
	ck_assert_int_eq(setenv("SOCKTIMEOUT_STATS", "", 1), 0);
	RUN_VICTIM(&run, "recv");
	ck_assert_str_eq(run.complained, "");
	ck_assert_int_eq(setenv("SOCKTIMEOUT_STATS", "/proc/self", 1), 0);
	RUN_VICTIM(&run, "recv");
	ck_said_timed_out(&run, "recv", 50);
}

/* The program's limits and descriptors are its own: no SIGXFSZ, none is held. */
BEHAVIOUR_TEST(limits, ONCE)
{
	struct run with = {.spec = "50ms"}, without = {.spec = "50ms"};
	struct stats_file file;
	struct stat status;
	char victim[PATH_MAX + 16];

	begin_counting();
	(void)snprintf(victim, sizeof victim, "%s/harness/victim", test_directory());
	with.program = "/bin/sh";
	RUN_VICTIM(&with, "-c", "ulimit -f 0; exec \"$0\" recv", victim);
	with.program = NULL;
	ck_said_timed_out(&with, "recv", 50);
	ck_assert_int_eq(stat(victim_file, &status), 0);
	ck_assert_int_eq(status.st_size, 0);
	/* Once the file is mapped no descriptor is needed. */
	RUN_VICTIM(&with, "RLIMIT_NOFILE=0", "recv");
	ck_said_timed_out(&with, "recv", 50);
	RUN_VICTIM(&with, "recv", "descriptors");
	file = counters(victim_file);
	ck_counted(&file, OPERATION_RECV, 2, 50);
	ck_assert_int_eq(unsetenv("SOCKTIMEOUT_STATS"), 0);
	RUN_VICTIM(&without, "recv", "descriptors");
	ck_assert_str_eq(strstr(with.said, "descriptors"), strstr(without.said, "descriptors"));
}

/* Nothing is left on the disk. */
BEHAVIOUR_TEST(full, ONCE)
{
	struct run run = {.spec = "50ms"};
	char path[300];
	static char block[65536];
	int fd;

	need(mounts_possible());
	begin_counting();
	ck_assert(enter_mounts());
	ck_assert_int_eq(mount("none", stats_directory, "tmpfs", 0, "size=64k"), 0);
	(void)snprintf(path, sizeof path, "%s/large", stats_directory);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	while (write(fd, block, sizeof block) > 0)
		;
	ck_assert_int_eq(errno, ENOSPC);
	RUN_VICTIM(&run, "recv", "recv");
	ck_said_timed_out(&run, "recv", 50);
	ck_assert_str_eq(run.complained, "");
	ck_assert_int_eq(umount2(stats_directory, MNT_DETACH), 0);
	ck_assert_int_eq(close(fd), 0);
}

/* The counters and the log name a program alike: by the name that the program was started under. */
BEHAVIOUR_LOOP(name, ONCE, 6)
{
	static const struct {
		const char
			*link; /* a symbolic link to the victim, or NULL: the victim itself */
		const char *given; /* argv[0], or NULL: the path */
		const char *name, *file;
	} names[] = {
		{NULL, NULL, "victim", "victim"},
		{"alias", NULL, "alias", "alias"},
		{"alias", "/nowhere/other", "other", "other"},
		{"alias", "", "alias", "alias"},
		{NULL, "-shell", "-shell", "-shell"},
		{NULL, "a b", "a b", "a%20b"},
	};
	struct run run = {.spec = "50ms", .log = "stderr"};
	char program[PATH_MAX + 16], path[300], expression[100];
	struct stats_file file;

	begin_counting();
	(void)snprintf(program, sizeof program, "%s/harness/victim", test_directory());
	if (names[_i].link != NULL) {
		(void)snprintf(path, sizeof path, "%s/%s", stats_directory, names[_i].link);
		ck_assert_int_eq(symlink(program, path), 0);
		(void)snprintf(program, sizeof program, "%s", path);
	}
	run.program = program;
	run.name = names[_i].given;
	RUN_VICTIM(&run, "recv");
	ck_said_timed_out(&run, "recv", 50);
	(void)snprintf(expression, sizeof expression, "^socktimeout: %s\\[[0-9]+\\]: recv\\(",
		       names[_i].name);
	ck_lines(run.complained, 1, expression);
	(void)snprintf(path, sizeof path, "%s/%s.%u.stats", stats_directory, names[_i].file,
		       (unsigned int)geteuid());
	file = counters(path);
	ck_counted(&file, OPERATION_RECV, 1, 50);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "stats, files");
}
