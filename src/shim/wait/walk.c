/*
 * Walks through epoll sets, and sets in sets. Cold.
 */
#include "config.h"

#include <poll.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/text.h"
#include "shim/system/kernel.h"
#include "shim/wait/walk.h"

/* The events that an epoll descriptor can show. */
#define INPUT (POLLIN | POLLRDNORM)

/* The next member of the set; false at the end. */
static bool next_member(struct epollset_reader *reader, bool disabled,
			struct wait_interest *interest)
{
	struct epollset_member member;

	while (epollset_next(reader, &member)) {
		if ((member.events & ~EPOLLSET_MODES) == 0 && !disabled)
			continue;
		/* EPOLLIN and the others have the values of POLLIN … (epoll_ctl(2)). */
		*interest = (struct wait_interest){.fd = member.fd,
						   .events = (short)(member.events & 0x7fffu),
						   .mask = member.events,
						   .data = member.data,
						   .inode = member.inode};
		return true;
	}
	return false;
}

static bool is_set(int fd, ino_t inode)
{
	static const char name[] = "anon_inode:[eventpoll]";
	char path[64], target[sizeof name];
	struct text text;
	struct stat status;

	/* Anonymous inodes have no type (fs/libfs.c: alloc_anon_inode). */
	if ((fd_state(fd) & FD_KIND) != 0 || kernel_status(fd, &status) != 0 ||
	    (status.st_mode & S_IFMT) != 0 || (inode != 0 && inode != status.st_ino))
		return false;
	text_begin(&text, path, sizeof path);
	text_put_string(&text, "/proc/thread-self/fd/");
	text_put_signed(&text, fd);
	return kernel_link_at(path, target, sizeof target) == sizeof name - 1 &&
	       memcmp(target, name, sizeof name - 1) == 0;
}

static void enter(struct walk *walk, int set)
{
	if (walk->depth < WALK_LEVELS && epollset_open(&walk->levels[walk->depth], set))
		walk->depth++;
}

/* Enter the interest where it is a set. */
static void enter_nested(struct walk *walk, int fd, ino_t inode, short events)
{
	if (walk->nested && (events & INPUT) != 0 && is_set(fd, inode))
		enter(walk, fd);
}

bool walk_next(struct walk *walk, struct wait_interest *interest)
{
	const struct wait *const wait = walk->wait;

	if (!walk->begun && wait != NULL && wait->set >= 0)
		enter(walk, wait->set);
	walk->begun = true;
	for (; walk->depth > 0; walk->depth--) {
		struct epollset_reader *const reader = &walk->levels[walk->depth - 1];

		if (next_member(reader, walk->disabled, interest)) {
			enter_nested(walk, interest->fd, interest->inode, interest->events);
			return true;
		}
		epollset_close(reader);
	}
	if (wait == NULL || wait->set >= 0 ||
	    !wait->kind->next(wait, &walk->position, interest))
		return false;
	enter_nested(walk, interest->fd, interest->inode, interest->events);
	return true;
}

/* APART: a descriptor that is no set needs no room for a walk. */
APART static bool has_failed_member(int set)
{
	struct walk walk = {.nested = true};
	struct wait_interest interest;
	bool failed = false;

	enter(&walk, set);
	while (walk_next(&walk, &interest))
		failed = pending_is(interest.fd, interest.inode) || failed;
	return failed;
}

short walk_shows(int fd, ino_t inode, short events)
{
	/* A dead connection shows these (net/ipv4/tcp.c: tcp_poll). */
	if (pending_is(fd, inode))
		return (short)((events & (INPUT | POLLOUT | POLLWRNORM | POLLRDHUP)) | POLLERR |
			       POLLHUP);
	if ((events & INPUT) == 0 || !is_set(fd, inode) || !has_failed_member(fd))
		return 0;
	return (short)(events & INPUT);
}
