/*
 * Reads /proc. Owns no state.
 */
#include "launcher/proc.h"

#include <ctype.h>
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define PATH_SIZE 96

/* PF_KTHREAD of include/linux/sched.h. */
#define KERNEL_THREAD 0x00200000ul

/* More of /proc/PID/maps is not read. */
#define MAPS_LIMIT ((size_t)8 << 20)

static int open_file(const char *path)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	return fd < 0 ? -errno : fd;
}

/* Read until size - 1 bytes are there, or the end. */
static ssize_t read_text(int fd, char *text, size_t size)
{
	size_t length = 0;
	ssize_t n = 1;

	while (n > 0 && length < size - 1) {
		n = read(fd, text + length, size - 1 - length);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n > 0)
			length += (size_t)n;
	}
	text[length] = '\0';
	return n < 0 && length == 0 ? -errno : (ssize_t)length;
}

ssize_t proc_read(char *text, size_t size, const char *format, ...)
{
	char path[PATH_SIZE];
	va_list arguments;
	ssize_t length;
	int fd;

	va_start(arguments, format);
	(void)vsnprintf(path, sizeof path, format, arguments);
	va_end(arguments);
	text[0] = '\0';
	fd = open_file(path);
	if (fd < 0)
		return fd;
	length = read_text(fd, text, size);
	close(fd);
	return length;
}

/* The numbers that stand behind the name in /proc/PID/stat, from `state` on, which is field 3. */
#define FIELD_FIRST 4
#define FIELD_LAST  50

int proc_stat(pid_t pid, struct proc_stat *stat)
{
	uint64_t field[FIELD_LAST + 1] = {0};
	char text[1024];
	const ssize_t length = proc_read(text, sizeof text, "/proc/%d/stat", (int)pid);
	const char *begin = strchr(text, '('), *end = strrchr(text, ')');
	char *rest;

	if (length < 0)
		return (int)length;
	/* The name may hold any bytes, parentheses too. */
	if (begin == NULL || end == NULL || end[1] != ' ' || end[2] == '\0')
		return -EINVAL;
	*stat = (struct proc_stat){.state = end[2]};
	memcpy(stat->name, begin + 1,
	       (size_t)(end - begin) > sizeof stat->name ? sizeof stat->name - 1
							 : (size_t)(end - begin - 1));
	rest = text + (end - text) + 3;
	for (int i = FIELD_FIRST; i <= FIELD_LAST && *rest == ' '; i++)
		field[i] = strtoull(rest, &rest, 10);
	stat->parent = (pid_t)field[4];
	stat->kernel = (field[9] & KERNEL_THREAD) != 0;
	stat->threads = (long)field[20];
	stat->started = field[22];
	/* startcode, startstack, arg_start and env_start: the kernel places them anew. */
	stat->image = field[26] ^ (field[28] << 1) ^ (field[48] << 2) ^ (field[50] << 3);
	return 0;
}

/* Call visit for each entry of the directory that is a number. */
static void each_number(const char *path, proc_visit *visit, void *context)
{
	DIR *const directory = opendir(path);
	const struct dirent *entry;

	if (directory == NULL)
		return;
	while ((entry = readdir(directory)) != NULL)
		if (isdigit((unsigned char)entry->d_name[0]))
			visit((pid_t)strtol(entry->d_name, NULL, 10), context);
	closedir(directory);
}

void proc_each_thread(pid_t pid, long threads, proc_visit *visit, void *context)
{
	char path[PATH_SIZE];

	if (threads == 1) {
		visit(pid, context);
		return;
	}
	(void)snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
	each_number(path, visit, context);
}

void proc_each_child(pid_t pid, pid_t thread, proc_visit *visit, void *context)
{
	char path[PATH_SIZE];
	char number[16];
	size_t length = 0;
	FILE *file;
	int c;

	(void)snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)thread);
	file = fopen(path, "re");
	if (file == NULL)
		return;
	while ((c = getc(file)) != EOF) {
		if (isdigit(c) && length < sizeof number - 1) {
			number[length++] = (char)c;
		} else if (length > 0) {
			number[length] = '\0';
			visit((pid_t)strtol(number, NULL, 10), context);
			length = 0;
		}
	}
	(void)fclose(file);
}

void proc_each_process(proc_visit *visit, void *context)
{
	each_number("/proc", visit, context);
}

long proc_field(const char *text, const char *name)
{
	const size_t length = strlen(name);

	for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, length) == 0 && line[length] == ':')
			return strtol(line + length + 1, NULL, 10);
	}
	return -1;
}

long proc_switches(pid_t pid, pid_t thread)
{
	char text[4096];
	long voluntary, other;

	if (proc_read(text, sizeof text, "/proc/%d/task/%d/status", (int)pid, (int)thread) <= 0)
		return -1;
	voluntary = proc_field(text, "voluntary_ctxt_switches");
	other = proc_field(text, "nonvoluntary_ctxt_switches");
	return voluntary < 0 || other < 0 ? -1 : voluntary + other;
}

int proc_link(pid_t pid, const char *link, char *path, size_t size)
{
	char name[PATH_SIZE];
	ssize_t length;

	(void)snprintf(name, sizeof name, "/proc/%d/%s", (int)pid, link);
	length = readlink(name, path, size - 1);
	path[length < 0 ? 0 : length] = '\0';
	return length < 0 ? -errno : 0;
}

static bool names_terminal(const char *path)
{
	return strncmp(path, "/dev/pts/", 9) == 0 || strncmp(path, "/dev/tty", 8) == 0 ||
	       strcmp(path, "/dev/console") == 0;
}

ino_t proc_socket(pid_t pid, int fd, bool *terminal)
{
	static const char prefix[] = "socket:[";
	char link[32], path[PATH_SIZE];

	(void)snprintf(link, sizeof link, "fd/%d", fd);
	(void)proc_link(pid, link, path, sizeof path);
	if (terminal != NULL)
		*terminal = names_terminal(path);
	if (strncmp(path, prefix, sizeof prefix - 1) != 0)
		return 0;
	return (ino_t)strtoull(path + sizeof prefix - 1, NULL, 10);
}

bool proc_is_32_bit(pid_t pid)
{
	char head[EI_NIDENT + 1];

	return proc_read(head, sizeof head, "/proc/%d/exe", (int)pid) == EI_NIDENT &&
	       memcmp(head, ELFMAG, SELFMAG) == 0 && head[EI_CLASS] == ELFCLASS32;
}

static uint64_t read_word(const char *bytes, bool narrow)
{
	uint64_t wide;
	uint32_t half;

	memcpy(&half, bytes, sizeof half);
	if (narrow)
		return half;
	memcpy(&wide, bytes, sizeof wide);
	return wide;
}

/* The entry of that type in an auxiliary vector; 0 where there is none. */
static uint64_t auxiliary(const char *vector, size_t length, bool narrow, uint64_t type)
{
	const size_t word = narrow ? sizeof(uint32_t) : sizeof(uint64_t);

	for (size_t at = 0; at + 2 * word <= length; at += 2 * word) {
		if (read_word(vector + at, narrow) == type)
			return read_word(vector + at + word, narrow);
	}
	return 0;
}

int proc_invoked(pid_t pid, bool narrow, char *name, size_t size)
{
	char vector[1024];
	const ssize_t length = proc_read(vector, sizeof vector, "/proc/%d/auxv", (int)pid);
	uint64_t address;
	size_t at = 0;

	name[0] = '\0';
	if (length < 0)
		return (int)length;
	address = auxiliary(vector, (size_t)length, narrow, AT_EXECFN);
	/* The string is near the end of the stack: byte by byte, nothing behind it is asked for. */
	while (address != 0 && at + 1 < size) {
		if (proc_memory(pid, address + at, &name[at], 1) != 0)
			break;
		if (name[at++] == '\0')
			return 0;
	}
	name[0] = '\0';
	return -EFAULT;
}

/* Whether the line of /proc/PID/maps is of a file with that base name. */
static bool line_is_of(const char *line, const char *base)
{
	static const char deleted[] = " (deleted)";
	const char *const slash = strrchr(line, '/');
	const size_t length = strlen(base);

	return slash != NULL && strncmp(slash + 1, base, length) == 0 &&
	       (slash[1 + length] == '\0' || strcmp(slash + 1 + length, deleted) == 0);
}

bool proc_maps(pid_t pid, const char *base)
{
	char path[PATH_SIZE], line[PATH_MAX + 128];
	bool found = false;
	size_t length = 0;
	FILE *file;

	(void)snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
	file = fopen(path, "re");
	if (file == NULL)
		return false;
	while (!found && length < MAPS_LIMIT && fgets(line, sizeof line, file) != NULL) {
		length += strlen(line);
		line[strcspn(line, "\n")] = '\0';
		found = line_is_of(line, base);
	}
	(void)fclose(file);
	return found;
}

int proc_memory(pid_t pid, uint64_t address, void *buffer, size_t size)
{
	const struct iovec local = {buffer, size};
	const struct iovec remote = {(void *)(uintptr_t)address, size};
	const ssize_t n = process_vm_readv(pid, &local, 1, &remote, 1, 0);

	if (n < 0)
		return -errno;
	return (size_t)n == size ? 0 : -EFAULT;
}
