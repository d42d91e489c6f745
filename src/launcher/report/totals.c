/*
 * Reads the counter files. Cold; owns the text of totals_user.
 */
#include "config.h"

#include "launcher/report/totals.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "launcher/allocate.h"
#include "launcher/status.h"

/* The most files that are read; the most of one user: one for each program, and STATS_OTHER. */
#define FILES_LIMIT 4096
#define USER_LIMIT  (STATS_PROGRAMS + 1)

/* The most tries, a millisecond apart, to lock a file that a process is changing. */
#define LOCK_TRIES 50

static int is_counters(const struct dirent *entry)
{
	char program[STATS_NAME_LIMIT + 1];
	uint32_t user;

	return stats_name_user(entry->d_name, &user) &&
	       stats_name_program(entry->d_name, program);
}

/* A process locks the file while it carries from a counter's low word to the high word. That is short;
 * a file that stays locked is read without the lock. */
static void wait_for_carry(int fd)
{
	struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
	const struct timespec millisecond = {.tv_nsec = 1000000};

	for (int i = 0; i < LOCK_TRIES && fcntl(fd, F_OFD_SETLK, &lock) < 0; i++)
		(void)nanosleep(&millisecond, NULL);
}

/* Read the file. STATS_FOREIGN: the file does not fit its name; STATS_EMPTY: it was just created. */
static enum stats_state read_counters(int fd, uint32_t user, struct stats_file *file)
{
	struct stat status;

	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_uid != user)
		return STATS_FOREIGN;
	if (status.st_size == 0)
		return STATS_EMPTY;
	if (status.st_size != STATS_FILE_SIZE)
		return STATS_FOREIGN;
	wait_for_carry(fd);
	if (pread(fd, file, sizeof *file, 0) != (ssize_t)sizeof *file)
		return STATS_FOREIGN;
	return stats_examine(&file->header);
}

static size_t count_of_user(const struct totals *totals, uint32_t user)
{
	size_t count = 0;

	for (size_t i = 0; i < totals->count; i++)
		count += totals->programs[i].user == user;
	return count;
}

static void add_file(struct totals *totals, int directory, const char *name)
{
	struct program_totals *const program = &totals->programs[totals->count];
	enum stats_state state = STATS_FOREIGN;
	int fd = -1;

	(void)stats_name_user(name, &program->user);
	(void)stats_name_program(name, program->program);
	if (count_of_user(totals, program->user) < USER_LIMIT)
		fd = openat(directory, name,
			    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0) {
		state = read_counters(fd, program->user, &program->file);
		close(fd);
	} else if (errno == ENOENT) {
		state = STATS_EMPTY; /* removed since the directory was read */
	}
	if (state == STATS_READY)
		totals->count++;
	totals->left_out += state == STATS_FOREIGN;
}

struct totals totals_read(const char *directory)
{
	struct totals totals = {NULL, 0, 0};
	struct dirent **names;
	const int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const int count = fd >= 0 ? scandirat(fd, ".", &names, is_counters, alphasort) : -1;

	if (count < 0)
		die(STATUS_REFUSED, "--stats=%s: %m", directory);
	totals.programs = allocate_array(NULL, FILES_LIMIT, sizeof *totals.programs);
	for (int i = 0; i < count; i++) {
		if (totals.count < FILES_LIMIT)
			add_file(&totals, fd, names[i]->d_name);
		else
			totals.left_out++;
		free(names[i]);
	}
	free(names);
	close(fd);
	return totals;
}

void totals_free(struct totals *totals)
{
	free(totals->programs);
	totals->programs = NULL;
	totals->count = 0;
}

uint64_t totals_waits(const struct stats_operation *operation)
{
	uint64_t total = 0;

	for (size_t i = 0; i < STATS_BUCKETS; i++)
		total += stats_total(&operation->waits[i]);
	return total;
}

bool totals_are_zero(const struct stats_operation *operation)
{
	return totals_waits(operation) == 0 && stats_total(&operation->timeouts) == 0 &&
	       stats_total(&operation->faults) == 0;
}

const char *totals_user(uint32_t user)
{
	static char number[sizeof "4294967295"];
	const struct passwd *const entry = getpwuid((uid_t)user);

	if (entry != NULL)
		return entry->pw_name;
	(void)snprintf(number, sizeof number, "%lu", (unsigned long)user);
	return number;
}
