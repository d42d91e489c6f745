/*
 * SOCKTIMEOUT_STATS: every wait is counted once, whoever waits and whatever kills them; and no
 * directory and no file, be it missing, full, strange or cut short, does the program any harm.
 */
#include "config.h"

#include "running.h"
#include "stats/layout.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define NOBODY 65534

static const char *directory;
static char victim_file[200], others_file[200];

/* A new directory, for the counters of all that is started from here on. */
static void begin(void)
{
	directory = new_directory();
	ck_assert_int_eq(setenv("SOCKTIMEOUT_STATS", directory, 1), 0);
	(void)snprintf(victim_file, sizeof victim_file, "%s/victim.%u.stats", directory,
		       (unsigned int)geteuid());
	(void)snprintf(others_file, sizeof others_file, "%s/stats_victim.%u.stats", directory,
		       (unsigned int)geteuid());
}

/* Run stats_victim. Returns how many waits it told of, all of which have timed out. */
static uint64_t run_many(struct run *run, const char *const arguments[])
{
	char program[PATH_MAX + 16];
	uint64_t count = 0;

	(void)snprintf(program, sizeof program, "%s/stats_victim", test_directory());
	run->program = program;
	run_victim(run, arguments);
	for (const char *p = run->said; *p != '\0'; p++, count++)
		ck_assert_int_eq(*p, 't');
	return count;
}
#define RUN_MANY(run, ...) run_many(run, (const char *const[]){__VA_ARGS__, NULL})

static struct stats_file counters(const char *path)
{
	struct stats_file file;
	const int fd = open(path, O_RDONLY);
	struct stat status;

	ck_assert_msg(fd >= 0, "%s: %s", path, strerror(errno));
	ck_assert_int_eq(fstat(fd, &status), 0);
	ck_assert_int_eq(status.st_size, STATS_FILE_SIZE);
	ck_assert_int_eq(pread(fd, &file, sizeof file, 0), sizeof file);
	ck_assert_int_eq(close(fd), 0);
	ck_assert_int_eq(stats_examine(&file.header), STATS_READY);
	return file;
}

static uint64_t waits(const struct stats_operation *operation)
{
	uint64_t total = 0;

	for (size_t i = 0; i < STATS_BUCKETS; i++)
		total += stats_total(&operation->waits[i]);
	return total;
}

/* So many waits, all of them timed out, of at least ms each, which the histogram knows. */
static void ck_counted(const struct stats_file *file, enum operation operation, uint64_t count,
		       unsigned int ms)
{
	const struct stats_operation *const of = &file->of[operation];

	ck_assert_uint_eq(waits(of), count);
	ck_assert_uint_eq(stats_total(&of->timeouts), count);
	ck_assert_uint_eq(stats_total(&of->faults), 0);
	/* What is no whole millisecond of a process' waits is not counted. */
	ck_assert_uint_ge(stats_milliseconds(of), count * ms);
	ck_assert_uint_le(stats_milliseconds(of), count * (ms + LATE_MS));
	for (size_t i = 0; i < STATS_BOUND_COUNT && stats_bounds[i] < ms; i++)
		ck_assert_uint_eq(stats_total(&of->waits[i]), 0);
}

START_TEST(each_operation)
{
	struct run run = {.spec = "60ms,connect=70ms"};
	struct stats_file file;

	begin();
	RUN_VICTIM(&run, "recv", "recv-udp", "accept", "connect");
	file = counters(victim_file);
	ck_counted(&file, OPERATION_RECV, 2, 60);
	/* One made the connection. */
	ck_assert_uint_eq(stats_total(&file.of[OPERATION_CONNECT].timeouts), 1);
	ck_assert_uint_ge(waits(&file.of[OPERATION_CONNECT]), 1);
	ck_assert_uint_eq(stats_total(&file.of[OPERATION_ACCEPT].timeouts), 1);
	ck_assert_uint_eq(waits(&file.of[OPERATION_SEND]), 0);
	/* A send that takes a part waits more than once. */
	RUN_VICTIM(&run, "send");
	file = counters(victim_file);
	ck_assert_uint_eq(stats_total(&file.of[OPERATION_SEND].timeouts), 1);
	ck_assert_uint_ge(waits(&file.of[OPERATION_SEND]), 1);
	ck_counted(&file, OPERATION_RECV, 2, 60);
}
END_TEST

START_TEST(readiness)
{
	struct run run = {.spec = "60ms"};
	struct stats_file file;

	begin();
	ck_assert_uint_eq(RUN_MANY(&run, "1", "1", "2", "poll", "select", "epoll"), 6);
	file = counters(others_file);
	ck_counted(&file, OPERATION_WAIT, 6, 60);
	/* recv was told at once. */
	ck_assert_uint_eq(waits(&file.of[OPERATION_RECV]), 0);
}
END_TEST

START_TEST(streams)
{
	struct run run = {.spec = "60ms"};
	struct stats_file file;

	begin();
	ck_assert_uint_eq(RUN_MANY(&run, "1", "1", "2", "stream"), 2);
	file = counters(others_file);
	ck_counted(&file, OPERATION_RECV, 2, 60);
}
END_TEST

/* Faults are counted where nothing is bounded, too. */
START_TEST(faults)
{
	struct run run = {.spec = "off", .rules = "op=recv error=ECONNRESET"};
	struct stats_file file;

	begin();
	RUN_VICTIM(&run, "recv", "recv-udp");
	ck_assert_ptr_nonnull(strstr(run.said, "recv -1 ECONNRESET"));
	file = counters(victim_file);
	ck_assert_uint_eq(stats_total(&file.of[OPERATION_RECV].faults), 2);
	ck_assert_uint_eq(stats_total(&file.of[OPERATION_RECV].timeouts), 0);
	ck_assert_uint_eq(waits(&file.of[OPERATION_RECV]), 0);
}
END_TEST

/* Processes and threads that count at the same time, from their first wait on. */
START_TEST(many)
{
	struct run run = {.spec = "20ms"};
	struct stats_file file;

	begin();
	ck_assert_uint_eq(RUN_MANY(&run, "4", "16", "10", "recv"), 640);
	file = counters(others_file);
	ck_counted(&file, OPERATION_RECV, 640, 19);
	/* Totals outlive the processes. */
	ck_assert_uint_eq(RUN_MANY(&run, "2", "2", "5", "recv"), 20);
	file = counters(others_file);
	ck_counted(&file, OPERATION_RECV, 660, 19);
}
END_TEST

/* What was counted before a process is killed is not lost. */
START_TEST(killed)
{
	struct run run = {.spec = "recv=10ms"};
	char program[PATH_MAX + 16];
	uint64_t told;
	struct stats_file file;
	char bytes[50];

	begin();
	(void)snprintf(program, sizeof program, "%s/stats_victim", test_directory());
	run.program = program;
	start(&run, (const char *const[]){"1", "4", "1000000", "recv", NULL});
	for (size_t n = 0; n < sizeof bytes;) {
		const ssize_t more = read(run.out, bytes + n, sizeof bytes - n);

		ck_assert_int_gt(more, 0);
		n += (size_t)more;
	}
	stop(&run);
	told = sizeof bytes + strlen(run.said);
	file = counters(others_file);
	ck_assert_uint_ge(waits(&file.of[OPERATION_RECV]), told);
	ck_assert_uint_le(waits(&file.of[OPERATION_RECV]), told + 4);
}
END_TEST

/* While threads count: to nothing, and they begin anew; to a part, and it goes on unseen. */
START_TEST(cut_short)
{
	static const off_t lengths[] = {0, 100};
	struct run run = {.spec = "recv=5ms"};
	char program[PATH_MAX + 16];
	struct stats_file file;
	char bytes[200];

	begin();
	(void)snprintf(program, sizeof program, "%s/stats_victim", test_directory());
	run.program = program;
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		int cuts = 0;

		start(&run, (const char *const[]){"1", "4", "300", "recv", NULL});
		for (ssize_t n; (n = read(run.out, bytes, sizeof bytes)) > 0;)
			if (cuts < 20 && truncate(others_file, lengths[i]) == 0)
				cuts++;
		finish(&run);
		ck_assert_msg(run.status == 0, "status %x: %s", (unsigned)run.status,
			      run.complained);
		ck_assert_int_gt(cuts, 0);
		if (lengths[i] == 0) {
			file = counters(others_file);
			ck_assert_uint_gt(waits(&file.of[OPERATION_RECV]), 0);
			ck_assert_uint_le(waits(&file.of[OPERATION_RECV]), 1200);
		}
	}
}
END_TEST

/* The file is removed, and its successor is used by the next process at once. */
START_TEST(removed)
{
	struct run run = {.spec = "recv=20ms"};
	struct stats_file file;

	begin();
	(void)RUN_MANY(&run, "1", "1", "3", "recv");
	ck_assert_int_eq(unlink(others_file), 0);
	(void)RUN_MANY(&run, "1", "1", "2", "recv");
	file = counters(others_file);
	ck_counted(&file, OPERATION_RECV, 2, 20);
}
END_TEST

static void write_file(const char *path, const void *data, size_t size, mode_t rights)
{
	const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, rights);

	ck_assert_msg(fd >= 0, "%s: %s", path, strerror(errno));
	ck_assert_int_eq(write(fd, data, size), (ssize_t)size);
	ck_assert_int_eq(fchmod(fd, rights), 0);
	ck_assert_int_eq(close(fd), 0);
}

/* A counter that is full is carried: nothing is lost. */
START_TEST(carried)
{
	struct run run = {.spec = "recv=20ms"};
	struct {
		struct stats_file file;
		char rest[STATS_FILE_SIZE - sizeof(struct stats_file)];
	} whole = {.file = {.header = stats_header}};
	struct stats_counter *const timeouts = &whole.file.of[OPERATION_RECV].timeouts;
	struct stats_file file;

	begin();
	*timeouts = (struct stats_counter){.low = STATS_CARRY + 5, .high = 7};
	whole.file.of[OPERATION_IDLE].faults.low = STATS_CARRY;
	write_file(others_file, &whole, sizeof whole, 0600);
	(void)RUN_MANY(&run, "2", "4", "1", "recv");
	file = counters(others_file);
	ck_assert_uint_eq(stats_total(&file.of[OPERATION_RECV].timeouts),
			  8 * (uint64_t)STATS_CARRY + 5 + 8);
	ck_assert_uint_eq(file.of[OPERATION_RECV].timeouts.high, 8);
	ck_assert_uint_eq(file.of[OPERATION_IDLE].faults.high, 1);
	ck_assert_uint_eq(file.of[OPERATION_IDLE].faults.low, 0);
}
END_TEST

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

	(void)snprintf(other, sizeof other, "%s/other", directory);
	memset(text, 0, sizeof text);
	memcpy(text, &header, sizeof header);
	switch (kind) {
	case IS_LINK:
		write_file(other, text, STATS_FILE_SIZE, 0600);
		ck_assert_int_eq(symlink(other, victim_file), 0);
		return other;
	case IS_HARD_LINK:
		write_file(other, "", 0, 0600);
		ck_assert_int_eq(link(other, victim_file), 0);
		return other;
	case IS_FIFO:
		ck_assert_int_eq(mkfifo(victim_file, 0600), 0);
		return NULL;
	case IS_DIRECTORY:
		ck_assert_int_eq(mkdir(victim_file, 0700), 0);
		return NULL;
	case IS_WRITABLE:
		write_file(victim_file, text, STATS_FILE_SIZE, 0620);
		break;
	case IS_ANOTHERS:
		write_file(victim_file, text, STATS_FILE_SIZE, 0600);
		ck_assert_int_eq(chown(victim_file, NOBODY, NOBODY), 0);
		break;
	case IS_TOO_SHORT:
		write_file(victim_file, text, STATS_FILE_SIZE - 1, 0600);
		break;
	case IS_TOO_LONG:
		write_file(victim_file, text, STATS_FILE_SIZE + 1, 0600);
		break;
	case IS_OF_ANOTHER_VERSION:
		header.version++;
		memcpy(text, &header, sizeof header);
		write_file(victim_file, text, STATS_FILE_SIZE, 0600);
		break;
	default:
		memset(text, 'x', sizeof text);
		write_file(victim_file, text, STATS_FILE_SIZE, 0600);
		break;
	}
	return victim_file;
}

START_TEST(hostile)
{
	struct run run = {.spec = "50ms", .log = "off"};
	static char before[STATS_FILE_SIZE + 1], after[STATS_FILE_SIZE + 1];
	const char *path;
	ssize_t length = 0;
	int fd = -1;

	if (_i == IS_ANOTHERS && geteuid() != 0)
		return;
	begin();
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
END_TEST

/* Directories that there are not, and one that nobody may write to. */
START_TEST(no_directory)
{
	struct run run = {.spec = "50ms"};
	char path[300];

	begin();
	(void)snprintf(path, sizeof path, "%s/missing", directory);
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
END_TEST

/* The program's limits and descriptors are its own: no SIGXFSZ, none is held. */
START_TEST(limits)
{
	struct run with = {.spec = "50ms"}, without = {.spec = "50ms"};
	struct stats_file file;
	struct stat status;
	char victim[PATH_MAX + 16];

	begin();
	(void)snprintf(victim, sizeof victim, "%s/victim", test_directory());
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
END_TEST

/* Those that come when there are many are counted together. */
START_TEST(too_many)
{
	struct run run = {.spec = "20ms"};
	struct stats_file file;
	char path[300];

	begin();
	for (int i = 0; i < STATS_PROGRAMS; i++) {
		(void)snprintf(path, sizeof path, "%s/p%d.%u.stats", directory, i,
			       (unsigned int)geteuid());
		write_file(path, "", 0, 0600);
	}
	(void)RUN_MANY(&run, "1", "1", "2", "recv");
	run.program = NULL;
	RUN_VICTIM(&run, "recv");
	ck_assert_int_ne(access(others_file, F_OK), 0);
	(void)snprintf(path, sizeof path, "%s/other.%u.stats", directory,
		       (unsigned int)geteuid());
	file = counters(path);
	ck_counted(&file, OPERATION_RECV, 3, 20);
}
END_TEST

/* Nothing is left on the disk. */
START_TEST(full)
{
	struct run run = {.spec = "50ms"};
	char path[300];
	static char block[65536];
	int fd;

	begin();
	ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
	ck_assert_int_eq(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	ck_assert_int_eq(mount("none", directory, "tmpfs", 0, "size=64k"), 0);
	(void)snprintf(path, sizeof path, "%s/large", directory);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	while (write(fd, block, sizeof block) > 0)
		;
	ck_assert_int_eq(errno, ENOSPC);
	RUN_VICTIM(&run, "recv", "recv");
	ck_said_timed_out(&run, "recv", 50);
	ck_assert_str_eq(run.complained, "");
	ck_assert_int_eq(umount2(directory, MNT_DETACH), 0);
	ck_assert_int_eq(close(fd), 0);
}
END_TEST

static bool namespace_possible(void)
{
	int status = 1;
	const pid_t child = fork();

	if (child == 0)
		_exit(geteuid() == 0 && unshare(CLONE_NEWNS) == 0 ? 0 : 1);
	return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

static void populate(Suite *suite)
{
	/* The programs have their own settings. */
	if (mode() != MODE_NATIVE)
		return;
	add(suite, "each operation", each_operation);
	add(suite, "readiness", readiness);
	add(suite, "streams", streams);
	add(suite, "faults", faults);
	add(suite, "many", many);
	add(suite, "killed", killed);
	add(suite, "cut short", cut_short);
	add(suite, "removed", removed);
	add(suite, "carried", carried);
	add_loop(suite, "hostile files", hostile, HOSTILITIES);
	add(suite, "no directory", no_directory);
	add(suite, "limits", limits);
	add(suite, "too many", too_many);
	if (namespace_possible())
		add(suite, "full", full);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "stats", populate);
}
