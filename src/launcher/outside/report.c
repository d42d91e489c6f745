/*
 * Writes records and counters. Owns the settings.
 */
#include "launcher/outside/report.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/duration.h"
#include "policy/log_target.h"
#include "stats/layout.h"
#include "stats/name.h"

static enum log_target target;
static enum log_format format;
static const char *log_path;
static const char *stats_directory; /* NULL: nothing is counted */

void report_begin(void)
{
	const char *const where = getenv("SOCKTIMEOUT_LOG");
	const char *const as = getenv("SOCKTIMEOUT_LOG_FORMAT");

	if (where != NULL && log_target_parse(where, &target) == 0)
		log_path = where;
	if (as != NULL)
		(void)log_format_parse(as, &format);
	stats_directory = getenv("SOCKTIMEOUT_STATS");
	if (stats_directory != NULL && !stats_directory_is_good(stats_directory))
		stats_directory = NULL;
}

bool report_is_on_stderr(void)
{
	return target == LOG_TO_STDERR;
}

static bool send_datagram(const char *path, int type, const char *bytes, size_t length)
{
	struct sockaddr_un where = {.sun_family = AF_UNIX};
	const int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool sent = false;

	if (fd < 0)
		return false;
	memcpy(where.sun_path, path, strlen(path) + 1);
	if (connect(fd, (const struct sockaddr *)&where, sizeof where) == 0)
		sent = send(fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
	close(fd);
	return sent;
}

static void write_file(const char *path, const char *bytes, size_t length)
{
	const int fd = open(
		path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0666);

	if (fd < 0)
		return;
	(void)!write(fd, bytes, length); /* a full disk loses lines */
	close(fd);
}

void report_log(struct record *record)
{
	char buffer[RECORD_CAPACITY];
	struct text line;

	if (target == LOG_TO_NOTHING)
		return;
	(void)clock_gettime(CLOCK_REALTIME, &record->time);
	text_begin(&line, buffer, sizeof buffer);
	record_put_line(&line, record, target, format);
	switch (target) {
	case LOG_TO_STDERR:
		(void)!write(STDERR_FILENO, buffer, line.length);
		break;
	case LOG_TO_FILE:
		write_file(log_path, buffer, line.length);
		break;
	case LOG_TO_SYSLOG:
		if (!send_datagram("/dev/log", SOCK_DGRAM, buffer, line.length) &&
		    errno == EPROTOTYPE)
			(void)send_datagram("/dev/log", SOCK_STREAM, buffer, line.length + 1);
		break;
	case LOG_TO_JOURNAL:
		(void)send_datagram("/run/systemd/journal/socket", SOCK_DGRAM, buffer,
				    line.length);
		break;
	default:
		break;
	}
}

/* Add to a word of a mapped file. The kernel does it, in one atomic step for all who map the file;
 * where the file was cut short, it says EFAULT, and there is no SIGBUS. */
static void add_word(uint32_t *word, unsigned int summand)
{
	/* FUTEX_WAKE_OP wakes nobody here: nobody waits on these words. */
	const uint32_t operation = FUTEX_OP(FUTEX_OP_ADD, summand, FUTEX_OP_CMP_EQ, 0);

	(void)syscall(SYS_futex, word, FUTEX_WAKE_OP, 0, NULL, word, operation);
}

static void add(struct stats_counter *counter, unsigned int summand)
{
	if (summand != 0)
		add_word(&counter->low, summand);
}

/* Whether the file is ours alone to write, with the layout that is known here; an empty one becomes
 * so. */
static bool is_good(int fd)
{
	struct stats_header header;
	struct stat status;

	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_uid != geteuid() ||
	    status.st_nlink != 1 || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return false;
	if (status.st_size == 0 && ftruncate(fd, STATS_FILE_SIZE) == 0)
		status.st_size = STATS_FILE_SIZE;
	if (status.st_size != STATS_FILE_SIZE ||
	    pread(fd, &header, sizeof header, 0) != (ssize_t)sizeof header)
		return false;
	switch (stats_examine(&header)) {
	case STATS_READY:
		return true;
	case STATS_EMPTY:
		return pwrite(fd, &stats_header, sizeof stats_header, 0) ==
		       (ssize_t)sizeof stats_header;
	default:
		return false;
	}
}

/* Open the counters' file of the program. */
static int open_counters(const char *path)
{
	const char *const slash = strrchr(path, '/');
	const char *const base = slash == NULL ? path : slash + 1;
	char buffer[PATH_MAX + STATS_FILE_NAME_SIZE];
	struct text name;

	text_begin(&name, buffer, sizeof buffer);
	text_put_string(&name, stats_directory);
	text_put_char(&name, '/');
	stats_name_put(&name, base, strlen(base), (uint32_t)geteuid());
	return open(buffer, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
		    0644);
}

static void add_wait(struct stats_operation *counters, int64_t elapsed)
{
	int64_t milliseconds = elapsed / NANOSECONDS_PER_MILLISECOND;

	add(&counters->timeouts, 1);
	add(&counters->waits[stats_bucket(elapsed)], 1);
	for (size_t i = 0; i < STATS_DIGITS; i++) {
		add(&counters->time[i], (unsigned int)(milliseconds & STATS_DIGIT_LIMIT));
		milliseconds >>= STATS_DIGIT_BITS;
	}
}

void report_count(const char *path, enum operation operation, int64_t elapsed)
{
	struct stats_file *file;
	int fd;

	if (stats_directory == NULL)
		return;
	fd = open_counters(path);
	if (fd < 0)
		return;
	if (is_good(fd)) {
		file = mmap(NULL, STATS_FILE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (file != MAP_FAILED) {
			add_wait(&file->of[operation], elapsed);
			(void)munmap(file, STATS_FILE_SIZE);
		}
	}
	close(fd);
}
