/*
 * Reads /etc/passwd and /proc/self/cgroup without libc's functions, which allocate memory. Cold.
 */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/attributes.h"
#include "shim/config/identity.h"
#include "shim/system/kernel.h"

/* useradd(8) allows 32 bytes. */
#define NAME_LIMIT 64

/* The files of version 1 have a line for each controller. */
LARGE char identity_groups[2 * PATH_MAX];
static char user[NAME_LIMIT];

/* The fields of a line of passwd(5) that are read: the name, the password, the number. */
struct entry {
	char name[NAME_LIMIT];
	size_t length;
	unsigned int field;
	uint64_t uid;
	bool has_uid;
};

/* Take the next byte of the file; true at the end of the line of that user. */
static bool take(struct entry *entry, char c, uint32_t uid)
{
	bool found;

	if (c == '\n') {
		found = entry->field > 2 && entry->has_uid && entry->uid == uid &&
			entry->length < NAME_LIMIT;
		if (!found)
			*entry = (struct entry){.field = 0};
		return found;
	}
	if (c == ':') {
		entry->field++;
	} else if (entry->field == 0) {
		if (entry->length < NAME_LIMIT)
			entry->name[entry->length++] = c;
	} else if (entry->field == 2 && c >= '0' && c <= '9' && entry->uid <= UINT32_MAX) {
		entry->uid = entry->uid * 10 + (uint64_t)(c - '0');
		entry->has_uid = true;
	}
	return false;
}

/* The name of the user, or NULL. */
static const char *find_user(uint32_t uid)
{
	const int fd = kernel_open_read("/etc/passwd");
	struct entry entry = {.field = 0};
	char buffer[1024];
	bool found = false;
	ssize_t n = 0;

	if (fd < 0)
		return NULL;
	while (!found && (n = kernel_read(fd, buffer, sizeof buffer)) > 0)
		for (ssize_t i = 0; i < n && !found; i++)
			found = take(&entry, buffer[i], uid);
	kernel_close(fd);
	if (!found)
		return NULL;
	memcpy(user, entry.name, entry.length);
	user[entry.length] = '\0';
	return user;
}

/* The path of the line that begins with head, or NULL; ends the line. */
static const char *group_of(char *text, const char *head)
{
	const size_t length = strlen(head);

	for (char *line = text; line != NULL && *line != '\0';) {
		char *const end = strchr(line, '\n');
		char *const colon = strchr(line, ':');

		if (colon != NULL && (end == NULL || colon < end) &&
		    strncmp(colon, head, length) == 0) {
			if (end != NULL)
				*end = '\0';
			return colon + length;
		}
		line = end != NULL ? end + 1 : NULL;
	}
	return NULL;
}

/* The control group in the one hierarchy of version 2; else the one that systemd made in version 1. */
static const char *find_group(void)
{
	const int fd = kernel_open_read("/proc/self/cgroup");
	size_t length = 0;
	const char *group;
	ssize_t n = 1;

	if (fd < 0)
		return NULL;
	while (n > 0 && length < sizeof identity_groups - 1) {
		n = kernel_read(fd, identity_groups + length,
				sizeof identity_groups - 1 - length);
		if (n > 0)
			length += (size_t)n;
	}
	kernel_close(fd);
	identity_groups[length] = '\0';
	group = group_of(identity_groups, ":name=systemd:");
	return group != NULL ? group : group_of(identity_groups, "::");
}

void identity_find(struct policy_program *program)
{
	program->uid = (uint32_t)kernel_user();
	program->user = find_user(program->uid);
	program->group = find_group();
}
