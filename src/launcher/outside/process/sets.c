/*
 * Reads the sets of threads that wait for several descriptors. Owns the device number of the
 * kernel's file system of sockets, by which fdinfo's entries are recognised.
 */
#include "launcher/outside/process/sets.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "launcher/allocate.h"
#include "launcher/proc.h"

/* Entries of an epoll set that are no sockets, of which it is asked whether they are terminals. */
#define TERMINAL_TRIES 64

static void begin(struct sets *sets)
{
	sets->count = 0;
	sets->terminal = false;
}

static void add(struct sets *sets, int fd, ino_t inode, bool reads, bool writes)
{
	if (sets->count == sets->capacity) {
		sets->capacity = sets->capacity * 2 + 16;
		sets->items = allocate_array(sets->items, sets->capacity, sizeof *sets->items);
	}
	sets->items[sets->count++] = (struct sets_item){fd, reads, writes, inode};
}

/* Add the descriptor if it is a socket. */
static void add_descriptor(struct sets *sets, pid_t pid, int fd, bool reads, bool writes)
{
	bool terminal;
	const ino_t inode = proc_socket(pid, fd, &terminal);

	sets->terminal |= terminal;
	if (inode != 0 && (reads || writes))
		add(sets, fd, inode, reads, writes);
}

static int of_poll(struct sets *sets, pid_t pid, const struct sysno_call *call)
{
	const uint64_t asked = call->argument[1];
	const size_t count = asked > SETS_LIMIT ? SETS_LIMIT : (size_t)asked;
	struct pollfd *descriptors;
	int error;

	if (count == 0)
		return 0;
	descriptors = allocate_array(NULL, count, sizeof *descriptors);
	error = proc_memory(pid, call->argument[0], descriptors, count * sizeof *descriptors);
	for (size_t i = 0; error == 0 && i < count; i++)
		if (descriptors[i].fd >= 0)
			add_descriptor(sets, pid, descriptors[i].fd,
				       (descriptors[i].events &
					(POLLIN | POLLRDNORM | POLLRDHUP)) != 0,
				       (descriptors[i].events & (POLLOUT | POLLWRNORM)) != 0);
	free(descriptors);
	return error;
}

/* More descriptors than this are not expected in a restarted poll. */
#define RESTARTED_LIMIT  1024
#define DESCRIPTOR_LIMIT (1 << 20)

bool sets_is_poll(pid_t pid, const struct sysno_call *call)
{
	const short events = POLLIN | POLLPRI | POLLOUT | POLLRDNORM | POLLRDBAND | POLLWRNORM |
			     POLLWRBAND | POLLRDHUP | POLLERR | POLLHUP;
	const uint64_t count = call->argument[1];
	struct pollfd descriptors[RESTARTED_LIMIT];
	bool good = count > 0 && count <= RESTARTED_LIMIT;

	good = good && proc_memory(pid, call->argument[0], descriptors,
				   (size_t)count * sizeof *descriptors) == 0;
	for (size_t i = 0; good && i < count; i++)
		good = descriptors[i].fd >= -1 && descriptors[i].fd < DESCRIPTOR_LIMIT &&
		       descriptors[i].events != 0 && (descriptors[i].events & ~events) == 0 &&
		       descriptors[i].revents == 0;
	return good;
}

static int of_select(struct sets *sets, pid_t pid, const struct sysno_call *call)
{
	const uint64_t asked = call->argument[0];
	const size_t count = asked > SETS_LIMIT ? SETS_LIMIT : (size_t)asked;
	/* The kernel's sets are arrays of long: whole ones can be read. */
	const size_t word = call->narrow ? 4 : sizeof(long);
	const size_t size = (count + 8 * word - 1) / (8 * word) * word;
	unsigned char *const bits = allocate_array(NULL, 2 * size + 1, 1);
	int error = 0;

	memset(bits, 0, 2 * size + 1);
	for (size_t k = 0; k < 2 && error == 0; k++)
		if (call->argument[1 + k] != 0 && size > 0)
			error = proc_memory(pid, call->argument[1 + k], bits + k * size, size);
	for (size_t fd = 0; error == 0 && fd < count; fd++) {
		const bool reads = (bits[fd / 8] >> (fd % 8) & 1) != 0;
		const bool writes = (bits[size + fd / 8] >> (fd % 8) & 1) != 0;

		if (reads || writes)
			add_descriptor(sets, pid, (int)fd, reads, writes);
	}
	free(bits);
	return error;
}

int sets_of_call(struct sets *sets, pid_t pid, const struct sysno_call *call)
{
	begin(sets);
	return call->entry->shape == SYSNO_POLL ? of_poll(sets, pid, call)
						: of_select(sets, pid, call);
}

/* The device that all sockets are on; 0 where that cannot be found out. */
static dev_t socket_device(void)
{
	static dev_t device;
	struct stat status;
	int fd;

	if (device != 0)
		return device;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && fstat(fd, &status) == 0)
		device = status.st_dev;
	if (fd >= 0)
		close(fd);
	return device;
}

/* One line of fdinfo (fs/eventpoll.c: ep_show_fdinfo), as in
 * "tfd:        5 events: 8000201d data: … pos:0 ino:1f sdev:9". */
static void add_line(struct sets *sets, pid_t pid, const char *line, unsigned int *tries)
{
	unsigned int events, device;
	unsigned long inode;
	bool terminal;
	int fd;

	/* The numbers are the kernel's. NOLINTNEXTLINE(cert-err34-c) */
	if (sscanf(line, "tfd: %d events: %x data: %*x pos:%*i ino:%lx sdev:%x", &fd, &events,
		   &inode, &device) != 4)
		return;
	/* The kernel shows its own form of the number: 12 bits of major, 20 of minor. */
	if (makedev(device >> 20, device & 0xfffff) == socket_device()) {
		const bool reads = (events & (EPOLLIN | EPOLLRDNORM | EPOLLRDHUP)) != 0;
		const bool writes = (events & (EPOLLOUT | EPOLLWRNORM)) != 0;

		if (reads || writes)
			add(sets, fd, (ino_t)inode, reads, writes);
	} else if (*tries < TERMINAL_TRIES) {
		++*tries;
		(void)proc_socket(pid, fd, &terminal);
		sets->terminal |= terminal;
	}
}

int sets_of_epoll(struct sets *sets, pid_t pid, int epoll)
{
	char path[64], line[256];
	unsigned int tries = 0, lines = 0;
	FILE *file;

	begin(sets);
	(void)snprintf(path, sizeof path, "/proc/%d/fdinfo/%d", (int)pid, epoll);
	file = fopen(path, "re");
	if (file == NULL)
		return -errno;
	while (lines++ < SETS_LIMIT && fgets(line, sizeof line, file) != NULL)
		if (strncmp(line, "tfd:", 4) == 0)
			add_line(sets, pid, line, &tries);
	(void)fclose(file);
	return lines > SETS_LIMIT ? -E2BIG : 0;
}

void sets_free(struct sets *sets)
{
	free(sets->items);
	*sets = (struct sets){0};
}
