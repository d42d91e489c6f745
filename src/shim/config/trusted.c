/*
 * Walks a path as the kernel does (path_resolution(7)), one component at a time, with a descriptor of
 * each directory. So every component is checked, and the checked file is the opened file. Cold.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/attributes.h"
#include "shim/config/trusted.h"
#include "shim/system/kernel.h"

/* The kernel's limit (include/linux/namei.h: MAXSYMLINKS). */
#define LINKS_MAXIMUM 40

/* The rest of the path, and the target of a link. Both are too large for the stack of a signal
 * handler. */
LARGE char trusted_rest[2 * PATH_MAX];
LARGE char trusted_target[PATH_MAX];

struct walk {
	int directory; /* the next component is looked up here; -1: none yet */
	char *at;      /* the rest of the path, in trusted_rest */
	unsigned int links;
	bool privileged;
	const char *why; /* of a failure: a static text for the user */
};

static int refuse(struct walk *walk, int error, const char *why)
{
	walk->why = why;
	return error;
}

static bool owner_trusted(const struct walk *walk, const struct stat *status)
{
	const uid_t user = geteuid();

	return status->st_uid == 0 ||
	       (status->st_uid == user && user == getuid() && !walk->privileged);
}

static bool others_write(const struct stat *status)
{
	return (status->st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

/* Go on in the directory fd, which the walk owns from now on. */
static int enter(struct walk *walk, int fd, const struct stat *status)
{
	if (walk->directory >= 0)
		kernel_close(walk->directory);
	walk->directory = fd;
	if (!owner_trusted(walk, status))
		return refuse(walk, -EPERM, "in a directory of another user");
	if (others_write(status) && (status->st_mode & S_ISVTX) == 0)
		return refuse(walk, -EPERM, "in a directory that others may write");
	return 0;
}

static int enter_root(struct walk *walk)
{
	const int fd = kernel_open_at(AT_FDCWD, "/", O_PATH | O_DIRECTORY);
	struct stat status;

	if (fd < 0)
		return refuse(walk, fd, "cannot be reached");
	if (kernel_status(fd, &status) == 0)
		return enter(walk, fd, &status);
	kernel_close(fd);
	return refuse(walk, -EIO, "cannot be reached");
}

/* Go on with the target of the link fd, and then with the rest of the path. Closes fd. */
static int follow(struct walk *walk, int fd, const struct stat *status)
{
	const ssize_t length = kernel_link(fd, trusted_target, sizeof trusted_target);
	const size_t left = strlen(walk->at) + 1;

	kernel_close(fd);
	if (!owner_trusted(walk, status))
		return refuse(walk, -EPERM, "by a symbolic link of another user");
	if (++walk->links > LINKS_MAXIMUM)
		return refuse(walk, -ELOOP, "too many symbolic links");
	if (length <= 0 || (size_t)length + left >= sizeof trusted_rest)
		return refuse(walk, -ENAMETOOLONG, "too long a symbolic link");
	memmove(trusted_rest + length + 1, walk->at, left);
	memcpy(trusted_rest, trusted_target, (size_t)length);
	trusted_rest[length] = left == 1 ? '\0' : '/';
	walk->at = trusted_rest;
	return trusted_target[0] == '/' ? enter_root(walk) : 0;
}

/* Open the file by its name: an O_PATH descriptor cannot be read. The checks are made again, on the file
 * that was opened. */
static int open_file(struct walk *walk, const char *name, struct stat *status)
{
	const int fd = kernel_open_at(walk->directory, name,
				      O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	int result = fd;

	if (fd < 0)
		return refuse(walk, fd, "cannot be read");
	if (kernel_status(fd, status) != 0 || !S_ISREG(status->st_mode))
		result = refuse(walk, -EINVAL, "no regular file");
	else if (!owner_trusted(walk, status))
		result = refuse(walk, -EPERM, "of another user");
	else if (others_write(status))
		result = refuse(walk, -EPERM, "others may write it");
	if (result < 0)
		kernel_close(fd);
	return result;
}

/* Walk one component, from name to end. Returns 0: go on; the descriptor of the file + 1; or -Exxx. */
static int step(struct walk *walk, char *name, char *end, struct stat *status)
{
	const bool last = *end == '\0';
	int fd;

	*end = '\0';
	fd = kernel_open_at(walk->directory, name, O_PATH | O_NOFOLLOW);
	if (fd < 0)
		return refuse(walk, fd, "cannot be reached");
	walk->at = last ? end : end + 1;
	if (kernel_status(fd, status) != 0) {
		kernel_close(fd);
		return refuse(walk, -EIO, "cannot be looked at");
	}
	if (S_ISLNK(status->st_mode))
		return follow(walk, fd, status);
	if (S_ISDIR(status->st_mode))
		return enter(walk, fd, status);
	kernel_close(fd);
	if (!last)
		return refuse(walk, -ENOTDIR, "cannot be reached");
	if (!S_ISREG(status->st_mode))
		return refuse(walk, -EINVAL, "no regular file");
	fd = open_file(walk, name, status);
	return fd < 0 ? fd : fd + 1;
}

int trusted_open(const char *path, bool privileged, struct stat *status, const char **why)
{
	struct walk walk = {.directory = -1, .at = trusted_rest, .privileged = privileged};
	const size_t length = strlen(path);
	int result;

	*why = "no absolute path";
	if (path[0] != '/' || length >= PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(trusted_rest, path, length + 1);
	result = enter_root(&walk);
	while (result == 0) {
		char *name = walk.at, *end;

		while (*name == '/')
			name++;
		for (end = name; *end != '\0' && *end != '/';)
			end++;
		if (end == name)
			result = refuse(&walk, -EISDIR, "no regular file");
		else
			result = step(&walk, name, end, status);
	}
	if (walk.directory >= 0)
		kernel_close(walk.directory);
	*why = walk.why;
	return result > 0 ? result - 1 : result;
}
