/*
 * Counts into a file that other processes, threads and signal handlers count into at the same
 * time, that anybody may cut short, and that shall never harm the program. Cold.
 *
 * Touching a mapped page that is gone is a SIGBUS, and whether it is still there cannot be asked in
 * advance. So the mapping is never touched: the kernel is told to add (kernel_add), which is one
 * atomic step for all who map the file, and where there is nothing any more says EFAULT. No lock,
 * and what was counted is in the file, whatever kills the process.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>

#include "base/duration.h"
#include "base/text.h"
#include "shim/config/configuration.h"
#include "shim/log/counters.h"
#include "shim/system/kernel.h"
#include "stats/layout.h"
#include "stats/name.h"

/* Until the file is looked for again: it may have been removed, or be there at last. */
#define LOOK_INTERVAL NANOSECONDS_PER_SECOND
/* … and until one that could not be repaired is tried again. */
#define REPAIR_INTERVAL (100 * NANOSECONDS_PER_MILLISECOND)

static _Atomic(struct stats_file *) mapping;
/* Which file that is. Two threads that change these at once come to the same. */
static _Atomic uint64_t mapped_device, mapped_inode;
static _Atomic int64_t next_look, next_repair;

/* The time of all waits of this process, in nanoseconds: whole milliseconds are counted when they
 * are reached, so that many short waits add up. */
static _Atomic int64_t waited[OPERATION_COUNT];

/* The program by its file, not by the name it was started with, which may be anything. */
static void put_program(struct text *name, uint32_t user)
{
	static const char deleted[] = " (deleted)";
	char path[256];
	const char *program = path;
	ssize_t length = kernel_read_link("/proc/self/exe", path, sizeof path);
	size_t count = length > 0 ? (size_t)length : 0;

	if (length <= 0 || count == sizeof path) {
		/* Without /proc, or cut: what it was executed as. */
		program = (const char *)getauxval(AT_EXECFN);
		if (program == NULL)
			program = STATS_OTHER;
		count = strlen(program);
	} else if (count > sizeof deleted - 1 && memcmp(path + count - (sizeof deleted - 1),
							deleted, sizeof deleted - 1) == 0) {
		count -= sizeof deleted - 1;
	}
	for (size_t i = count; i > 0; i--)
		if (program[i - 1] == '/') {
			program += i;
			count -= i;
			break;
		}
	stats_name_put(name, program, count, user);
}

/* How many files of the user are there already: STATS_PROGRAMS, or less. */
static unsigned int count_files(int directory, uint32_t user)
{
	_Alignas(struct dirent64) char buffer[1024];
	unsigned int count = 0;
	ssize_t length;

	while (count < STATS_PROGRAMS &&
	       (length = kernel_list(directory, buffer, sizeof buffer)) > 0)
		for (ssize_t at = 0; at < length && count < STATS_PROGRAMS;) {
			/* The kernel's form of it is glibc's (getdents64(2), readdir(3)). */
			const struct dirent64 *const entry = (const void *)(buffer + at);
			uint32_t owner;

			count += stats_name_user(entry->d_name, &owner) && owner == user;
			at += entry->d_reclen;
		}
	return count;
}

static int open_file(int directory, uint32_t user)
{
	char buffer[STATS_FILE_NAME_SIZE];
	struct text name;
	int fd;

	text_begin(&name, buffer, sizeof buffer);
	put_program(&name, user);
	fd = kernel_open_in(directory, name.start, 0);
	if (fd != -ENOENT)
		return fd;
	if (count_files(directory, user) >= STATS_PROGRAMS) {
		text_begin(&name, buffer, sizeof buffer);
		stats_name_put(&name, STATS_OTHER, sizeof STATS_OTHER - 1, user);
	}
	return kernel_open_in(directory, name.start, 0644);
}

/* Ours alone to write, and with the layout that we know; an empty one becomes so. */
static bool file_is_good(int fd, uint32_t user, struct stat *status)
{
	struct stats_header header;

	if (kernel_status(fd, status) < 0 || !S_ISREG(status->st_mode) ||
	    status->st_uid != user || status->st_nlink != 1 ||
	    (status->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return false;
	if (status->st_size == 0 && kernel_set_length(fd, STATS_FILE_SIZE) == 0)
		status->st_size = STATS_FILE_SIZE;
	if (status->st_size != STATS_FILE_SIZE ||
	    kernel_read_start(fd, &header, sizeof header) != (ssize_t)sizeof header)
		return false;
	switch (stats_examine(&header)) {
	case STATS_READY:
		return true;
	case STATS_EMPTY:
		/* Others may do the same right now, and count already. */
		return kernel_write_start(fd, &stats_header, sizeof stats_header) == 0;
	default:
		return false;
	}
}

/* The counter at that place in the file. */
static struct stats_counter *counter_at(struct stats_file *file, size_t index)
{
	return (struct stats_counter *)(void *)file->of + index;
}

/* What has come to fill `low` is carried. While the file is locked nobody else does, and only this
 * takes the bit away; `low` has as much room again until it is looked at next. */
static void carry(int fd, struct stats_file *file)
{
	struct stats_file now;
	bool locked = false;
	size_t index = 0;

	if (kernel_read_start(fd, &now, sizeof now) != (ssize_t)sizeof now)
		return;
	for (; index < STATS_COUNTERS; index++) {
		if (counter_at(&now, index)->low < STATS_CARRY)
			continue;
		if (!locked) {
			if (kernel_lock(fd) < 0 ||
			    kernel_read_start(fd, &now, sizeof now) != (ssize_t)sizeof now)
				return;
			locked = true;
			index--;
			continue;
		}
		if (kernel_clear_highest(&counter_at(file, index)->low) == 0)
			(void)kernel_add(&counter_at(file, index)->high, 1);
	}
}

/* Map the file: in the place of the one before where there is one, so that who is adding now adds
 * to the one or the other; else there, unless another thread was faster. */
static bool map_file(int fd, const struct stat *status)
{
	struct stats_file *file = atomic_load(&mapping);
	void *place = file;

	if (file != NULL && atomic_load(&mapped_device) == status->st_dev &&
	    atomic_load(&mapped_inode) == status->st_ino)
		return true;
	if (kernel_map(fd, STATS_FILE_SIZE, place, &place) < 0)
		return false;
	if (file == NULL && !atomic_compare_exchange_strong(&mapping, &file, place))
		kernel_unmap(place, STATS_FILE_SIZE);
	atomic_store(&mapped_device, status->st_dev);
	atomic_store(&mapped_inode, status->st_ino);
	return true;
}

/* Find the file, or make it, and map it. */
static bool find(void)
{
	const int directory = kernel_open_directory(config_get()->stats);
	const uint32_t user = kernel_user();
	struct stat status;
	bool good = false;
	int fd;

	if (directory < 0)
		return false;
	fd = open_file(directory, user);
	kernel_close(directory);
	if (fd < 0)
		return false;
	if (file_is_good(fd, user, &status) && map_file(fd, &status)) {
		carry(fd, atomic_load(&mapping));
		good = true;
	}
	kernel_close(fd);
	return good;
}

/* The file to count into; NULL for none. Threads that count for the first time all look for it. */
static struct stats_file *file_now(int64_t now)
{
	if (now >= atomic_load_explicit(&next_look, memory_order_relaxed)) {
		(void)find();
		atomic_store_explicit(&next_look, now + LOOK_INTERVAL, memory_order_relaxed);
	}
	return atomic_load_explicit(&mapping, memory_order_acquire);
}

/* The file was cut short. If nothing is left of it, it begins anew. */
static bool repair(int64_t now)
{
	if (now < atomic_load_explicit(&next_repair, memory_order_relaxed))
		return false;
	if (find())
		return true;
	atomic_store_explicit(&next_repair, now + REPAIR_INTERVAL, memory_order_relaxed);
	return false;
}

static void add(size_t offset, int summand, int64_t now)
{
	struct stats_file *const file = file_now(now);
	uint32_t *word;

	if (file == NULL || summand == 0)
		return;
	word = &((struct stats_counter *)(void *)((char *)file + offset))->low;
	if (kernel_add(word, summand) == -EFAULT && repair(now))
		(void)kernel_add(word, summand);
}

#define OFFSET(operation, member)                                                              \
	(offsetof(struct stats_file, of) + (operation) * sizeof(struct stats_operation) +      \
	 offsetof(struct stats_operation, member))

static void add_time(enum operation operation, int64_t elapsed, int64_t now)
{
	const int64_t before =
		atomic_fetch_add_explicit(&waited[operation], elapsed, memory_order_relaxed);
	int64_t milliseconds = (before + elapsed) / NANOSECONDS_PER_MILLISECOND -
			       before / NANOSECONDS_PER_MILLISECOND;

	for (size_t i = 0; i < STATS_DIGITS && milliseconds > 0; i++) {
		const int64_t digit = milliseconds & STATS_DIGIT_LIMIT;

		add(OFFSET(operation, time) + i * sizeof(struct stats_counter), (int)digit,
		    now);
		milliseconds >>= STATS_DIGIT_BITS;
	}
}

void counters_wait(enum operation operation, int64_t elapsed, int64_t now)
{
	if (elapsed < 0)
		elapsed = 0;
	add(OFFSET(operation, waits) + stats_bucket(elapsed) * sizeof(struct stats_counter), 1,
	    now);
	add_time(operation, elapsed, now);
}

void counters_timeout(enum operation operation, int64_t now)
{
	add(OFFSET(operation, timeouts), 1, now);
}

void counters_fault(enum operation operation, int64_t now)
{
	add(OFFSET(operation, faults), 1, now);
}
