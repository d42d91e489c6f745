/*
 * See counting.h.
 */
#include "config.h"

#include "setting/counting.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

const char *stats_directory;
char victim_file[200], others_file[200];

void begin_counting(void)
{
	stats_directory = new_directory();
	ck_assert_int_eq(setenv("SOCKTIMEOUT_STATS", stats_directory, 1), 0);
	(void)snprintf(victim_file, sizeof victim_file, "%s/victim.%u.stats", stats_directory,
		       (unsigned int)geteuid());
	(void)snprintf(others_file, sizeof others_file, "%s/stats_victim.%u.stats",
		       stats_directory, (unsigned int)geteuid());
}

void use_stats_victim(struct run *run)
{
	static char program[PATH_MAX + 16];

	(void)snprintf(program, sizeof program, "%s/setting/stats_victim", test_directory());
	run->program = program;
}

uint64_t run_many(struct run *run, const char *const arguments[])
{
	uint64_t count = 0;

	use_stats_victim(run);
	run_victim(run, arguments);
	for (const char *p = run->said; *p != '\0'; p++, count++)
		ck_assert_int_eq(*p, 't');
	return count;
}

struct stats_file counters(const char *path)
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

uint64_t waits(const struct stats_operation *operation)
{
	uint64_t total = 0;

	for (size_t i = 0; i < STATS_BUCKETS; i++)
		total += stats_total(&operation->waits[i]);
	return total;
}

void ck_counted(const struct stats_file *file, enum operation operation, uint64_t count,
		unsigned int ms)
{
	const struct stats_operation *const of = &file->of[operation];

	ck_assert_uint_eq(waits(of), count);
	ck_assert_uint_eq(stats_total(&of->timeouts), count);
	ck_assert_uint_eq(stats_total(&of->faults), 0);
	/* What is no whole millisecond of a process' waits is not counted. */
	ck_assert_uint_ge(stats_milliseconds(of), count * ms);
	ck_assert_uint_le(stats_milliseconds(of), count * (ms + (uint64_t)LATE_MS));
	for (size_t i = 0; i < STATS_BOUND_COUNT && stats_bounds[i] < ms * 1000; i++)
		ck_assert_uint_eq(stats_total(&of->waits[i]), 0);
}

void write_whole(const char *path, const void *data, size_t size, mode_t rights)
{
	const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, rights);

	ck_assert_msg(fd >= 0, "%s: %s", path, strerror(errno));
	ck_assert_int_eq(write(fd, data, size), (ssize_t)size);
	ck_assert_int_eq(fchmod(fd, rights), 0);
	ck_assert_int_eq(close(fd), 0);
}
