/*
 * Counts into a mapped file. Other processes, threads and signal handlers count into the file at the
 * same time, and any program with the right to write may truncate it. Cold.
 *
 * A process that touches a mapped page behind the end of the file gets SIGBUS, and no call tells in
 * advance. So the library never touches the mapping: the kernel adds (kernel_add), atomically for all
 * processes that map the file, and returns -EFAULT where the page is gone. There is no lock, and every
 * count is in the file at once, whatever kills the process.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

#include "base/duration.h"
#include "base/text.h"
#include "shim/config/configuration.h"
#include "shim/log/counters.h"
#include "shim/system/kernel.h"
#include "stats/layout.h"
#include "stats/name.h"

/* How often to look whether the file was removed, replaced or created. */
#define LOOK_INTERVAL NANOSECONDS_PER_SECOND
/* How long to wait before the next attempt to repair a truncated file. */
#define REPAIR_INTERVAL (100 * NANOSECONDS_PER_MILLISECOND)

static _Atomic(struct stats_file *) mapping;
/* The mapped file. Two threads that write these at the same time write the same values. */
static _Atomic uint64_t mapped_device, mapped_inode;
/* A copy of the file's keys. */
static _Atomic uint32_t keys[STATS_PORTS + 1];
/* CLOCK_MONOTONIC, nanoseconds. */
static _Atomic int64_t next_look, next_repair;

/* The sum of the waits of this process, in nanoseconds. Each whole millisecond is counted when the sum
 * reaches that millisecond, so short waits are not rounded away. */
static _Atomic int64_t waited[OPERATION_COUNT];

/* The number of files of the user in the directory; at most STATS_PROGRAMS. */
static unsigned int count_files(int directory, uint32_t user)
{
	_Alignas(struct dirent64) char buffer[1024];
	unsigned int count = 0;
	ssize_t length;

	while (count < STATS_PROGRAMS &&
	       (length = kernel_list(directory, buffer, sizeof buffer)) > 0)
		for (ssize_t at = 0; at < length && count < STATS_PROGRAMS;) {
			/* The kernel's structure is glibc's struct dirent64 (getdents64(2)). */
			const struct dirent64 *const entry = (const void *)(buffer + at);
			uint32_t owner;

			count += stats_name_user(entry->d_name, &owner) && owner == user;
			at += entry->d_reclen;
		}
	return count;
}

/* The file's name in buffer, of STATS_FILE_NAME_SIZE. */
static void put_name(char *buffer, const char *program, uint32_t user)
{
	struct text name;

	text_begin(&name, buffer, STATS_FILE_NAME_SIZE);
	stats_name_put(&name, program, strlen(program), user);
}

/* Open the file of this program, or create the file. */
static int open_file(int directory, uint32_t user)
{
	char name[STATS_FILE_NAME_SIZE];
	int fd;

	put_name(name, config_get()->program, user);
	fd = kernel_open_in(directory, name, 0);
	if (fd != -ENOENT)
		return fd;
	if (count_files(directory, user) >= STATS_PROGRAMS)
		put_name(name, STATS_OTHER, user);
	return kernel_open_in(directory, name, 0644);
}

/* A regular file that only this user may write, in the layout of this version. An empty file gets the
 * layout. */
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
		/* Another process may write the same header now, and may count already. */
		return kernel_write_start(fd, &stats_header, sizeof stats_header) == 0;
	default:
		return false;
	}
}

/* Carry each full `low` of the operation to `high`. Returns false where nothing can be read. */
static bool carry_operation(int fd, struct stats_operation *operation, bool *locked)
{
	const size_t count = sizeof *operation / sizeof(struct stats_counter);
	struct stats_counter *const counters = (struct stats_counter *)(void *)operation;
	struct stats_counter now[sizeof *operation / sizeof(struct stats_counter)];

	if (!kernel_peek(now, operation, sizeof now))
		return false;
	for (size_t index = 0; index < count; index++) {
		if (now[index].low < STATS_CARRY)
			continue;
		if (!*locked) {
			if (kernel_lock(fd) < 0 || !kernel_peek(now, operation, sizeof now))
				return false;
			*locked = true;
			index--;
			continue;
		}
		if (kernel_clear_highest(&counters[index].low) == 0)
			(void)kernel_add(&counters[index].high, 1);
	}
	return true;
}

/* Carry all. The lock keeps other processes from carrying at the same time; they go on counting. After
 * the highest bit of `low` is set, `low` has room for as many counts again. */
static void carry(int fd, struct stats_file *file)
{
	bool locked = false;

	for (size_t i = 0; i < OPERATION_COUNT + STATS_PORTS; i++)
		if (!carry_operation(fd, &file->of[0] + i, &locked))
			return;
}

/* Map the file, over the mapping of the file before where there is one: a thread that adds at the same
 * time adds to one file or the other. */
static bool map_file(int fd, const struct stat *status)
{
	struct stats_file *file = atomic_load(&mapping);
	void *place = file;

	if (file != NULL && atomic_load(&mapped_device) == status->st_dev &&
	    atomic_load(&mapped_inode) == status->st_ino)
		return true;
	if (kernel_map(fd, STATS_FILE_SIZE, place, &place) < 0)
		return false;
	/* Another thread may have mapped the file meanwhile. */
	if (file == NULL && !atomic_compare_exchange_strong(&mapping, &file, place))
		kernel_unmap(place, STATS_FILE_SIZE);
	for (size_t i = 0; i <= STATS_PORTS; i++)
		atomic_store(&keys[i], 0);
	atomic_store(&mapped_device, status->st_dev);
	atomic_store(&mapped_inode, status->st_ino);
	return true;
}

/* Open the file for a moment; negative: there is none that is good. */
static int open_good(struct stat *status)
{
	const int directory =
		kernel_open_at(AT_FDCWD, config_get()->stats, O_RDONLY | O_DIRECTORY);
	const uint32_t user = kernel_user();
	int fd;

	if (directory < 0)
		return -1;
	fd = open_file(directory, user);
	kernel_close(directory);
	if (fd < 0 || file_is_good(fd, user, status))
		return fd;
	kernel_close(fd);
	return -1;
}

/* Find or create the file, and map it. */
static bool find(void)
{
	struct stat status;
	const int fd = open_good(&status);
	bool good;

	if (fd < 0)
		return false;
	good = map_file(fd, &status);
	if (good)
		carry(fd, atomic_load(&mapping));
	kernel_close(fd);
	return good;
}

/* The mapped file; NULL: none. Several threads may look for the file at the same time. */
static struct stats_file *mapped_file(int64_t now)
{
	if (now >= atomic_load_explicit(&next_look, memory_order_relaxed)) {
		(void)find();
		atomic_store_explicit(&next_look, now + LOOK_INTERVAL, memory_order_relaxed);
	}
	return atomic_load_explicit(&mapping, memory_order_acquire);
}

/* The file was truncated. If the file is empty, it gets the layout again. False: no success. */
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
	struct stats_file *const file = mapped_file(now);
	uint32_t *word;

	if (file == NULL || summand == 0)
		return;
	word = &((struct stats_counter *)(void *)((char *)file + offset))->low;
	if (kernel_add(word, summand) == -EFAULT && repair(now))
		(void)kernel_add(word, summand);
}

#define OFFSET(number, member)                                                                 \
	(offsetof(struct stats_file, of) + (number) * sizeof(struct stats_operation) +         \
	 offsetof(struct stats_operation, member))

/* The place of the key among the copies; STATS_PORTS: none. */
static size_t place_of(uint32_t key)
{
	size_t place = 0;

	while (place < STATS_PORTS &&
	       atomic_load_explicit(&keys[place], memory_order_relaxed) != key)
		place++;
	return place;
}

/* Give the key a place in the file, unless it has one, and copy all keys. The lock keeps other
 * processes from doing so at the same time. */
static void claim(uint32_t key)
{
	struct {
		struct stats_header header;
		uint32_t keys[STATS_PORTS + 1];
	} head;
	struct stat status;
	const int fd = open_good(&status);
	size_t place = 0;

	if (fd < 0)
		return;
	if (kernel_lock(fd) == 0 && status.st_ino == atomic_load(&mapped_inode) &&
	    kernel_read_start(fd, &head, sizeof head) == (ssize_t)sizeof head) {
		while (place < STATS_PORTS && head.keys[place] != 0 && head.keys[place] != key)
			place++;
		if (head.keys[place] == 0) {
			head.keys[place] = place < STATS_PORTS ? key : STATS_KEY_FULL;
			(void)kernel_write_start(fd, &head, sizeof head);
		}
		for (size_t i = 0; i <= STATS_PORTS; i++)
			atomic_store(&keys[i], head.keys[i]);
	}
	kernel_close(fd);
}

/* Count the wait by its port, where there is room. */
static void add_to_port(enum operation operation, uint16_t port, int64_t elapsed, int64_t now)
{
	const uint32_t key = STATS_PORT_KEY(operation, port);
	size_t place = place_of(key);

	if (port == 0 || port >= STATS_PORT_LIMIT || mapped_file(now) == NULL)
		return;
	if (place == STATS_PORTS && atomic_load(&keys[STATS_PORTS]) != STATS_KEY_FULL) {
		claim(key);
		place = place_of(key);
	}
	if (place < STATS_PORTS)
		add(OFFSET(OPERATION_COUNT + place, waits) +
			    stats_bucket(elapsed) * sizeof(struct stats_counter),
		    1, now);
}

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

void counters_wait(enum operation operation, uint16_t port, int64_t elapsed, int64_t now)
{
	if (elapsed < 0)
		elapsed = 0;
	add(OFFSET(operation, waits) + stats_bucket(elapsed) * sizeof(struct stats_counter), 1,
	    now);
	add_time(operation, elapsed, now);
	add_to_port(operation, port, elapsed, now);
}

void counters_timeout(enum operation operation, int64_t now)
{
	add(OFFSET(operation, timeouts), 1, now);
}

void counters_fault(enum operation operation, int64_t now)
{
	add(OFFSET(operation, faults), 1, now);
}
